"""
Annotating a CSV file of a wearable recorder
============================================

Many wearable recorders export a table: a column of times, and one of voltages.
This page annotates a **simulated** one of a single lead at 130 Hz. The point:
**rate, units and leads are taken from the table**, and the beats of which the
model is least certain come first in the review.
"""

# %%
# A table
# -------
#
# The title of a column has the name of the lead and its unit.

import tempfile
from pathlib import Path

import numpy as np

import skecg

folder = tempfile.TemporaryDirectory()
record = skecg.simulate_record(
    300, fs=130, leads=["MLII"], ventricular=0.1, muscle=0.05, random_state=2
)
path = Path(folder.name, "chest_belt.csv")
columns = [np.arange(record.n_samples) / record.fs, 1000 * record.signal[:, 0]]
np.savetxt(
    path,
    np.column_stack(columns),
    fmt=("%.4f", "%.1f"),
    delimiter=",",
    header="time (s),MLII (uV)",
    comments="",
)
print(*path.read_text().splitlines()[:4], sep="\n")

# %%
# Annotate it
# -----------

out = Path(folder.name, "annotated")
found = skecg.annotate("lstm", path, out=out)
print(f"{found.fs:g} Hz, {', '.join(found.lead_names)}")
print(skecg.holter_summary(found).to_text())

# %%
# RR intervals over time
# ----------------------
#
# Each dot is an interval, coloured by the class of the beat that ends it.
# Ventricular beats come early, and a longer interval follows.

import matplotlib.pyplot as plt
import seaborn as sns

sns.set_palette("colorblind")
beats = found.beats.assign(time=found.beats["sample"] / found.fs)
beats["rr"] = beats["time"].diff()
fig, ax = plt.subplots(figsize=(8, 3), layout="constrained")
sns.scatterplot(
    beats,
    x="time",
    y="rr",
    hue="symbol",
    style="symbol",
    hue_order=list("NSVF"),
    style_order=list("NSVF"),
    s=18,
    ax=ax,
)
ax.set(xlabel="Time (s)", ylabel="RR interval (s)", ylim=(0, 2))
sns.move_legend(
    ax,
    "lower center",
    bbox_to_anchor=(0.5, 1),
    ncols=4,
    title=None,
    frameon=False,
)

# %%
# Beats to review
# ---------------
#
# The three beats with the lowest probability of their class, and a strip
# around the first of them. The page lists all below 80 %, and merges your
# corrections.

certainty = found.proba.max(axis=1)
review = certainty.nsmallest(3)
doubtful = beats.loc[review.index, ["time", "symbol"]]
print(doubtful.assign(probability=review).round(2).to_string(index=False))
middle = np.clip(doubtful["time"].iloc[0], 5, found.duration - 5)
part = found.read(middle - 5, middle + 5)
strip = skecg.RhythmStripDisplay.from_record(part).plot(seconds=5)
strip.figure_.set_size_inches(6.4, 4)
folder.cleanup()

# %%
# What was learned
# ----------------
#
# - A table needs a column of times, or a line ``# fs: 130``; a unit in the
#   title of a column is converted to mV.
# - One lead is enough. Two are more reliable.
# - A low probability points to the beats to review first. It does not point
#   to beats that were not found.
#
# More: :doc:`/guide/annotating` and :doc:`/guide/formats`.
