"""
Occlusion: the parts of a beat that decided
===========================================

A network predicts "supraventricular, 0.95". Which part of the row decided: the
P wave, the early time, the beats around it? Occlusion answers that, for every
classifier with probabilities: **remove a part of the beat, predict again, and
measure the drop in the probability**. It also shows the causes of an
error. The recordings are **simulated**.
"""

# %%
# A network for beats in context
# ------------------------------
#
# With :doc:`context </guide/context>` a row contains the waveform of the beat,
# its difference from the normal beats of the same recording, scalars of its
# rhythm and its shape, and the same scalars of the beats before and after. A
# small network is trained on such rows and predicts the beats of test
# subjects:

# sphinx_gallery_thumbnail_number = 3
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier

import skecg

records = skecg.simulate_records(
    10,
    duration=150,
    fs=125,
    supraventricular=0.08,
    ventricular=0.1,
    fusion=0,
    random_state=1,
)
beats = skecg.load_beats(
    records, window=(0.28, 0.28), context=300, leads=["MLII", "V5"]
)
train, test = skecg.train_test_subjects(beats, test_size=0.3, random_state=0)

network = skecg.ContextLSTMClassifier(
    16,
    neighbor_units=16,
    epochs=5,
    batch_size=64,
    layout=beats.layout,
    random_state=0,
)
network.fit(train.data, train.target)
predicted = network.predict(test.data)
pd.crosstab(test.target, predicted, rownames=["true"], colnames=["predicted"])

# %%
# It makes few errors. Which features does it use?
#
# Supraventricular beats: by their rhythm
# ---------------------------------------
#
# The figure shows the mean of all S beats of the test subjects. Each segment
# of the waveform in turn is replaced by the normal beat (dashed); the colour
# behind it shows by how many percentage points (pp) the probability of S
# drops. Below, whole neighbouring beats or groups of columns are replaced.

options = {"fs": beats.fs, "lead_names": ["MLII", "V5"]}
of_network = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "S"], label="S", **options
)

# %%
# Note the scales. No segment of the waveform matters, not even the missing P
# wave: the drops are below one percentage point. Without the scalars of
# the rhythm most of the probability is lost. For this network an S beat is a
# beat that comes early.
#
# Ventricular beats: by their shape
# ---------------------------------
#
# The same for the V beats of the test subjects:

_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "V"], label="V", **options
)

# %%
# The scalars of the shape matter most, in both leads. But each drop is
# small, as the network can recognize a V beat by either lead or by the rhythm,
# and needs no single one of them. Small drops do not mean that nothing
# mattered.
#
# An error
# --------
#
# The most confident error of the network:

confidence = network.predict_proba(test.data).max(axis=1)
worst = np.argmax(np.where(predicted != test.target, confidence, 0))
print(test.meta.loc[worst, ["record", "sample", "symbol"]].to_dict())
_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[[worst]], **options
)

# %%
# A normal beat was predicted as V. Its QRS complex is like the normal one and
# did not decide. Lead V5 did: electrode motion causes a slow wave after the
# QRS complex, which resembles the wide T wave of a V beat. Training with such
# noise may help more than another network.
#
# Another classifier, other features
# ----------------------------------
#
# A random forest is trained on the same rows and is about as good. Does it use
# the same features? ``frame()`` returns the numbers of the figures; these are
# the largest drops of the forest for S beats, in percentage points.

forest = RandomForestClassifier(50, random_state=0)
forest.fit(train.data, train.target)
of_forest = skecg.OcclusionDisplay.from_estimator(
    forest,
    test.data[test.target == "S"],
    label="S",
    layout=beats.layout,
    **options,
)
columns = {}
for name, display in {"network": of_network, "forest": of_forest}.items():
    frame = display.frame().query("part != 'stretch'").fillna({"lead": ""})
    columns[name] = (
        100 * frame.set_index(["part", "lead", "beat"])["importance"]
    )
pd.DataFrame(columns).sort_values("forest", ascending=False).head(8).round(1)

# %%
# For S the network uses only the rhythm. The forest uses the waveform, the
# beat before, rhythm and shape: its figure shows that it uses the P wave. The
# decisive features are a property of the classifier, not of the heart.
#
# What was learned
# ----------------
#
# - One call shows the parts that decided, for one beat or for the mean of
#   many, for any classifier with probabilities.
# - A classifier that can recognize a class by either of two parts needs
#   neither: small drops everywhere do not mean that nothing mattered.
# - For errors it shows artifacts and wrong features, which no table of metrics
#   shows.
# - It shows the features that a model uses, not the causes of an arrhythmia.
#
# More: :doc:`/guide/figures` and :class:`~skecg.OcclusionDisplay`.
