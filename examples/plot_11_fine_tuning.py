"""
Fine-tuning to one person
=========================

A network was trained on other people and is applied to a new person. How much
does it help to label a few minutes of this person? The point: **five labelled
minutes and a few epochs of** ``partial_fit`` **prevent most of the later
errors**. All recordings are **simulated**.
"""

# %%
# The general network
# -------------------
#
# A small network is trained on eight people, two and a half minutes each. The
# rows have :doc:`context </guide/context>`: a row contains its beat, and the
# differences of the beat and its rhythm from the normal ones of the person.

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
print(f"{len(train)} beats of {len(train.subjects)} people")

# %%
# A new person
# ------------
#
# Twenty minutes of a person with an irregular pulse, a noisy lead, and
# ventricular beats (V) unlike those of the eight. The first five minutes are
# labelled (here by the simulator). The beats after the fifth minute are the
# test.

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
later = beats[minute >= 5]
labelled = pd.Series(beats.target[minute < 5]).value_counts().to_dict()
print(f"in the first five minutes: {labelled}")

# %%
# Continue the training
# ---------------------
#
# A copy of the network is trained further on the labelled beats, for ten
# epochs: each call of ``partial_fit`` is one. The learning rate is lower than
# before, so that the network does not forget the eight. Copies are trained on
# one, two and five labelled minutes. All of them predict the same beats, those
# after the fifth minute.

import copy


def fine_tuned(rows):
    """Return a copy of the network that is trained on these rows, too."""
    tuned = copy.deepcopy(network)
    tuned.set_params(learning_rate=5e-4, batch_size=64)
    for _ in range(10):
        tuned.partial_fit(rows.data, rows.target)
    return tuned


predictions = {0: skecg.Predictions.from_model(network, later)}
for end in (1, 2, 5):
    tuned = fine_tuned(beats[minute < end])
    predictions[end] = skecg.Predictions.from_model(tuned, later)

# %%
# The gain
# --------
#
# One row for each number of labelled minutes, with metrics of the later beats:

table = skecg.compare_models(
    {f"{end} min": of_copy for end, of_copy in predictions.items()}
)
table[["accuracy", "Se S", "+P S", "Se V", "+P V"]].round(3)

# %%
# Without any labels the network misses many of the person's V beats (Se V).
# Each labelled minute helps. The same as a number of errors:

fig, ax = plt.subplots(figsize=(5, 3), layout="constrained")
errors = [(one.y_pred != one.y_true).sum() for one in predictions.values()]
ax.plot(list(predictions), errors, "o-")
ax.set(xlabel="Labelled minutes", ylabel="Errors in 15 minutes")
_ = ax.set_ylim(0)

# %%
# Before, many V beats of this person were predicted as normal (N) or
# supraventricular (S). After five minutes nearly all are found.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained")
for ax, end in zip(axes, (0, 5), strict=True):
    skecg.ConfusionMatrixDisplay.from_table(
        predictions[end], ax=ax, colorbar=False
    )
    ax.set_title(f"{end} labelled minutes")

# %%
# What was learned
# ----------------
#
# - ``set_params(learning_rate=...)`` and a few calls of ``partial_fit`` adapt
#   a trained network, also one from a file, to a person.
# - Labelled examples of the rare beats are essential. Minutes with only normal
#   beats teach nothing about the others, and a network may even forget them:
#   always compare with the original network.
# - These metrics hold for this person, some of whose beats were labelled. They
#   are no evidence for other people.
#
# More: :ref:`fine-tuning` in the guide and
# :class:`~skecg.ContextLSTMClassifier`.
