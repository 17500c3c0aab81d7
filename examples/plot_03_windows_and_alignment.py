"""
Windows, and labels that are off the R peak
===========================================

Should a window be cut around the label or around the R peak? In some
databases, such as the European ST-T Database, the labels of a recording are
all off the R peak by about the same time. The point: **a window around such a
label identifies the subject and hides the class of the beat**. A window around
the R peak does neither. The recordings are **simulated**, with labels shifted
as measured there.
"""

# %%
# One recording
# -------------
#
# In this recording the labels are 45 ms before the R peaks. A window extends
# 100 ms before and after its centre. With ``align=False`` it is centred on the
# label, with ``align=True``, the default, on the largest deflection nearby.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import skecg

sns.set_palette("colorblind")
record = skecg.simulate_record(
    20, ventricular=0.15, label_shift=-0.045, random_state=4
)
time = np.arange(record.n_samples) / record.fs

fig, axes = plt.subplots(
    2, 1, figsize=(8, 3.6), sharex=True, sharey=True, layout="constrained"
)
for ax, align in zip(axes, (False, True), strict=True):
    beats = skecg.load_beats([record], align=align)
    ax.plot(time, record.signal[:, 0], color="0.15", lw=0.9)
    for peak in beats.meta.peak / record.fs:
        ax.axvspan(peak - 0.1, peak + 0.1, color=f"C{int(align)}", alpha=0.3)
    labels = beats.meta["sample"] / record.fs
    for x, symbol in zip(labels, beats.meta.symbol, strict=True):
        ax.annotate(symbol, (x, 2.0), ha="center")
    ax.vlines(labels, 1.6, 1.9, color="0.3")
    ax.set_title(f"align={align}", loc="left", fontsize="medium")
    ax.set(xlim=(4.2, 8.5), ylim=(-1.6, 2.6), ylabel="mV")
_ = axes[1].set_xlabel("Time (s)")

# %%
# Above, the windows miss the end of the beats. Below, the beats are centred.
#
# Identifying the subject
# -----------------------
#
# Now take eight subjects whose normal beats look exactly alike
# (``variation=0``), and shift the labels of each by another amount, from 64 ms
# before the peak to 32 ms after it. Can a linear model identify the subject
# from one beat?

from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

shifts = np.linspace(-0.064, 0.032, 8)
alike = [
    skecg.simulate_record(
        90,
        supraventricular=0,
        ventricular=0,
        fusion=0,
        variation=0,
        label_shift=shift,
        name=f"sim{i:03d}",
        random_state=i,
    )
    for i, shift in enumerate(shifts)
]

fig, axes = plt.subplots(
    1, 2, figsize=(8, 3.2), sharex=True, sharey=True, layout="constrained"
)
for ax, align in zip(axes, (False, True), strict=True):
    beats = skecg.load_beats(alike, align=align)
    share = cross_val_score(
        LogisticRegression(max_iter=2000),
        skecg.BeatNormalizer().fit_transform(beats.data),
        beats.groups,
        cv=StratifiedKFold(4, shuffle=True, random_state=0),
    ).mean()
    window = 1000 * (np.arange(beats.data.shape[1]) - 25) / beats.fs
    colors = sns.color_palette("viridis", len(shifts))
    for subject, color in zip(np.unique(beats.groups), colors, strict=True):
        rows = beats.data[beats.groups == subject]
        ax.plot(window, np.median(rows, axis=0), color=color)
    ax.set_title(
        f"align={align}: right subject in {share:.0%}", fontsize="medium"
    )
    ax.set_xlabel("Time from the window's centre (ms)")
_ = axes[0].set_ylabel("Median beat (mV)")

# %%
# Each line is the median beat of one subject. Without alignment the beats of
# each subject are at a position of their own, and the model identifies nearly
# all of them. With alignment it can only guess one of eight.
#
# The effect on classes
# ---------------------
#
# Does this also make classes harder to distinguish? Now 24 subjects differ
# from each other, their labels are shifted at random, and a random forest
# predicts the beats of subjects excluded from training. A supraventricular
# beat (S) differs from a normal one in its P wave, 100 to 200 ms before the
# peak, so a window must extend back to it. Three windows are compared.

from dataclasses import replace

from sklearn.ensemble import RandomForestClassifier


def shift_labels(record, shift):
    """Return the record with all labels shifted by a time in s."""
    sample = record.sample + round(shift * record.fs)
    inside = (sample >= 0) & (sample < record.n_samples)
    return replace(record, sample=sample[inside], symbol=record.symbol[inside])


records = skecg.simulate_records(
    24,
    duration=120,
    supraventricular=0.08,
    ventricular=0.1,
    fusion=0.02,
    random_state=1,
)
shifts = np.random.default_rng(0).uniform(-0.064, 0.032, len(records))
records = [
    shift_labels(record, shift)
    for record, shift in zip(records, shifts, strict=True)
]

table = {}
for window in ((0.1, 0.1), (0.25, 0.1), (0.25, 0.25)):
    for align in (False, True):
        beats = skecg.load_beats(records, window=window, align=align, fs=100)
        forest = RandomForestClassifier(50, random_state=0)
        pipe = skecg.make_beat_pipeline(forest, layout=beats.layout)
        predictions = skecg.cross_val_beats(pipe, beats, cv=3)
        report = skecg.BeatReport.from_table(predictions)
        before, after = (round(1000 * seconds) for seconds in window)
        name = f"{before} ms before,\n{after} ms after"
        table[name, align] = report.intervals.xs("F1", level="metric")
table = pd.concat(table, names=["window", "align"])

# %%
# The F1 of each class, with its 95 % interval over the subjects:

fig, axes = plt.subplots(
    1, 3, figsize=(7.5, 3.2), sharex=True, sharey=True, layout="constrained"
)
windows = table.index.unique("window")[::-1]
for ax, label in zip(axes, "SVF", strict=True):
    for align in (False, True):
        rows = table.xs((align, label), level=("align", "class"))
        rows = 100 * rows.loc[windows]
        y = np.arange(len(windows)) + (0.12 if align else -0.12)
        bars = [rows.value - rows.low, rows.high - rows.value]
        ax.errorbar(
            rows.value,
            y,
            xerr=bars,
            fmt="os"[align],
            color=f"C{int(align)}",
            label=f"align={align}",
        )
    ax.set_title(f"class {label}", fontsize="medium")
    ax.set(xlabel="F1 (%)", xlim=(0, 104), xticks=[0, 50, 100])
    ax.grid(alpha=0.3)
axes[0].set_yticks(range(len(windows)), windows)
_ = fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=2,
    frameon=False,
)

# %%
# For V beats any window is sufficient. S and F beats are found best in aligned
# windows that contain the P wave. There is one surprise: in the shortest
# window S beats are found better *without* alignment. Labels before the peak
# make some windows extend back to the P wave. That is a coincidence, in some
# recordings only.
#
# What was learned
# ----------------
#
# - Labels that are off by some hundredths of a second identify a recording.
#   Alignment, the default, prevents that.
# - Choose the window by the waves that distinguish the classes: for S beats it
#   must extend back to the P wave.
# - Check your own data in ``beats.meta``: if ``peak`` minus ``sample`` is far
#   from 0 for all beats of a recording, its labels are off.
#
# More: :doc:`/guide/beats` and :class:`~skecg.BeatExtractor`.
