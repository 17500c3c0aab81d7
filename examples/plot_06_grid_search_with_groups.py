"""
A grid search, in folds of whole subjects
=========================================

A search takes what does best in its folds. If these cut through subjects, the
best is whoever recognizes people. The point: **pass groups, and a splitter
that keeps them together**. Only then does the search promise what comes on
people whom it has not seen. Recordings are **simulated**.
"""

# %%
# Training and test subjects
# --------------------------
#
# Sixty subjects, a quarter of whom have most of the beats of one class. Twenty
# are to be searched with, the others are put aside before.

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
# Any parameter of any step, by its name and two underscores: here the scale to
# which each beat is brought, drawn for one N and one V beat, and the reach of
# a support vector machine. The larger its ``gamma``, the fewer beats around it
# a beat listens to. For a network it would be ``classifier__units`` or
# ``classifier__dropout``, and nothing else would change.

scales = ("zscore", "minmax", "robust", "r_amplitude")
time = 1000 * (np.arange(beats.data.shape[1]) - 10) / beats.fs
fig, axes = plt.subplots(
    1, 4, figsize=(9, 2.6), sharex=True, layout="constrained"
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
# They differ in ``cv`` alone. :class:`~skecg.BeatScorer` averages over the
# same classes for all candidates of a fold.

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
    1, 2, figsize=(9, 3.2), sharey=True, layout="constrained"
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
    ax.set_title(f"{name}: balanced accuracy (%)", fontsize="medium")
    ax.set_xlabel("classifier__gamma")
axes[0].set_ylabel("normalizer__scale")
_ = axes[0].tick_params(axis="y", rotation=0)

# %%
# What they promised, and what came
# ---------------------------------
#
# The score of each winner in its own search, and on the subjects put aside.

scorer = skecg.BeatScorer("balanced_accuracy")
for name, search in searches.items():
    came = scorer(search, test.data, test.target)
    print(f"{name}: {search.best_params_}")
    print(f"    promised {search.best_score_:.0%}, came {came:.0%}")

# %%
# What was learned
# ----------------
#
# - Folds of rows promise a fifth more than comes, and the machine that they
#   choose listens to the nearest beats alone: those of the same person.
# - Folds of subjects promise what comes. They also show that, with a window
#   this short, no candidate is good: a longer window, or context, would be.
# - ``groups=`` alone is not enough: a splitter that does not know groups
#   overlooks them, with a warning. Take ``StratifiedGroupKFold``.
