"""
What decided
============

A network says "supraventricular, 0.95". What made it say so: the P wave, that
the beat comes early, the beats around it? Occlusion finds out, for every
classifier with probabilities: **take a part of the beat away, ask again, and
see how far the probability falls**. This also shows what lies behind an error.
The recordings are **simulated**.
"""

# %%
# A network that sees beats in context
# ------------------------------------
#
# With :doc:`context </guide/context>` a row holds the waveform of the beat,
# its difference from the normal beats of the same recording, numbers for its
# rhythm and its shape, and the same numbers for the beats before and after. A
# small network learns from such rows and predicts the beats of test subjects:

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
# It makes few errors. What does it go by?
#
# Supraventricular beats: by their rhythm
# ---------------------------------------
#
# The picture shows the mean of all S beats of the test subjects. One stretch
# of the waveform after the other is replaced by the normal beat (dashed); the
# colour behind it says by how many percentage points (pp) the probability of S
# falls. Below, whole neighbouring beats or groups of columns are replaced.

options = {"fs": beats.fs, "lead_names": ["MLII", "V5"]}
of_network = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "S"], label="S", **options
)

# %%
# Mind the scales. No stretch of the waveform matters, not even the missing P
# wave: the falls are below one percentage point. Without the numbers for the
# rhythm most of the probability is gone. For this network an S beat is a beat
# that comes early.
#
# Ventricular beats: by their shape
# ---------------------------------
#
# The same for the V beats of the test subjects:

_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "V"], label="V", **options
)

# %%
# The numbers for the shape count most, in both leads. Yet each fall is small,
# as the network can recognize a V beat by either lead or by the rhythm. It
# needs none of them alone. Small falls do not mean that nothing mattered.
#
# Behind an error
# ---------------
#
# Now take the error that the network is most certain of:

confidence = network.predict_proba(test.data).max(axis=1)
worst = np.argmax(np.where(predicted != test.target, confidence, 0))
print(test.meta.loc[worst, ["record", "sample", "symbol"]].to_dict())
_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[[worst]], **options
)

# %%
# A normal beat was called V. Its QRS complex is like the normal one and did
# not decide. Lead V5 did: electrode motion makes a slow swing after the QRS
# complex, which passes for the wide T wave of a V beat. Training with such
# noise may help more than another network.
#
# Another classifier, other reasons
# ---------------------------------
#
# A random forest learns from the same rows and is about as good. Does it go by
# the same things? ``frame()`` has the numbers behind the pictures; here are
# the largest falls of the forest for S beats, in percentage points.

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
# For S the network goes by rhythm alone. The forest goes by the waveform, by
# the beat before, by rhythm and by shape: its picture shows that it looks at
# the P wave. What decided is a property of the classifier, not of the heart.
#
# What was learned
# ----------------
#
# - One call shows what decided, for one beat or for the mean of many, for any
#   classifier with probabilities.
# - A classifier that can recognize a class by either of two parts needs
#   neither: small falls everywhere do not mean that nothing mattered.
# - Behind errors it shows artifacts and wrong reasons, which no table of
#   figures does.
# - It tells what a model goes by, and not what causes an arrhythmia.
#
# More: :doc:`/guide/pictures` and :class:`~skecg.OcclusionDisplay`.
