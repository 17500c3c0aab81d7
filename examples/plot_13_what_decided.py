"""
What decided
============

A network says "supraventricular, 0.95". By what: the P wave, its coming early,
the beats around it? Occlusion answers that for every classifier that has
probabilities: take a part of the beat away, ask again, and see how far the
probability falls. It also shows what lies behind an error. Recordings are
**simulated**.
"""

# %%
# A network that sees beats in context
# ------------------------------------
#
# With ``context`` a row holds the waveform of the beat, its difference from
# the normal beats of the same recording, its rhythm and shape in numbers, and
# those of its neighbours (:doc:`/guide/context`).

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
# Supraventricular beats: by their rhythm
# ---------------------------------------
#
# All S beats of the test subjects in the mean. Stretches of the waveform are
# replaced by the normal beat (dashed) one after the other, and the colour
# behind them says how far the probability of S falls: hardly, even where the
# P wave is missing. Without the columns of rhythm most of it is gone: to this
# network S is what comes early.

options = {"fs": beats.fs, "lead_names": ["MLII", "V5"]}
_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "S"], label="S", **options
)

# %%
# Ventricular beats: by their shape
# ---------------------------------
#
# Shape counts most, in both leads, and no part is needed alone. The network
# can tell V from either lead and from rhythm, so each fall is small. Small
# falls do not say that nothing mattered.

_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[test.target == "V"], label="V", **options
)

# %%
# Behind an error
# ---------------
#
# The wrong label that the network is most certain of: a normal beat, called
# V. The QRS complex is that of the normal beat and did not decide. What did is
# V5, where an artifact of motion makes a slow swing behind it: that passes for
# the wide T wave of a V beat.

confidence = network.predict_proba(test.data).max(axis=1)
worst = np.argmax(np.where(predicted != test.target, confidence, 0))
print(test.meta.loc[worst, ["record", "sample", "symbol"]].to_dict())
_ = skecg.OcclusionDisplay.from_estimator(
    network, test.data[[worst]], **options
)

# %%
# Another classifier, other reasons
# ---------------------------------
#
# A random forest on the same rows is as good, and goes by other columns: to it
# the waveform of MLII and the beat before speak for S as much as rhythm does.
# What decided belongs to the classifier, not to the heart. ``frame()`` has the
# numbers.

forest = RandomForestClassifier(50, random_state=0)
forest.fit(train.data, train.target)
columns = {}
for name, model in {"network": network, "forest": forest}.items():
    display = skecg.OcclusionDisplay.from_estimator(
        model,
        test.data[test.target == "S"],
        label="S",
        layout=beats.layout,
        **options,
    )
    frame = display.frame().query("part != 'stretch'").fillna({"lead": ""})
    columns[name] = 100 * frame.set_index(["part", "lead", "beat"])["fall"]
pd.DataFrame(columns).sort_values("forest", ascending=False).head(8).round(1)

# %%
# What was learned
# ----------------
#
# - One call draws what decided, for one beat or the mean of many, for any
#   classifier with probabilities.
# - A classifier that can tell a class from either of two parts needs neither:
#   small falls everywhere are no sign that nothing mattered.
# - Behind errors it shows artifacts and other wrong reasons, which no table of
#   figures does.
# - It tells what a model goes by, and not what causes an arrhythmia.
