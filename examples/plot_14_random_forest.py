"""
The same beats with a random forest
===================================

Nothing in skecg asks for a network: whatever has ``fit`` and ``predict`` may
end the pipeline. The point: **train a random forest first**. It takes seconds,
it is the figure that a network has to beat, and it says where in the beat it
looked. Recordings are **simulated**.
"""

# %%
# One pipeline, two last steps
# ----------------------------
#
# The rows, the denoising and the resampling are the same; only the last step
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
# Training is measured here, since a forest does not note how long it took.

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
# ``return_differences=True`` compares them pair by pair on the same test
# subjects: the difference, its 95 % interval, and a p value that is corrected
# for the number of comparisons.

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

differences.round(3)

# %%
# The confusion matrix of the LSTM less that of the forest: blue is better,
# orange worse.

_ = skecg.ConfusionDifferenceDisplay.from_estimators(
    models, test.data, test.target
)

# %%
# Where the forest looked
# -----------------------
#
# Columns of these rows are points in time, so a forest's importances are a
# curve over the beat: above it the mean beats of the classes.

time = 1000 * (np.arange(beats.layout.n_samples) - 25) / beats.fs
scaled = models["forest"][:-1].transform(test.data)
fig, axes = plt.subplots(
    2,
    1,
    figsize=(7, 4.6),
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
# What was learned
# ----------------
#
# - A second of training gives a baseline; whatever takes longer has to
#   show what it brings.
# - Between these two the test subjects decide little: look at the intervals
#   before you prefer one.
# - The forest looks where the classes differ: at the P wave, the R peak, the
#   end of the QRS complex and the beginning of the T wave.
