"""
Rare classes: what resampling buys, and what it costs
=====================================================

Nearly all beats of a recording are normal, and a classifier that sees them so
learns to say N. A pipeline of skecg changes copies of rare beats and takes
fewer of the normal ones, **in training alone**. The point, on **simulated**
recordings: resampling buys sensitivity (Se) with false alarms (+P), so how
much of it is right depends on what a missed beat and a false alarm cost.
"""

# %%
# Few among many
# --------------
#
# Twenty-four subjects. The window reaches back to the P wave, by which a
# supraventricular beat (S) can be told from a normal one.

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

import skecg

sns.set_palette("colorblind")
records = skecg.simulate_records(
    24,
    duration=120,
    supraventricular=0.03,
    ventricular=0.05,
    fusion=0.01,
    random_state=1,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)
beats.meta.value_counts("symbol").to_frame("beats").transpose()

# %%
# Before and after
# ----------------
#
# The default pipeline makes one changed copy of each rare beat, then keeps as
# many normal beats as there are others. The axis is logarithmic.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(60, random_state=0)
default = skecg.make_beat_pipeline(forest, layout=beats.layout)
_ = skecg.ClassBalanceDisplay.from_estimator(default, beats.data, beats.target)

# %%
# What a copy looks like
# ----------------------
#
# One ventricular beat, and twelve copies by each method at four times its
# usual strength, so that it can be seen. The notebook's own way, noise in the
# frequency domain, makes near copies even then.

strengths = {
    "frequency_noise": 0.04,
    "amplitude": 0.4,
    "shift": 0.16,
    "wander": 0.4,
    "muscle": 0.08,
}
one = beats.data[beats.target == "V"][:1]
rows, labels = np.vstack([one, one]), np.array(["V", "N"])
time = 1000 * (np.arange(one.shape[1]) - 25) / beats.fs

fig, axes = plt.subplots(
    1, 5, figsize=(9, 2.5), sharex=True, sharey=True, layout="constrained"
)
for ax, (method, strength) in zip(axes, strengths.items(), strict=True):
    augmenter = skecg.BeatAugmenter(
        {"V": 13},
        methods={method: strength},
        layout=beats.layout,
        random_state=0,
    )
    copies, _ = augmenter.fit_resample(rows, labels)
    ax.plot(time, copies[2:].T, color="C2", alpha=0.4, lw=1)
    ax.plot(time, one[0], color="0.1", lw=1.5)
    ax.set_title(f"{method}\n{strength:g}", fontsize="medium")
axes[0].set_ylabel("Amplitude (mV)")
_ = axes[2].set_xlabel("Time from R peak (ms)")

# %%
# Four recipes
# ------------
#
# From no resampling at all to five new beats for each rare one. Every beat is
# predicted by a forest that has not seen its subject; what is predicted is
# never resampled.


def six_of_each(y):
    """Six times the rows of every class but N."""
    labels, counts = np.unique(y, return_counts=True)
    return {
        label: 6 * n
        for label, n in zip(labels, counts, strict=True)
        if label != "N"
    }


mixed = {"amplitude": 0.2, "shift": 0.04, "wander": 0.1, "muscle": 0.03}
more = skecg.BeatAugmenter(
    six_of_each, methods=mixed, layout=beats.layout, random_state=0
)
recipes = {
    "as they are": {"augmenter": None, "undersampler": None},
    "copies x 2": {"undersampler": None},
    "default": {},
    "copies x 6, N as many": {"augmenter": more},
}
reports = {}
for name, steps in recipes.items():
    pipe = skecg.make_beat_pipeline(forest, layout=beats.layout, **steps)
    table = skecg.cross_val_beats(pipe, beats, cv=3)
    reports[name] = skecg.BeatReport.from_table(table)

# %%
# Each line goes from the first recipe to the last; bars are 95 % intervals
# over the subjects.

fig, axes = plt.subplots(
    1, 3, figsize=(9, 3.6), sharex=True, sharey=True, layout="constrained"
)
for ax, label in zip(axes, "SVF", strict=True):
    points = []
    for (name, report), marker in zip(reports.items(), "osD^", strict=True):
        se, ppv = (
            100 * report.intervals.loc[(label, figure)]
            for figure in ("Se", "+P")
        )
        points.append((se.value, ppv.value))
        ax.errorbar(
            se.value,
            ppv.value,
            xerr=[[se.value - se.low], [se.high - se.value]],
            yerr=[[ppv.value - ppv.low], [ppv.high - ppv.value]],
            fmt=marker,
            elinewidth=0.7,
            label=name,
        )
    ax.plot(*zip(*points, strict=True), color="0.6", lw=1, zorder=0)
    ax.set(title=f"class {label}", xlabel="Se (%)", xlim=(30, 104))
    ax.set_ylim(30, 104)
    ax.grid(alpha=0.3)
axes[0].set_ylabel("+P (%)")
_ = fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=4,
    frameon=False,
)

# %%
# What was learned
# ----------------
#
# - Resampling moves a classifier along a line: more rare beats are found, and
#   more normal ones are called so. It adds no knowledge of its own.
# - Where a class is easily told (V), all recipes come out alike.
# - Copies are changed beats of the same few people. They do not replace
#   people: the intervals, which are over subjects, stay as wide as they were.
