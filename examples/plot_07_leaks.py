"""
A leak: random rows against whole subjects
==========================================

How much does a random split overestimate? Beats of one person resemble each
other. If rows are split at random, every person is in both splits, and a
classifier that recognizes people looks like one that recognizes beats. The
point: **the same model on the same beats scores far higher on a random split,
and the difference is lost on the next patient**. The recordings are
**simulated**.
"""

# %%
# Beats by subject
# ----------------
#
# In real databases few people have most of the rare beats: in the MIT-BIH
# Arrhythmia Database one record has 41 % of the supraventricular beats (S) of
# the usual training half. The simulated subjects are uneven, too
# (``variation=2.5``): six of the twenty have two thirds of the S beats, and
# others most of the ventricular ones (V).

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

import skecg

sns.set_palette("colorblind")
records = skecg.simulate_records(
    20,
    duration=120,
    variation=2.5,
    supraventricular=0.15,
    ventricular=0.08,
    fusion=0,
    random_state=2,
)
beats = skecg.load_beats(records, fs=100)  # +-100 ms around R
counts = beats.meta.value_counts(["subject", "symbol"]).unstack(fill_value=0)
counts.sort_values("S", ascending=False).head(8)

# %%
# Two splits
# ----------
#
# The model is simple: a beat gets the label of the training beat that it
# resembles most. It is tested on a quarter of the beats, in twelve splits of
# random rows and in twelve of whole subjects. Each marker is one split, and
# the line is their mean.

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
scorers = {
    "Se of S": skecg.BeatScorer("Se S"),
    "Se of V": skecg.BeatScorer("Se V"),
    "accuracy": "accuracy",
}
scores = {}
for name, cv in splits.items():
    groups = beats.groups if name == "whole subjects" else None
    scores[name] = cross_validate(
        pipe, beats.data, beats.target, groups=groups, cv=cv, scoring=scorers
    )

fig, axes = plt.subplots(
    1, 3, figsize=(8, 3.2), sharey=True, layout="constrained"
)
jitter = np.linspace(-0.15, 0.15, 12)
for ax, metric in zip(axes, scorers, strict=True):
    for place, found in enumerate(scores.values()):
        values = 100 * found[f"test_{metric}"]
        ax.plot(place + jitter, values, "os"[place], color=f"C{3 * place}")
        ax.hlines(np.nanmean(values), place - 0.3, place + 0.3, color="0.2")
        ax.text(place + 0.32, np.nanmean(values), f"{np.nanmean(values):.0f}")
    ax.set_title(metric, fontsize="medium")
    ax.set_xticks([0, 1], [name.replace(" ", "\n") for name in splits])
    ax.set_xlim(-0.5, 1.7)
    ax.grid(alpha=0.3, axis="y")
_ = axes[0].set_ylabel("%")

# %%
# On random rows the model finds most S beats. Of subjects excluded from
# training it finds hardly any. V beats have a distinct shape and are found in
# both. Accuracy shows only a part of the difference, since most beats are
# normal.
#
# The nearest training beats
# --------------------------
#
# Four S beats of a random test set (black), and behind each the training beat
# that determined its label (orange). Look at the names of the recordings: it
# is a beat of the same person, often of the same minute. For the next patient
# there is no such beat.

train_rows, test_rows = next(
    splits["random rows"].split(beats.data, beats.target)
)
pipe.fit(beats.data[train_rows], beats.target[train_rows])
seen = pipe[:-1].transform(beats.data)  # the input of the last step
nearest = train_rows[pipe[-1].kneighbors(seen)[1][:, 0]]
same = beats.groups[nearest] == beats.groups

shown = test_rows[beats.target[test_rows] == "S"][::8][:4]
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
# Check before you publish
# ------------------------
#
# :func:`~skecg.leak_report` lists everything that training and test share.
# After the random split, all twenty subjects are in both:

print(skecg.leak_report(beats[train_rows], beats[test_rows]))

# %%
# After a split by subject, nothing is shared:

whole = skecg.train_test_subjects(beats, test_size=0.25, random_state=0)
print(skecg.leak_report(*whole))

# %%
# What was learned
# ----------------
#
# - A random split tests whether a model recognizes the person, not the class.
#   Split by subject: :func:`~skecg.train_test_subjects`, or a splitter with
#   groups.
# - Accuracy hides most of such a leak. Look at the rare classes.
# - Scores of splits by subject vary more, because subjects differ that much. A
#   random split hides it.
#
# More: :doc:`/guide/subjects` and :doc:`/guide/protocol`.
