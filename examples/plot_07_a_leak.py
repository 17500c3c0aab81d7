"""
A leak: random rows against whole subjects
==========================================

How much does a random split flatter? Beats of one person resemble each other.
If a split takes rows at random, every person is on both sides, and a
classifier that recognizes people looks like one that recognizes beats. The
point: **the same model on the same beats scores far better on a random split,
and the next patient gets none of the difference**. The recordings are
**simulated**.
"""

# %%
# Who has which beats
# -------------------
#
# In real databases few people have most of the rare beats: in the MIT-BIH
# Arrhythmia Database one record holds 41 % of the supraventricular beats (S)
# of the usual training half. It is the same here. Of twenty subjects four have
# most of the S beats, and four others most of the ventricular ones (V).

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
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
        90,
        fusion=0,
        heart_rate=rng.uniform(55, 90),
        variation=1.5,
        name=f"sim{i:03d}",
        random_state=i,
        **kinds[i % len(kinds)],
    )
    for i in range(20)
]
beats = skecg.load_beats(records, fs=100)  # +-100 ms around R
beats.meta.value_counts("symbol").to_frame("beats").transpose()

# %%
# Two splits
# ----------
#
# The model is as simple as can be: a beat gets the label of the training beat
# that it resembles most. It is tested on a quarter of the beats, in twelve
# splits of random rows and in twelve of whole subjects. Each marker is one
# split, and the line is their mean.

from sklearn.model_selection import StratifiedShuffleSplit, cross_validate
from sklearn.neighbors import KNeighborsClassifier

pipe = skecg.make_beat_pipeline(
    KNeighborsClassifier(1),
    augmenter=None,
    undersampler=None,
    layout=beats.layout,
)
splits = {
    "random rows": StratifiedShuffleSplit(12, test_size=0.25, random_state=0),
    "whole subjects": skecg.StratifiedGroupShuffleSplit(
        12, test_size=0.25, random_state=0
    ),
}
figures = {
    "Se of S": skecg.BeatScorer("Se S"),
    "Se of V": skecg.BeatScorer("Se V"),
    "accuracy": "accuracy",
}
scores = {}
for name, cv in splits.items():
    groups = beats.groups if name == "whole subjects" else None
    scores[name] = cross_validate(
        pipe, beats.data, beats.target, groups=groups, cv=cv, scoring=figures
    )

fig, axes = plt.subplots(
    1, 3, figsize=(8, 3.2), sharey=True, layout="constrained"
)
jitter = np.linspace(-0.15, 0.15, 12)
for ax, figure in zip(axes, figures, strict=True):
    for place, found in enumerate(scores.values()):
        values = 100 * found[f"test_{figure}"]
        ax.plot(place + jitter, values, "os"[place], color=f"C{3 * place}")
        ax.hlines(np.nanmean(values), place - 0.3, place + 0.3, color="0.2")
        ax.text(place + 0.32, np.nanmean(values), f"{np.nanmean(values):.0f}")
    ax.set_title(figure, fontsize="medium")
    ax.set_xticks([0, 1], [name.replace(" ", "\n") for name in splits])
    ax.set_xlim(-0.5, 1.7)
    ax.grid(alpha=0.3, axis="y")
_ = axes[0].set_ylabel("%")

# %%
# On random rows the model finds most S beats. Of subjects whom it has not seen
# it finds hardly any. V beats have a shape of their own and are found either
# way. Accuracy shows only a part of the difference, since most beats are
# normal.
#
# What the model looked at
# ------------------------
#
# Four S beats of a random test set (black), and behind each the training beat
# that gave it its label (orange). Look at the names of the recordings: it is a
# beat of the same person, often of the same minute. For the next patient there
# is no such beat.

train_rows, test_rows = next(
    splits["random rows"].split(beats.data, beats.target)
)
pipe.fit(beats.data[train_rows], beats.target[train_rows])
seen = pipe[:-1].transform(beats.data)  # what the last step gets
nearest = train_rows[pipe[-1].kneighbors(seen)[1][:, 0]]
same = beats.groups[nearest] == beats.groups

shown = test_rows[beats.target[test_rows] == "S"][::7][:4]
time = 1000 * (np.arange(beats.data.shape[1]) - 10) / beats.fs
fig, axes = plt.subplots(
    1, 4, figsize=(8, 3), sharex=True, sharey=True, layout="constrained"
)
for ax, beat in zip(axes, shown, strict=True):
    other = nearest[beat]
    ax.plot(time, seen[other], color="C1", lw=4, alpha=0.6)
    ax.plot(time, seen[beat], color="0.1", lw=1.2)
    apart = abs(beats.meta["sample"][beat] - beats.meta["sample"][other])
    ax.set_title(
        f"test: {beats.meta.record[beat]}\n"
        f"train: {beats.meta.record[other]},\n"
        f"{apart / beats.meta.fs[beat]:.0f} s apart",
        fontsize="medium",
    )
axes[0].set_ylabel("Amplitude (no unit)")
fig.supxlabel("Time from R peak (ms)", fontsize="medium")
share = same[test_rows].mean()
print(f"{share:.0%} of the test beats got their label from the same person")

# %%
# Look before you publish
# -----------------------
#
# :func:`~skecg.leak_report` says what training and test have in common. After
# the random split, all twenty subjects are on both sides:

random = [skecg.take_beats(beats, rows) for rows in (train_rows, test_rows)]
print(skecg.leak_report(*random))

# %%
# After a split by subject, nothing is shared:

whole = skecg.train_test_subjects(beats, test_size=0.25, random_state=0)
print(skecg.leak_report(*whole))

# %%
# What was learned
# ----------------
#
# - A random split tests whether a model knows the person, not the beat. Split
#   by subject: :func:`~skecg.train_test_subjects`, or a splitter with groups.
# - Accuracy hides most of such a leak. Look at the rare classes.
# - Scores of splits by subject vary more. That is no fault of theirs: people
#   differ that much, and a random split hides it.
#
# More: :doc:`/guide/subjects` and :doc:`/guide/protocol`.
