"""
Annotating an EDF recording whose lead comes off
================================================

EDF and EDF+ are the formats of many Holter recorders and sleep laboratories.
This page annotates a **simulated** EDF recording in which one electrode is off
for a while. The point: **beats are found in the leads that remain**, and all
that is not analysed is listed.
"""

# %%
# A recording with a loose electrode
# ----------------------------------
#
# The first lead is flat from minute 2 to 4, and both are from 6 to 6.5.

import tempfile
from dataclasses import replace
from pathlib import Path

import skecg

folder = tempfile.TemporaryDirectory()
record = skecg.simulate_record(
    480, ventricular=0.06, name="holter", random_state=8
)
signal = record.signal.copy()
fs = int(record.fs)
signal[120 * fs : 240 * fs, 0] = 0
signal[360 * fs : 390 * fs] = 0
loose = replace(record, signal=signal, sample=[], symbol=[])
path = skecg.write_record(loose, folder.name, format="edf")
print(*sorted(file.name for file in Path(folder.name).iterdir()))

# %%
# Annotate it
# -----------
#
# A warning says for how long the leads were off.

import warnings

out = Path(folder.name, "annotated")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    found = skecg.annotate("lstm", path, out=out)
print(*(warning.message for warning in caught), sep="\n")
print(f"analysable: {found.analysable:.0f} of {found.duration:.0f} s")

# %%
# The stretches, in seconds. ``""`` stands for all leads together:

table = found.quality.copy()
table[["start", "stop"]] = (table[["start", "stop"]] / found.fs).round(1)
print(table.to_string(index=False))

# %%
# Which leads the classes come from
# ---------------------------------
#
# Each dot is a beat. Where the first lead is off, the class is predicted from
# the second; where both are, there are no beats.

import matplotlib.pyplot as plt
import seaborn as sns

sns.set_palette("colorblind")
beats = found.beats[found.beats["leads"] != ""]
time = beats["sample"] / found.fs
fig, ax = plt.subplots(figsize=(8, 2.6), layout="constrained")
sns.scatterplot(
    x=time,
    y=60 / time.diff().clip(lower=0.3),
    hue=beats["leads"],
    style=beats["leads"],
    s=16,
    ax=ax,
)
ax.set(xlabel="Time (s)", ylabel="Rate (per minute)", ylim=(20, 160))
sns.move_legend(
    ax, "lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False
)

# %%
# A strip from the stretch with one lead:

part = found.read(150, 160)
strip = skecg.RhythmStripDisplay.from_record(part, lead="V5").plot(seconds=5)
strip.figure_.set_size_inches(6.4, 5)
folder.cleanup()

# %%
# What was learned
# ----------------
#
# - EDF files are read like any others; ``edf=True`` writes EDF+ files with
#   signal and beats, too.
# - A flat, missing or noisy lead is not used while it is off, and the other
#   one is. ``found.quality`` and the report list all such stretches.
# - Where no lead can be used there are no beats, and the time is subtracted
#   from the analysable one.
#
# More: :doc:`/guide/annotating` and :doc:`/guide/formats`.
