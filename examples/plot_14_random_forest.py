"""
The same beats with a random forest
===================================

Does it have to be a network? No: any scikit-learn classifier can be the last
step of a pipeline. The point: **train a random forest first**. It takes
seconds, it sets the score that a network has to beat, and it tells where in
the beat it looked. The recordings are **simulated**.
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
# Which is better?
# ----------------
#
# Sensitivity (Se) and +P of each class on the ten test subjects, and the time
# of training:

table, differences = skecg.compare_models(
    models,
    test.data,
    test.target,
    groups=test.groups,
    return_differences=True,
)
table = table.assign(seconds=seconds)
columns = [f"{figure} {label}" for label in "NSVF" for figure in ("Se", "+P")]
table[[*columns, "seconds"]].T.round(2)

# %%
# The forest takes a fraction of the time. One is better here, the other there.
# Is that more than chance? ``return_differences=True`` has compared the two on
# the same subjects: the difference of each figure (forest minus LSTM), its
# 95 % interval, a p value, and the p value corrected for the number of
# comparisons (``p_holm``).

differences.round(3)

# %%
# No difference is certain once the number of comparisons is taken into
# account: ten test subjects are few. To see where the two differ, subtract the
# confusion matrix of the forest from that of the LSTM. Blue is where the LSTM
# is better, orange where it is worse.

_ = skecg.ConfusionDifferenceDisplay.from_estimators(
    models, test.data, test.target
)

# %%
# Where the forest looked
# -----------------------
#
# Each column of these rows is a moment of the beat. So the importances of the
# forest (bars) can be drawn below the mean beats of the classes:

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
# The forest looks where the classes differ: at the P wave, at the R peak, at
# the end of the QRS complex and at the beginning of the T wave.
#
# What was learned
# ----------------
#
# - A random forest trains in about a second. Whatever takes longer has to show
#   that it is better.
# - With few test subjects, differences between models are seldom certain. Look
#   at the intervals before you prefer one.
# - A forest tells where it looked, which also helps to find errors in data.
#
# More: :doc:`/guide/pipeline` and :func:`~skecg.compare_models`.
