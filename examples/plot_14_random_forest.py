"""
The same beats with a random forest
===================================

Any scikit-learn classifier can be the last step of a pipeline, not only a
network. The point: **train a random forest first**. It takes seconds, it sets
the score that a network has to exceed, and its importances show which samples
of the beat it uses. The recordings are **simulated**.
"""

# %%
# One pipeline, two last steps
# ----------------------------
#
# The beats, the denoising and the resampling are the same. Only the last step
# differs.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from sklearn.ensemble import RandomForestClassifier

import skecg

sns.set_palette("colorblind")
records = skecg.simulate_records(
    20,
    duration=90,
    supraventricular=0.06,
    ventricular=0.1,
    fusion=0.03,
    random_state=1,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)
train, test = skecg.train_test_subjects(beats, test_size=0.5, random_state=0)
last_steps = {
    "forest": RandomForestClassifier(100, random_state=0),
    "LSTM": skecg.LSTMClassifier(
        (16,),
        epochs=8,
        learning_rate=8e-3,
        samples_per_step=2,
        random_state=0,
    ),
}

# %%
# Both are trained on the same ten subjects, and the time is taken:

from time import perf_counter

models, seconds = {}, {}
for name, last_step in last_steps.items():
    pipe = skecg.make_beat_pipeline(last_step, layout=beats.layout)
    start = perf_counter()
    models[name] = pipe.fit(train.data, train.target)
    seconds[name] = perf_counter() - start

# %%
# The comparison
# --------------
#
# :func:`~skecg.evaluate` predicts the beats of the ten test subjects with both
# models. Sensitivity (Se) and +P of each class, and the time of training:

evaluation = skecg.evaluate(models, test, trained_on=train)
table = evaluation.comparison.assign(seconds=seconds)
columns = [f"{metric} {label}" for label in "NSVF" for metric in ("Se", "+P")]
table[[*columns, "seconds"]].T.round(2)

# %%
# The forest takes a fraction of the time. Each is better in some metrics. Is
# that more than chance? ``evaluation.differences`` compares the two on the
# same subjects: the difference of each metric (forest minus LSTM), its 95 %
# interval, a p value, and the p value corrected for the number of comparisons
# (``p_holm``).

evaluation.differences.round(3)

# %%
# No difference is significant after the correction for the number of
# comparisons: ten test subjects are few. To locate the differences, subtract
# the confusion matrix of the forest from that of the LSTM. Blue is where the
# LSTM is better, orange where it is worse.

_ = skecg.ConfusionDifferenceDisplay.from_tables(evaluation.predictions)

# %%
# Importances of the forest
# -------------------------
#
# Each column of these rows is a time within the beat. So the importances of
# the forest (bars) can be drawn below the mean beats of the classes:

time = 1000 * (np.arange(beats.layout.n_samples) - 25) / beats.fs
scaled = models["forest"][:-1].transform(test.data)
fig, axes = plt.subplots(
    2,
    1,
    figsize=(7, 4.8),
    sharex=True,
    layout="constrained",
    height_ratios=(3, 2),
)
for i, (label, dashes) in enumerate(
    zip("NSVF", ("-", "--", "-.", ":"), strict=True)
):
    mean = scaled[test.target == label].mean(axis=0)
    axes[0].plot(time, mean, dashes, color=f"C{i}", label=label)
axes[0].legend(frameon=False)
axes[0].set_ylabel("Mean beat (no unit)")
importance = models["forest"][-1].feature_importances_
axes[1].bar(time, 100 * importance, width=9, color="0.4")
axes[1].set_ylabel("Importance (%)")
_ = axes[1].set_xlabel("Time from R peak (ms)")

# %%
# The forest uses the samples where the classes differ: the P wave, the R peak,
# the end of the QRS complex and the beginning of the T wave.
#
# What was learned
# ----------------
#
# - A random forest trains in about a second. A slower model has to be better
#   to justify its time.
# - With few test subjects, differences between models are rarely significant.
#   Look at the intervals before you prefer one.
# - The importances of a forest also help to find errors in data.
#
# More: :doc:`/guide/pipeline`, :doc:`/guide/reports` and
# :func:`~skecg.compare_models`.
