"""
Confusion matrices and curves
=============================

One table of predictions is enough for every picture, and each of them answers
another question. The point: **for rare classes look at the precision-recall
curve and at the counts**; the area under the ROC curve looks well where two of
three alarms are false. Recordings are **simulated**.
"""

# %%
# Every beat, predicted once
# --------------------------
#
# :func:`~skecg.cross_val_beats` predicts each beat by a model that has not
# seen its subject. The table can be kept as CSV, and all pictures be drawn
# from it later.

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
table.head(3).round(2)

# %%
# Which classes are taken for which?
# ----------------------------------
#
# Rows are what the beats are, columns what they were called. On the left the
# shares of each class, on the right those of each verdict: 5 % of the normal
# beats were called S, which seems little, and two of three beats that were
# called S are normal. There are so many normal ones.

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, normalize in zip(axes, ("true", "pred"), strict=True):
    skecg.ConfusionMatrixDisplay.from_table(
        table, ax=ax, normalize=normalize, colorbar=False
    )
axes[0].set_title("% of the reference class")
_ = axes[1].set_title("% of the predicted class")

# %%
# How good are the probabilities at ranking?
# ------------------------------------------
#
# The same beats twice. The ROC curve sets the beats found against the share of
# *other* beats called so, of which there are thousands; precision (+P) counts
# them. The dotted lines are what guessing reaches.

fig, axes = plt.subplots(1, 2, figsize=(9, 4.9), layout="constrained")
skecg.RocCurveDisplay.from_table(table, ax=axes[0])
skecg.PrecisionRecallDisplay.from_table(table, ax=axes[1])
axes[0].set_title("ROC")
_ = axes[1].set_title("precision-recall")

# %%
# Are the probabilities true?
# ---------------------------
#
# No: of the beats that are S with a probability of one half, far fewer are.
# The pipeline trained on as many rare beats as normal ones, and so expects
# them.

_ = skecg.CalibrationDisplay.from_table(table)

# %%
# Whose beats are they?
# ---------------------
#
# Who carries the errors of class S. Above the dashed line stand 80 % of them.

_ = skecg.SubjectDisplay.from_table(table, label="S")

# %%
# What was learned
# ----------------
#
# - For class S an ROC area near 1 and a +P of a third are of the same beats,
#   and both are right: the first does not depend on how rare a class is, so it
#   cannot show what that does.
# - Resampling for training shifts probabilities towards rare classes. Their
#   order stays, so the curves do; a threshold of one half loses its meaning.
# - Two of 24 subjects carry most errors of class S. That is why bands and
#   intervals are over subjects.
