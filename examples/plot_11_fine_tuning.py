"""
Fine-tuning to one person
=========================

A network has learned from other people and meets somebody whose beats are new
to it. How much does it help to label a few minutes of this person? The point:
**five labelled minutes and a few epochs of** ``partial_fit`` **prevent most of
the errors in the time that follows**. All recordings are **simulated**.
"""

# %%
# A network for everybody
# -----------------------
#
# A small network is trained on eight people, two and a half minutes each. The
# rows have :doc:`context </guide/context>`: a row holds its beat, and how the
# beat and its rhythm differ from what is normal for the person.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import pandas as pd

import skecg

extractor = skecg.BeatExtractor(
    window=(0.28, 0.28), fs=125, context=300, neighbors=0, classes="dechazal"
)
people = {"fs": 125, "leads": ["MLII"], "fusion": 0, "variation": 1.5}
train = skecg.load_beats(
    skecg.simulate_records(
        8,
        duration=150,
        supraventricular=0.05,
        ventricular=0.08,
        random_state=0,
        **people,
    ),
    extractor=extractor,
)
network = skecg.ContextLSTMClassifier(
    units=16,
    dense_units=32,
    epochs=4,
    batch_size=32,
    layout=train.layout,
    random_state=0,
)
network.fit(train.data, train.target)
print(f"{len(train.target)} beats of {len(set(train.groups))} people")

# %%
# Somebody new
# ------------
#
# Twenty minutes of a person with an irregular pulse, a noisy lead, and
# ventricular beats (V) unlike those of the eight. Suppose that somebody labels
# the first five minutes (here the simulator does). The beats after the fifth
# minute are the test.

newcomer = skecg.simulate_record(
    1200,
    supraventricular=0.06,
    ventricular=0.1,
    name="newcomer",
    random_state=21,
    **people | {"variation": 2.5, "rr_std": 0.1, "muscle": 0.15},
)
beats = extractor.extract(newcomer)
minute = beats.meta["sample"] / newcomer.fs / 60
later = skecg.take_beats(beats, minute >= 5)
labelled = pd.Series(beats.target[minute < 5]).value_counts().to_dict()
print(f"in the first five minutes: {labelled}")

# %%
# Training goes on
# ----------------
#
# A copy of the network goes on training with the labelled beats, for ten
# epochs: each call of ``partial_fit`` is one. The learning rate is lower than
# before, so that what was learned from the eight is not forgotten. One copy
# gets one labelled minute, one two and one five. All of them predict the same
# beats, those after the fifth minute.

import copy


def fine_tuned(rows):
    """Return a copy of the network that knows these rows."""
    tuned = copy.deepcopy(network)
    tuned.set_params(learning_rate=5e-4, batch_size=64)
    for _ in range(10):
        tuned.partial_fit(rows.data, rows.target)
    return tuned


named = {0: network.predict(later.data)}
for end in (1, 2, 5):
    first = skecg.take_beats(beats, minute < end)
    named[end] = fine_tuned(first).predict(later.data)

# %%
# What the minutes bring
# ----------------------
#
# One row for each number of labelled minutes, figures of the later beats:

tables = {
    f"{end} min": skecg.Predictions.from_beats(later, predicted)
    for end, predicted in named.items()
}
table = skecg.compare_models(tables)
table[["accuracy", "Se S", "+P S", "Se V", "+P V"]].round(3)

# %%
# Without any labels the network misses many of the person's V beats (Se V).
# Each labelled minute helps. The same as a number of errors:

fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
errors = [(predicted != later.target).sum() for predicted in named.values()]
ax.plot(list(named), errors, "o-")
ax.set(xlabel="Labelled minutes", ylabel="Wrong beats in 15 minutes")
_ = ax.set_ylim(0)

# %%
# Which errors went away? Before, many V beats of this person were taken for
# normal (N) or supraventricular ones (S). After five minutes nearly all are
# found.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
for ax, end in zip(axes, (0, 5), strict=True):
    skecg.ConfusionMatrixDisplay.from_predictions(
        later.target, named[end], ax=ax, colorbar=False
    )
    ax.set_title(f"{end} labelled minutes")

# %%
# What was learned
# ----------------
#
# - ``set_params(learning_rate=...)`` and a few calls of ``partial_fit`` teach
#   a trained network, also one from a file, what is special about a person.
# - What counts are labelled examples of the rare beats. Minutes with normal
#   beats alone teach nothing about the others, and a network may even forget
#   them: always compare with the network as it was.
# - These figures hold for this person, some of whose beats were labelled. They
#   say nothing about other people.
#
# More: :ref:`fine-tuning` in the guide and
# :class:`~skecg.ContextLSTMClassifier`.
