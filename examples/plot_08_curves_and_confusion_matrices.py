"""
Confusion matrices and curves
=============================

Which picture answers which question? One table of predictions is enough for
all of them: which classes are confused, how well the probabilities rank, what
they mean, and who carries the errors. The point: **for rare classes look at
the counts and at the precision-recall curve**. The ROC curve looks excellent
even where two of three alarms are false. The recordings are **simulated**.
"""

# %%
# Every beat, predicted once
# --------------------------
#
# :func:`~skecg.cross_val_beats` predicts each beat with a model that has not
# seen its subject, and returns a table with one row for each beat: where it
# is, what it is, what it was called, and the probability of each class. Save
# the table as CSV, and you can draw every picture from it later.

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
table = skecg.cross_val_beats(pipe, beats, cv=4)
table.table.head(3).round(2)

# %%
# Which classes are taken for which?
# ----------------------------------
#
# Rows are what the beats are, columns what they were called. The counts are
# the same in both matrices; the percentages are shares of a row on the left,
# and of a column on the right. Look at the normal beats that were called S:
# they are a small part of the normal beats, but most of the beats that were
# called S. There are so many normal beats that a small part of them outnumbers
# all S beats.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.9), layout="constrained")
for ax, normalize in zip(axes, ("true", "pred"), strict=True):
    skecg.ConfusionMatrixDisplay.from_table(
        table, ax=ax, normalize=normalize, colorbar=False
    )
axes[0].set_title("% of the reference class")
_ = axes[1].set_title("% of the predicted class")

# %%
# How well do the probabilities rank beats?
# -----------------------------------------
#
# Both pictures show what happens when the threshold of a class goes from high
# to low. The ROC curve compares the share of the class that is found with the
# share of *other* beats that are called so by mistake. The precision-recall
# curve shows which share of the alarms is right (+P). Shaded are 95 %
# intervals over the subjects; thin lines are what guessing reaches.

fig, axes = plt.subplots(1, 2, figsize=(8.2, 4.9), layout="constrained")
skecg.RocCurveDisplay.from_table(table, ax=axes[0])
skecg.PrecisionRecallDisplay.from_table(table, ax=axes[1])
axes[0].set_title("ROC")
_ = axes[1].set_title("precision-recall")

# %%
# For S (orange) the ROC curve goes nearly through the corner, which looks
# perfect. The precision-recall curve falls: to find nine of ten S beats, most
# alarms will be false.
#
# What do the probabilities mean?
# -------------------------------
#
# Less than they say. If they were right, all points would lie on the diagonal.
# S lies far below it: of the beats that the model calls S with a probability
# of one half, far fewer than half are S. The pipeline trained on as many rare
# beats as normal ones, so it expects more rare beats than there are.
# :func:`~skecg.find_calibration` corrects this (:doc:`/guide/adapting`).

_ = skecg.CalibrationDisplay.from_table(table)

# %%
# Whose beats are they?
# ---------------------
#
# One line for each subject, with the number of S beats in brackets. On the
# left the sensitivity (Se) and +P, on the right the errors of class S. The
# subjects above the dashed line carry 80 % of all errors:

_ = skecg.ErrorsBySubjectDisplay.from_table(table, label="S")

# %%
# What was learned
# ----------------
#
# - The ROC curve does not depend on how rare a class is, so it cannot show
#   what that does. The precision-recall curve and the counts can.
# - Resampling for training makes the probabilities of rare classes too high.
#   The order of the beats, and with it the curves, changes little; but a
#   threshold of one half loses its meaning.
# - Few subjects carry most of the errors. That is why all bands and intervals
#   are over subjects.
#
# More: :doc:`/guide/pictures` and :doc:`/guide/evaluation`.
