"""
A grid search, in folds of whole subjects
=========================================

Which parameters are best? A grid search takes those that do best in its folds.
If beats of one person are in several folds, the winner is whatever recognizes
people. The point: **pass groups, and a splitter that keeps them together**.
Only then is the score of the search what you get on new people. The recordings
are **simulated**.
"""

# %%
# Training and test subjects
# --------------------------
#
# Sixty subjects of four kinds: some have many supraventricular beats (S), some
# many ventricular ones (V), the others few of either. Twenty subjects are for
# the search. The other forty are put aside before it starts.

# sphinx_gallery_thumbnail_number = 2
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
]
rng = np.random.default_rng(0)
records = [
    skecg.simulate_record(
        90 if i < 20 else 45,
        fusion=0,
        heart_rate=rng.uniform(55, 90),
        variation=1.5,
        muscle=0.03,
        name=f"sim{i:03d}",
        random_state=i,
        **kinds[i % len(kinds)],
    )
    for i in range(60)
]
beats = skecg.load_beats(records, fs=100)  # +-100 ms around R
in_train = np.isin(beats.meta.record, [one.name for one in records[:20]])
train, test = (skecg.take_beats(beats, rows) for rows in (in_train, ~in_train))

# %%
# What is searched
# ----------------
#
# Any parameter of any step can be searched: write the name of the step, two
# underscores and the name of the parameter. Here these are
# ``normalizer__scale``, the way each beat is scaled (drawn below for one N and
# one V beat), and ``classifier__gamma`` of a support vector machine. The
# larger ``gamma`` is, the more a prediction depends on the nearest training
# beats alone. For a network you would search ``classifier__units`` or
# ``classifier__learning_rate``; nothing else would change.

scales = ("zscore", "minmax", "robust", "r_amplitude")
time = 1000 * (np.arange(beats.data.shape[1]) - 10) / beats.fs
fig, axes = plt.subplots(
    1, 4, figsize=(8, 2.6), sharex=True, layout="constrained"
)
for ax, scale in zip(axes, scales, strict=True):
    scaled = skecg.BeatNormalizer(scale).fit_transform(train.data)
    for label, color, dashes in (("N", "C0", "-"), ("V", "C2", "--")):
        beat = np.flatnonzero(train.target == label)[5]
        ax.plot(time, scaled[beat], dashes, color=color, label=label)
    ax.set_title(f'scale="{scale}"', fontsize="medium")
axes[0].set_ylabel("Amplitude (no unit)")
axes[0].legend(frameon=False)
fig.supxlabel("Time from R peak (ms)", fontsize="medium")

# %%
# Two searches
# ------------
#
# Both search the same grid on the same beats. Only the folds differ: rows are
# drawn at random, or subjects are kept whole. :class:`~skecg.BeatScorer` makes
# the scores comparable: it averages over the same classes for all candidates.

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
# What was promised, and what came
# --------------------------------
#
# Compare the score of each winner in its own search with its score on the
# forty subjects that were put aside:

scorer = skecg.BeatScorer("balanced_accuracy")
for name, search in searches.items():
    came = scorer(search, test.data, test.target)
    print(f"{name}: {search.best_params_}")
    print(f"    promised {search.best_score_:.0%}, came {came:.0%}")

# %%
# What was learned
# ----------------
#
# - Folds of rows promise far more than new people give. They favour a
#   candidate that listens to the nearest beats, which are those of the same
#   person.
# - Folds of subjects promise about what comes. They also show that no
#   candidate is good. A window of 100 ms to either side is too short for S
#   beats: a longer one or context would help more than any search.
# - ``groups=`` alone is not enough. A splitter that does not know groups
#   ignores them, with a warning. Use ``StratifiedGroupKFold``.
#
# More: :doc:`/guide/subjects`, :class:`~skecg.BeatScorer` and
# :class:`~skecg.StratifiedGroupShuffleSplit`.
