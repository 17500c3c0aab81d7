"""
Calibration, and beats to review
================================

A model predicts "supraventricular, 0.8". Is it correct in 80 % of such cases?
And which beats should be reviewed? The point: **resampling makes the
probabilities of rare classes too high, but this can be corrected; and with or
without correction, the least certain beats have a large part of the errors**.
Shown on **simulated** recordings, with a random forest.
"""

# %%
# Out-of-fold predictions
# -----------------------
#
# Probabilities of training beats are not informative, as a forest memorizes
# these. :func:`~skecg.cross_val_beats` predicts each beat with a model trained
# without its subject. Two models are compared: the forest trained on the
# original beats, and the forest after the resampling of
# :func:`~skecg.make_beat_pipeline`, where half of the training beats are
# normal.

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
    random_state=3,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)

forest = RandomForestClassifier(50, min_samples_leaf=3, random_state=0)
pipe = skecg.make_beat_pipeline(forest, layout=beats.layout).set_params(
    augmenter__random_state=0, undersampler__random_state=0
)
models = {"original": forest, "resampled": pipe}
predictions = {
    name: skecg.cross_val_beats(model, beats, cv=4)
    for name, model in models.items()
}

# %%
# Correct the probabilities
# -------------------------
#
# :func:`~skecg.find_calibration` fits a correction of the probabilities: a
# temperature, which makes a model more or less confident, and with
# ``correct_prior=True`` an offset for each class, which undoes the effect of
# the resampling on their frequencies. A correction must be evaluated on other
# subjects than those of its fit. So for each fold it is fitted on the other
# three.

resampled = predictions["resampled"]
folds = resampled.table["fold"].to_numpy()
parts = []
for fold in range(4):
    here = folds == fold
    fitted = skecg.find_calibration(resampled[~here], correct_prior=True)
    parts.append(resampled[here].calibrated(fitted).table)
table = pd.concat(parts).sort_values(["record", "sample"])  # as the beats
predictions["calibrated"] = skecg.Predictions(table)
print(f"temperature {fitted.temperature:.2f}, offsets:")
print(*(f"{label} {shift:+.2f}" for label, shift in fitted.offsets.items()))

# %%
# The offsets of the last fold make N more probable and S less, as expected.
# The effect on the metrics:

rows = {}
for name, of_model in predictions.items():
    report = skecg.BeatReport.from_table(of_model)
    rows[name] = {
        "Se S (%)": 100 * report.per_class.loc["S", "Se"],
        "+P S (%)": 100 * report.per_class.loc["S", "+P"],
        "calibration error (%)": 100
        * report.overall.loc["calibration_error", "value"],
    }
pd.DataFrame(rows).T.round(1)

# %%
# Trained on the original beats, the forest misses most S beats (Se).
# Resampled, it finds most of them, but its probabilities are less accurate:
# the calibration error is the mean difference between predicted probabilities
# and observed shares. Calibrated, this error is small, and most S beats are
# still found.
#
# Reliability diagrams
# --------------------
#
# Each point is a group of beats with about the same predicted probability of a
# class, and shows the observed share of that class among them. Hollow points
# have few beats. On the diagonal, 0.8 means 80 %.

import matplotlib.pyplot as plt

fig, axes = plt.subplots(
    2, 2, figsize=(8.2, 5.6), height_ratios=(3, 1), layout="constrained"
)
for ax, name in zip(axes.T, ("resampled", "calibrated"), strict=True):
    skecg.CalibrationDisplay.from_table(predictions[name], n_bins=8, ax=ax)
    ax[0].set_title(name)

# %%
# Resampled, S (orange) is far below the diagonal and N far above it: the model
# expects S beats as often as in its training. Calibrated, both are close to
# the diagonal.
#
# Beats to review
# ---------------
#
# For this only the order of the beats is relevant. Sort them by the
# probability of their predicted label, review the least certain first, and
# count the errors found:

_, ax = plt.subplots(figsize=(5.6, 5), layout="constrained")
for name, of_model in predictions.items():
    skecg.RiskCoverageDisplay.from_table(of_model, name=name, ax=ax)

# %%
# The least certain twentieth of the beats has a large part of the errors, many
# times more than a twentieth drawn at random. All three models rank beats
# well.
#
# Confident errors
# ----------------
#
# Finally, the most confident errors of the calibrated model. A review of
# uncertain beats does not find them, but they show the features that the model
# uses. Most of them look exactly like the predicted class. That S beats come
# early is not in these rows, so no model could know.

_ = skecg.BeatDisplay.from_table(
    predictions["calibrated"],
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
# - Resampling finds more rare beats and makes their probabilities too high.
#   Calibrate before you interpret a probability as a frequency.
# - Calibrate and evaluate on subjects excluded from training. For a network,
#   :func:`~skecg.calibrate` merges the correction into the model.
# - Sorted by certainty, few beats have a large part of the errors.
# - Some errors are confident. No threshold finds those; better rows may
#   (:doc:`context <plot_09_context>`).
#
# More: :doc:`/guide/adapting` and :class:`~skecg.RiskCoverageDisplay`.
