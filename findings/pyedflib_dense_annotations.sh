#!/usr/bin/env bash
# pyEDFlib 0.1.42 reserves one annotation for each data record of an EDF+ file, which lasts a second
# if nothing else is set. Heartbeats are denser: of 30 that writeAnnotation accepts for a recording of
# 10 s, 10 are in the file, without an error or a warning. Both pyEDFlib and edfio read 10.
# skecg.write_record(..., format="edf") reserves what the recording needs, and a test reads it back.
#
# Usage: findings/pyedflib_dense_annotations.sh
# Makes a temporary environment with pinned packages of PyPI, and writes a file of its own. Exits 1 if
# the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet pyedflib==0.1.42 edfio==0.4.18 numpy==2.3.5

cat >"$work/try.py" <<'PYTHON'
import sys
from importlib.metadata import version

import edfio
import numpy as np
import pyedflib

print(*(f"{name} {version(name)}" for name in ("pyedflib", "edfio")), sep=", ")

written = np.arange(30) / 3  # seconds: 180 beats a minute for 10 s
writer = pyedflib.EdfWriter(sys.argv[1], 1, file_type=pyedflib.FILETYPE_EDFPLUS)
writer.setSignalHeader(
    0,
    {
        "label": "ECG II",
        "dimension": "mV",
        "sample_frequency": 250,
        "physical_min": -5.0,
        "physical_max": 5.0,
        "digital_min": -32768,
        "digital_max": 32767,
        "prefilter": "",
        "transducer": "",
    },
)
accepted = [writer.writeAnnotation(float(onset), -1, "N") for onset in written]
writer.writeSamples([np.sin(np.arange(2500) / 40)])
writer.close()

reader = pyedflib.EdfReader(sys.argv[1])
by_pyedflib = len(reader.readAnnotations()[0])
reader.close()
by_edfio = len(edfio.read_edf(sys.argv[1]).annotations)
print(f"{len(written)} annotations, {set(accepted)} returned for each; "
      f"read: {by_pyedflib} by pyEDFlib, {by_edfio} by edfio")
if (by_pyedflib, by_edfio) == (10, 10):
    print("as described: the others are lost without an error")
    sys.exit(0)
print("changed")
sys.exit(1)
PYTHON
"$work/venv/bin/python" -W error "$work/try.py" "$work/dense.edf"
