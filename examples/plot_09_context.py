"""
Context: a beat among the beats around it
=========================================

A supraventricular beat looks all but normal; what gives it away is that it
comes early. No window around a beat shows that. With ``context=600`` a row
also holds what is usual for this person, in this lead: rhythm, shape, and the
difference from the normal beats near by. The point: **what a window cannot
show no network can learn; put it into the row**. Recordings are **simulated**.
"""

# %%
# Uneven subjects
# ---------------
#
# The subjects of the example about :doc:`leaks <plot_07_a_leak>`, in whom a
# model of bare windows found one S beat in ten: few of them have most of the
# ectopic beats, and their normal beats differ.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import skecg

sns.set_palette("colorblind")
kinds = [
    {"supraventricular": 0.25, "ventricular": 0.01},
    {"supraventricular": 0.02, "ventricular": 0.25},
    {"supraventricular": 0.01, "ventricular": 0.02},
    {"supraventricular": 0.02, "ventricular": 0.05},
    {"supraventricular": 0.00, "ventricular": 0.00},
]
rng = np.random.default_rng(0)
records = [
    skecg.simulate_record(
        120,
        fs=125,
        fusion=0,
        heart_rate=rng.uniform(55, 90),
        rr_std=rng.uniform(0.02, 0.08),
        variation=1.5,
        name=f"sim{i:03d}",
        random_state=i,
        **kinds[i % len(kinds)],
    )
    for i in range(20)
]
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
    print(f"{name:17s}{beats.data.shape[0]} x {beats.data.shape[1]}")

# %%
# Two waveforms
# -------------
#
# The first channel is the beat, scaled by the height of the person's normal
# beat, the second its difference from that beat. For one S and one V beat:

beats = rows["with context"]
record = beats.meta.record.to_numpy()
waves = beats.layout.waveform(beats.data)[:, 0, 0]  # beats, channels, samples
time = 1000 * (np.arange(waves.shape[-1]) - waves.shape[-1] // 2) / beats.fs
fig, axes = plt.subplots(
    1, 2, figsize=(8, 3), sharex=True, sharey=True, layout="constrained"
)
for ax, name, label in zip(axes, ("sim000", "sim001"), "SV", strict=True):
    normal = waves[(record == name) & (beats.target == "N"), 0]
    beat = waves[(record == name) & (beats.target == label)][3]
    ax.plot(time, np.median(normal, axis=0), color="0.75", lw=4)
    ax.plot(time, beat[0], color="C0")
    ax.plot(time, beat[1], color="C3", ls="--")
    ax.set_title(f"{label} beat of {name}", fontsize="medium")
    ax.set_xlabel("Time from the middle of the QRS complex (ms)")
axes[0].legend(
    ["normal beats", "signal", "difference"], frameon=False, fontsize="small"
)
_ = axes[0].set_ylabel("Share of the normal height")

# %%
# Two of the scalars
# ------------------
#
# How early a beat comes, and how much its QRS complex is like the normal ones,
# each against the beats of the same person near by. All twenty subjects are in
# this picture.

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
ax.set_xlabel("rr_before_normal: ln(RR interval / the normal one)")
ax.set_ylabel("qrs_correlation")
_ = ax.legend(title="class", markerscale=1.5, loc="lower right")

# %%
# What it brings
# --------------
#
# The same forest on each kind of rows, every beat predicted by one that has
# not seen its subject, with 95 % intervals over the subjects.

from sklearn.ensemble import RandomForestClassifier

forest = RandomForestClassifier(50, random_state=0)
reports = {
    name: skecg.BeatReport.from_table(skecg.cross_val_beats(forest, of, cv=3))
    for name, of in rows.items()
}
table = pd.concat({name: one.intervals for name, one in reports.items()})

fig, axes = plt.subplots(
    1, 2, figsize=(8, 2.6), sharex=True, sharey=True, layout="constrained"
)
for ax, label in zip(axes, "SV", strict=True):
    for marker, offset, figure in (("o", 0.1, "Se"), ("s", -0.1, "+P")):
        one = 100 * table.xs((label, figure), level=("class", "figure"))
        one = one.loc[list(rows)[::-1]]
        ax.errorbar(
            one.value,
            np.arange(len(one)) + offset,
            xerr=[one.value - one.low, one.high - one.value],
            fmt=marker,
            label=figure,
        )
    ax.set_title(f"class {label}", fontsize="medium")
    ax.set(xlabel="%", xlim=(0, 104), ylim=(-0.5, 2.5))
    ax.grid(alpha=0.3)
axes[0].set_yticks(range(len(rows)), list(rows)[::-1])
_ = axes[1].legend(loc="center left")

# %%
# What was learned
# ----------------
#
# - In these subjects a short window finds next to no S beats, a longer one
#   finds most by their P wave, and context nearly all by their rhythm as well.
# - Context holds no label and no part of another recording: a row depends on
#   some minutes around its beat (:doc:`/guide/context`).
# - Simulated ectopic beats always come early; real rhythms also stumble
#   without one. Such a gain must be measured on real recordings. The network
#   made for these rows is :class:`~skecg.ContextLSTMClassifier`.
