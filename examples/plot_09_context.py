"""
Context: a beat among the beats around it
=========================================

A supraventricular beat (S) looks nearly normal. It differs by coming early,
and a window around the beat does not show that. With ``context=600`` a row
also compares the beat with those of the same person in the ten minutes around
it: rhythm, shape, and the difference from the normal beats. The point: **a
classifier can only learn from information that is in the row**. The recordings
are **simulated**.
"""

# %%
# Uneven subjects
# ---------------
#
# Subjects like those of the :doc:`example about leaks <plot_07_leaks>`, in
# whom a short window found hardly any S beats: few of them have most of the
# ectopic beats, and the normal beats differ from person to person. Their beats
# are cut in three ways.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import skecg

sns.set_palette("colorblind")
records = skecg.simulate_records(
    20,
    duration=120,
    fs=125,
    variation=2,
    supraventricular=0.15,
    ventricular=0.08,
    fusion=0,
    random_state=2,
)
windows = {
    "window of 200 ms": {"window": (0.1, 0.1)},
    "window of 560 ms": {"window": (0.28, 0.28)},
    "with context": {"window": (0.28, 0.28), "context": 600, "neighbors": 2},
}
rows = {
    name: skecg.load_beats(records, fs=125, **params)
    for name, params in windows.items()
}
for name, beats in rows.items():
    print(f"{name:17s}{len(beats)} beats, {beats.data.shape[1]} columns")

# %%
# Longer windows exclude a few beats at the ends of the recordings.
#
# Two waveforms
# -------------
#
# With context the first waveform of a row is the beat, scaled by the height of
# the person's normal beat. The second is its difference from that normal beat.
# One S and one ventricular (V) beat:

beats = rows["with context"]
record = beats.meta.record.to_numpy()
waves = beats.layout.waveform(beats.data)[:, 0, 0]  # beats, channels, samples
time = 1000 * (np.arange(waves.shape[-1]) - waves.shape[-1] // 2) / beats.fs
fig, axes = plt.subplots(
    1, 2, figsize=(8, 3.2), sharex=True, sharey=True, layout="constrained"
)
for ax, name, label in zip(axes, ("sim013", "sim016"), "SV", strict=True):
    normal = waves[(record == name) & (beats.target == "N"), 0]
    beat = waves[(record == name) & (beats.target == label)][3]
    ax.plot(time, np.median(normal, axis=0), color="0.75", lw=4)
    ax.plot(time, beat[0], color="C0")
    ax.plot(time, beat[1], color="C3", ls="--")
    ax.set_title(f"{label} beat of {name}", fontsize="medium")
axes[0].legend(
    ["normal beats", "signal", "difference"], frameon=False, fontsize="small"
)
fig.supxlabel(
    "Time from the middle of the QRS complex (ms)", fontsize="medium"
)
_ = axes[0].set_ylabel("Share of the normal height")

# %%
# The S beat differs before the QRS complex: the T wave of the previous beat is
# still there, and its own P wave is missing. The V beat differs in the QRS
# complex itself.
#
# Two of the scalars
# ------------------
#
# A row with context also has scalars. Two of them: how early the beat comes,
# and how similar its QRS complex is to the normal ones, both compared with
# beats of the same person nearby. The beats of all twenty subjects:

names = beats.feature_names
before = beats.data[:, names.index("rr_before_normal")]
alike = beats.data[:, names.index("qrs_correlation")]
fig, ax = plt.subplots(figsize=(6.5, 3.8), layout="constrained")
for label, marker, color in zip("NSV", "os^", ("C0", "C1", "C2"), strict=True):
    of_class = beats.target == label
    ax.plot(
        before[of_class],
        alike[of_class],
        marker,
        ms=4,
        alpha=0.4,
        mew=0,
        color=color,
        label=label,
    )
ax.set_xlabel("rr_before_normal: ln(RR interval / normal RR interval)")
ax.set_ylabel("qrs_correlation: with the normal beat")
_ = ax.legend(title="class", markerscale=1.5, loc="lower right")

# %%
# S beats (squares) come early and look normal. V beats (triangles) come early
# and look different. The borders could almost be drawn by hand, and they are
# the same for all subjects.
#
# The gain
# --------
#
# The same random forest is trained on each of the three kinds of rows. Every
# beat is predicted by a forest trained without its subject. Bars are 95 %
# intervals over the subjects.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(50, random_state=0)
reports = {
    name: skecg.BeatReport.from_table(skecg.cross_val_beats(forest, of, cv=3))
    for name, of in rows.items()
}
table = pd.concat({name: one.intervals for name, one in reports.items()})

fig, axes = plt.subplots(
    1, 2, figsize=(7.5, 2.8), sharex=True, sharey=True, layout="constrained"
)
for ax, label in zip(axes, "SV", strict=True):
    for marker, offset, metric in (("o", 0.1, "Se"), ("s", -0.1, "+P")):
        one = 100 * table.xs((label, metric), level=("class", "metric"))
        one = one.loc[list(rows)[::-1]]
        ax.errorbar(
            one.value,
            np.arange(len(one)) + offset,
            xerr=[one.value - one.low, one.high - one.value],
            fmt=marker,
            label=metric,
        )
    ax.set_title(f"class {label}", fontsize="medium")
    ax.set(xlabel="%", xlim=(-4, 104), ylim=(-0.5, 2.5))
    ax.grid(alpha=0.3)
axes[0].set_yticks(range(len(rows)), list(rows)[::-1])
_ = axes[1].legend(loc="center left")

# %%
# What was learned
# ----------------
#
# - A short window finds almost no S beats. A longer one finds some, by their
#   P wave. With context nearly all are found. V beats are easier in all three.
# - Context uses no labels and no other recording: a row depends only on some
#   minutes around its beat.
# - Simulated ectopic beats always come early and normal ones rarely do. Real
#   rhythms are less regular, so measure the gain on real recordings.
#
# More: :doc:`/guide/context`. The network made for such rows is
# :class:`~skecg.ContextLSTMClassifier`.
