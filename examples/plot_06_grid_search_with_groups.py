"""
A grid search, in folds of whole subjects
=========================================

A grid search selects the parameters with the best score in its folds. If beats
of one person are in several folds, it selects those that recognize people. The
point: **pass groups, and a splitter that keeps them together**. Only then does
the score of the search predict the score on new subjects. The recordings are
**simulated**.
"""

# %%
# Training and test subjects
# --------------------------
#
# Sixty subjects who differ a lot (``variation=2.5``): a few of them have most
# of the supraventricular beats (S), others most of the ventricular ones (V).
# Twenty subjects are for the search. The other forty are set aside before it
# starts.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns

import skecg

sns.set_palette("colorblind")
records = skecg.simulate_records(
    60,
    duration=60,
    variation=2.5,
    supraventricular=0.15,
    ventricular=0.08,
    fusion=0,
    muscle=0.03,
    random_state=3,
)
beats = skecg.load_beats(records, fs=100)  # +-100 ms around R
in_train = np.isin(beats.meta.record, [one.name for one in records[:20]])
train, test = beats[in_train], beats[~in_train]

# %%
# The grid
# --------
#
# Any parameter of any step can be searched: write the name of the step, two
# underscores and the name of the parameter. Here these are
# ``normalizer__scale``, the scaling of each beat (drawn below for one N and
# one V beat), and ``classifier__gamma`` of a support vector machine. The
# larger ``gamma`` is, the more a prediction depends only on the nearest
# training beats. For a network you would search ``classifier__units`` or
# ``classifier__learning_rate``; nothing else would change.

scales = ("zscore", "minmax", "robust", "r_amplitude")
time = 1000 * (np.arange(beats.data.shape[1]) - 10) / beats.fs
fig, axes = plt.subplots(
    1, 4, figsize=(8, 2.6), sharex=True, layout="constrained"
)
for ax, scale in zip(axes, scales, strict=True):
    scaled = skecg.BeatNormalizer(scale).fit_transform(train.data)
    for label, i, color, dashes in (
        ("N", 300, "C0", "-"),
        ("V", 5, "C2", "--"),
    ):
        beat = np.flatnonzero(train.target == label)[i]
        ax.plot(time, scaled[beat], dashes, color=color, label=label)
    ax.set_title(f'scale="{scale}"', fontsize="medium")
axes[0].set_ylabel("Amplitude (no unit)")
axes[0].legend(frameon=False)
fig.supxlabel("Time from R peak (ms)", fontsize="medium")

# %%
# Two searches
# ------------
#
# Both search the same grid on the same beats. Only the folds differ: rows
# drawn at random, or whole subjects. :class:`~skecg.BeatScorer` makes the
# scores comparable: it averages over the same classes for all candidates.

from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.svm import SVC

pipe = skecg.make_beat_pipeline(
    SVC(class_weight="balanced", random_state=0), layout=beats.layout
)
grid = {
    "normalizer__scale": scales,
    "classifier__gamma": [0.01, 0.1, 1.0, 10.0],
}
folds = {
    "folds of rows": StratifiedKFold(4, shuffle=True, random_state=0),
    "folds of subjects": StratifiedGroupKFold(4),
}
searches = {}
for name, cv in folds.items():
    search = GridSearchCV(
        pipe, grid, cv=cv, scoring=skecg.BeatScorer("balanced_accuracy")
    )
    groups = train.groups if name == "folds of subjects" else None
    searches[name] = search.fit(train.data, train.target, groups=groups)

fig, axes = plt.subplots(
    1, 2, figsize=(8, 3.2), sharey=True, layout="constrained"
)
for ax, (name, search) in zip(axes, searches.items(), strict=True):
    gammas = grid["classifier__gamma"]
    found = search.cv_results_["mean_test_score"]
    found = 100 * found.reshape(len(gammas), len(scales)).T
    sns.heatmap(
        found,
        ax=ax,
        annot=True,
        fmt=".0f",
        cmap="Blues",
        vmin=30,
        vmax=90,
        cbar=False,
        xticklabels=gammas,
        yticklabels=scales,
    )
    row, column = np.unravel_index(found.argmax(), found.shape)
    ax.add_patch(plt.Rectangle((column, row), 1, 1, fill=False, ec="C3", lw=3))
    ax.set_title(f"{name}:\nbalanced accuracy (%)", fontsize="medium")
    ax.set_xlabel("classifier__gamma")
axes[0].set_ylabel("normalizer__scale")
_ = axes[0].tick_params(axis="y", rotation=0)

# %%
# The winner of each search has a red frame. In folds of rows scores are far
# higher, and another candidate wins.
#
# Expected and observed scores
# ----------------------------
#
# Compare the score of each winner in its own search with its score on the
# forty subjects that were set aside:

scorer = skecg.BeatScorer("balanced_accuracy")
for name, search in searches.items():
    observed = scorer(search, test.data, test.target)
    print(f"{name}: {search.best_params_}")
    print(f"    search {search.best_score_:.0%}, new subjects {observed:.0%}")

# %%
# What was learned
# ----------------
#
# - Folds of rows give a score far above that on new subjects. They favour a
#   candidate that depends on the nearest beats, which are those of the same
#   person.
# - Folds of subjects give about the score on new subjects. They also show that
#   no candidate is good. A window of 100 ms before and after the peak is too
#   short for S beats: a longer one or context would help more than any search.
# - ``groups=`` is not sufficient. A splitter that does not use groups ignores
#   them, with a warning. Use ``StratifiedGroupKFold``.
#
# More: :doc:`/guide/subjects`, :class:`~skecg.BeatScorer` and
# :class:`~skecg.StratifiedGroupShuffleSplit`.
