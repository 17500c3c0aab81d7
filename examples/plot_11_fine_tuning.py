"""
Fine-tuning to one person
=========================

A network that has learned from other people meets somebody whose ectopic beats
are new to it. Five minutes of this person with labels, a few epochs of
``partial_fit`` at a low learning rate, and it knows them. The point: **what
you label in five minutes pays for the hours that follow**. All recordings are
**simulated**.
"""

# %%
# A network for everybody
# -----------------------
#
# Eight people, five minutes each, make the rows that a small network is
# trained on. With context a row holds its beat, the beats around it, and what
# is normal for this person.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import pandas as pd

import skecg

extractor = skecg.BeatExtractor(
    window=(0.28, 0.28), fs=125, context=300, neighbors=2, classes="dechazal"
)
people = {"fs": 125, "leads": ["MLII"], "fusion": 0, "variation": 1.5}
train = skecg.load_beats(
    skecg.simulate_records(
        8,
        duration=300,
        supraventricular=0.05,
        ventricular=0.08,
        random_state=0,
        **people,
    ),
    extractor=extractor,
)
network = skecg.ContextLSTMClassifier(
    units=16,
    neighbor_units=8,
    dense_units=32,
    epochs=6,
    batch_size=64,
    layout=train.layout,
    random_state=0,
)
network.fit(train.data, train.target)
print(f"{len(train.target)} beats of {len(set(train.groups))} people")

# %%
# Somebody new
# ------------
#
# Half an hour of a person with an irregular pulse, a noisy lead, and
# ventricular beats unlike those of the eight. The first five minutes are
# labelled by hand (here by the simulator); what comes after them is what the
# network has to name.

newcomer = skecg.simulate_record(
    1800,
    supraventricular=0.06,
    ventricular=0.1,
    name="newcomer",
    random_state=21,
    **people | {"variation": 2.5, "rr_std": 0.1, "muscle": 0.15},
)
beats = extractor.extract(newcomer)
minute = beats.meta["sample"] / newcomer.fs / 60
later = skecg.take_beats(beats, minute >= 5)
print(pd.Series(beats.target[minute < 5]).value_counts().to_dict())

# %%
# Some minutes with labels
# ------------------------
#
# A copy of the network goes on with the labelled beats, ten epochs. The
# learning rate is a sixth of that of the training, so that what was learned
# from the eight is not forgotten. All copies name the same later beats.

import copy


def fine_tuned(rows):
    """Return a copy of the network that knows these rows."""
    tuned = copy.deepcopy(network)
    tuned.set_params(learning_rate=5e-4, batch_size=32)
    for _ in range(10):
        tuned.partial_fit(rows.data, rows.target)
    return tuned


named = {0: network.predict(later.data)}
for end in (1, 2, 5):
    labelled = skecg.take_beats(beats, minute < end)
    named[end] = fine_tuned(labelled).predict(later.data)

# %%
# What they bring
# ---------------
#
# One row for each number of labelled minutes; figures of the beats after the
# fifth minute.

tables = {
    f"{end} minutes": skecg.prediction_table(later, predicted)
    for end, predicted in named.items()
}
table = skecg.compare_models(tables)
table[["accuracy", "Se S", "+P S", "Se V", "+P V"]].round(3)

# %%

fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
errors = [(predicted != later.target).sum() for predicted in named.values()]
ax.plot(list(named), errors, "o-")
ax.set(xlabel="Labelled minutes", ylabel="Wrong beats in 25 minutes")
_ = ax.set_ylim(0)

# %%
# Where the network mistook the ventricular beats of this person for
# supraventricular ones, five minutes set it right:

fig, axes = plt.subplots(1, 2, figsize=(8.5, 3.8), layout="constrained")
for ax, end in zip(axes, (0, 5), strict=True):
    skecg.ConfusionMatrixDisplay.from_predictions(
        later.target, named[end], ax=ax, colorbar=False
    )
    ax.set_title(f"{end} labelled minutes")

# %%
# What was learned
# ----------------
#
# - ``set_params(learning_rate=...)`` and some calls of ``partial_fit`` teach a
#   trained network, also one from a file, what is peculiar to a person.
# - Most of the gain comes with the first minutes that hold the person's
#   ectopic beats. Minutes without any can teach none, and a network may forget
#   them: compare with the network as it was.
# - The figures are those of a person of whom some beats were labelled. Of new
#   people they say nothing. The guide has more: :ref:`fine-tuning`.
