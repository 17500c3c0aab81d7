"""
Annotating a WFDB recording
===========================

WFDB files, a header ``.hea`` and a signal ``.dat``, are the format of
PhysioNet. This page makes such a recording, a **simulated** one without
labels, and annotates it. The point: **one line finds and classifies all
beats**, and writes them as WFDB annotations next to a report.
"""

# %%
# A recording without labels
# --------------------------
#
# Ten minutes, two leads. With files of your own, begin at the next cell.

import tempfile
from dataclasses import replace
from pathlib import Path

import skecg

folder = tempfile.TemporaryDirectory()
own, out = Path(folder.name, "own"), Path(folder.name, "annotated")
record = skecg.simulate_record(
    600, ventricular=0.08, supraventricular=0.04, name="night", random_state=5
)
unlabelled = replace(record, sample=[], symbol=[])
path = skecg.write_record(unlabelled, own)
print(*sorted(file.name for file in own.iterdir()))

# %%
# One line
# --------
#
# ``"lstm"`` is the network included in skecg. In a shell the same is
# ``skecg annotate lstm own/night --out annotated``.

found = skecg.annotate("lstm", path, out=out)
print(skecg.holter_summary(found).to_text())

# %%
# Every beat has a class and its probabilities:

print(found.beats.drop(columns="p_beat").iloc[2:6].round(2).to_string())

# %%
# A strip around the first ventricular beats, with the class of each beat:

is_v = found.beats["symbol"] == "V"
start = found.beats["sample"][is_v].iloc[0] / found.fs - 2
part = found.read(start, start + 10)
strip = skecg.RhythmStripDisplay.from_record(part).plot(seconds=5)
strip.figure_.set_size_inches(6.4, 5)

# %%
# The files
# ---------
#
# ``night.html`` is the report, ``night.csv`` a table of the beats,
# ``night.json`` the summary, and ``night.beats`` an annotation file, which all
# WFDB programs read: ``WFDB="annotated own" rdann -r night -a beats``.

import wfdb

print(*sorted(file.name for file in out.iterdir() if file.suffix))
marks = wfdb.rdann(str(out / "night"), "beats")
print(marks.sample[:5], marks.symbol[:5])

# %%
# This recording is simulated, so that its true labels are known, and the
# result can be compared with them beat by beat:

comparison = skecg.compare_annotations(record, found.record, start=0)
print(comparison)
folder.cleanup()

# %%
# What was learned
# ----------------
#
# - ``skecg.annotate("lstm", path, out=folder)`` annotates a recording of your
#   own; nothing is trained, and its files are not changed.
# - The beats are WFDB annotations with the annotator ``beats``.
# - The metrics above are of a simulated recording. :doc:`/accuracy` has those
#   of real ones.
#
# More: :doc:`/guide/annotating`.
