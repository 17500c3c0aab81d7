"""
Rare classes: benefit and cost of resampling
============================================

Nearly all beats of a recording are normal (N), so a classifier can reach a low
training loss by predicting N most of the time. A pipeline of skecg therefore
adds changed copies of rare beats and drops some of the normal ones, **only in
training**. Does it help? The point: **resampling finds more of the rare beats,
at the cost of false positives**. The right amount depends on the costs of a
missed beat and of a false positive. The recordings are **simulated**.
"""

# %%
# The classes
# -----------
#
# Twenty-four subjects with few supraventricular (S), ventricular (V) and
# fusion beats (F). The window extends back to the P wave, which distinguishes
# an S beat from a normal one.

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
# The default pipeline makes one changed copy of each rare beat, and then keeps
# as many normal beats as there are others. These are the resulting training
# beats; note the logarithmic axis.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(60, random_state=0)
default = skecg.make_beat_pipeline(forest, layout=beats.layout)
_ = skecg.ClassBalanceDisplay.from_estimator(default, beats.data, beats.target)

# %%
# Copies
# ------
#
# One ventricular beat (black), and twelve copies of it (green) by each method.
# The strength of each is four times the usual one, so that the changes are
# visible. ``frequency_noise`` is the method of the notebook that skecg
# replaces: even at this strength its copies hardly differ from the original.

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
    1, 5, figsize=(8, 2.6), sharex=True, sharey=True, layout="constrained"
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
# The recipes range from no resampling to five copies of each rare beat. Every
# beat is predicted by a random forest trained without its subject. Predicted
# beats are never resampled.


def six_of_each(y):
    """Return six times the rows of every class except N."""
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
    "no resampling": {"augmenter": None, "undersampler": None},
    "two of each": {"undersampler": None},
    "default": {},
    "six of each, N as many": {"augmenter": more},
}
reports = {}
for name, steps in recipes.items():
    pipe = skecg.make_beat_pipeline(forest, layout=beats.layout, **steps)
    predictions = skecg.cross_val_beats(pipe, beats, cv=3)
    reports[name] = skecg.BeatReport.from_table(predictions)

# %%
# Sensitivity (Se) is the share of the beats of a class that are found; +P is
# the share of the beats predicted as a class that belong to it. The best
# position is the upper right corner. The grey line connects the recipes in
# order, the bars are 95 % intervals over the subjects.

fig, axes = plt.subplots(
    1, 3, figsize=(7.5, 3.6), sharex=True, sharey=True, layout="constrained"
)
for ax, label in zip(axes, "SVF", strict=True):
    points = []
    for (name, report), marker in zip(reports.items(), "osD^", strict=True):
        se, ppv = (
            100 * report.intervals.loc[(label, metric)]
            for metric in ("Se", "+P")
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
    ncols=2,
    frameon=False,
)

# %%
# For S and F the two recipes that drop normal beats (``default`` and the last)
# find a few more beats, at the cost of many more false positives. For V, which
# has a distinct shape, all recipes are about equal. Copies without dropping
# (``two of each``) change little.
#
# What was learned
# ----------------
#
# - Resampling exchanges missed beats for false positives. It adds no
#   information.
# - If a class is easy to recognize, it makes no difference.
# - Copies of beats do not replace subjects: the intervals over subjects remain
#   wide.
# - Set ``augmenter=None, undersampler=None`` to train without it, and compare.
#
# More: :doc:`/guide/pipeline`, :class:`~skecg.BeatAugmenter` and
# :func:`~skecg.make_beat_pipeline`.
