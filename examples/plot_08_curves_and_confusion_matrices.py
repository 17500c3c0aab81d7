"""
Confusion matrices and curves
=============================

Each figure answers another question: which classes are confused, how well the
probabilities rank beats, whether they are calibrated, and which subjects have
most errors. Predictions are sufficient for all of them. The point: **for rare
classes look at the counts and at the precision-recall curve**. The ROC curve
looks excellent even if two of three positives are false. The recordings are
**simulated**.
"""

# %%
# Every beat, predicted once
# --------------------------
#
# :func:`~skecg.cross_val_beats` predicts each beat with a model trained
# without its subject, and returns :class:`~skecg.Predictions`. Their table has
# one row per beat: its position, the reference label, the predicted label, and
# the probability of each class. Save them as CSV, and you can draw every
# figure from the file later.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
from sklearn.linear_model import LogisticRegression

import skecg

records = skecg.simulate_records(
    24,
    duration=120,
    supraventricular=0.03,
    ventricular=0.05,
    fusion=0.01,
    muscle=0.04,
    random_state=5,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)
pipe = skecg.make_beat_pipeline(
    LogisticRegression(max_iter=500, random_state=0), layout=beats.layout
)
predictions = skecg.cross_val_beats(pipe, beats, cv=4)
print(predictions)
predictions.table.head(3).round(2)

# %%
# Confusions
# ----------
#
# Rows are the reference, columns the prediction. The counts are the same in
# both matrices; the percentages are shares of a row on the left, and of a
# column on the right. Look at the normal beats predicted as S: they are a
# small part of the normal beats, but most of the beats predicted as S. There
# are so many normal beats that a small part of them outnumbers all S beats.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.9), layout="constrained")
for ax, normalize in zip(axes, ("true", "pred"), strict=True):
    skecg.ConfusionMatrixDisplay.from_table(
        predictions, ax=ax, normalize=normalize, colorbar=False
    )
axes[0].set_title("% of the reference class")
_ = axes[1].set_title("% of the predicted class")

# %%
# Ranking by probability
# ----------------------
#
# Both figures show the effect of lowering the threshold of a class. The ROC
# curve compares the share of the class that is found with the share of *other*
# beats predicted as the class. The precision-recall curve shows the share of
# correct predictions of the class (+P). Shaded are 95 % intervals over the
# subjects; thin lines are the results of guessing.

fig, axes = plt.subplots(1, 2, figsize=(8.2, 4.9), layout="constrained")
skecg.RocCurveDisplay.from_table(predictions, ax=axes[0])
skecg.PrecisionRecallDisplay.from_table(predictions, ax=axes[1])
axes[0].set_title("ROC")
_ = axes[1].set_title("precision-recall")

# %%
# For S (orange) the ROC curve passes near the corner, which looks perfect. The
# precision-recall curve decreases: to find nine of ten S beats, most
# predictions of S will be false.
#
# Calibration
# -----------
#
# If the probabilities were calibrated, all points would be on the diagonal. S
# is far below it: of the beats predicted as S with a probability of one half,
# far fewer than half are S. The pipeline trained on as many rare beats as
# normal ones, so it expects more rare beats than there are.
# :func:`~skecg.find_calibration` corrects this (:doc:`/guide/adapting`).

_ = skecg.CalibrationDisplay.from_table(predictions)

# %%
# Errors by subject
# -----------------
#
# One line for each subject, with the number of S beats in brackets. On the
# left the sensitivity (Se) and +P, on the right the errors of class S. The
# subjects above the dashed line have 80 % of all errors:

_ = skecg.ErrorsBySubjectDisplay.from_table(predictions, label="S")

# %%
# What was learned
# ----------------
#
# - The ROC curve does not depend on the prevalence of a class, so it cannot
#   show its effect. The precision-recall curve and the counts can.
# - Resampling for training makes the probabilities of rare classes too high.
#   The order of the beats, and with it the curves, changes little; but a
#   threshold of one half loses its meaning.
# - Few subjects have most of the errors. That is why all bands and intervals
#   are over subjects.
#
# More: :doc:`/guide/figures` and :doc:`/guide/evaluation`.
