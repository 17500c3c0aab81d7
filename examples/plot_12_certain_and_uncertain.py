"""
Certain and uncertain beats
===========================

A probability answers two questions. What does 0.8 mean: is it right in 80 % of
cases? And which beats should somebody look at again? Resampling, which helps
rare classes, spoils the first answer and not the second. Shown on
**simulated** recordings, with a random forest.
"""

# %%
# Every beat predicted by a model that has not seen its subject
# -------------------------------------------------------------
#
# Probabilities of training beats say nothing: a forest knows those by heart.
# :func:`~skecg.cross_val_beats` goes through all subjects, here with two
# models: the forest on the beats as they come, and behind the augmentation
# and under-sampling of :func:`~skecg.make_beat_pipeline`, which leave half of
# the training beats normal.

# sphinx_gallery_thumbnail_number = 2
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

import skecg

records = skecg.simulate_records(
    16,
    duration=150,
    supraventricular=0.05,
    ventricular=0.08,
    fusion=0.02,
    motion=0.06,
    muscle=0.03,
    random_state=2,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)

forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0)
pipe = skecg.make_beat_pipeline(forest, layout=beats.layout).set_params(
    augmenter__random_state=0, undersampler__random_state=0
)
models = {"as they come": forest, "resampled": pipe}
tables = {
    name: skecg.cross_val_beats(model, beats, cv=4)
    for name, model in models.items()
}
reports = {
    name: skecg.BeatReport.from_table(table).per_class.loc["S", ["Se", "+P"]]
    for name, table in tables.items()
}
pd.DataFrame(reports).T.rename_axis(columns="class S").round(2)

# %%
# What does 0.8 mean?
# -------------------
#
# Each point gathers the beats that got about the same probability of a class,
# and tells which share of them is of that class; hollow points are few beats.
# Trained on beats as they come, the forest keeps near the diagonal. Resampled,
# S lies far below it: of the beats with a probability of one half, one in five
# is S. The model expects as many as it saw in training. N lies above for the
# same reason.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    2, 2, figsize=(9, 5.6), height_ratios=(3, 1), layout="constrained"
)
for ax, (name, table) in zip(axes.T, tables.items(), strict=True):
    skecg.CalibrationDisplay.from_table(table, ax=ax)
    ax[0].set_title(name)

# %%
# Which beats to look at again?
# -----------------------------
#
# Only the order counts here. The twentieth of the beats that a model is least
# certain of holds nearly half of its errors, with either model: ten times as
# many as a twentieth drawn at random.

_, ax = plt.subplots(figsize=(5.2, 4.8), layout="constrained")
for name, table in tables.items():
    skecg.UncertaintyDisplay.from_table(table, name=name, ax=ax)

# %%
# What nobody would look at
# -------------------------
#
# These are the errors that the resampled model is most certain of. Looking
# again at uncertain beats does not find them, but they show what it goes by:
# S beats with an ordinary P wave pass for N (sim015), and normal beats of
# somebody whose P wave is flat for S (sim013). That the S beats come early is
# not in these rows.

_ = skecg.BeatDisplay.from_table(
    tables["resampled"],
    beats.data,
    errors=True,
    n_beats=10,
    layout=beats.layout,
    fs=beats.fs,
)

# %%
# What was learned
# ----------------
#
# - A model trained on resampled beats finds more of the rare ones, and its
#   probabilities of them are too high. Do not read them as frequencies, nor
#   set a threshold of 0.5 by what it seems to mean.
# - Its order holds: sorted by certainty, few beats contain most errors.
# - Some errors are made with certainty. No threshold finds those; better
#   columns may (the example on context).
# - Judge probabilities on subjects whom training has not seen, as any figure.
