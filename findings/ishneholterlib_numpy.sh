#!/usr/bin/env bash
# ishneholterlib 2020.5.29, the reader of ISHNE Holter files on PyPI, does not open a valid file with
# NumPy 2.3 or later: its check of the checksum calls ndarray.tostring, which NumPy 2.3 removed. skecg
# reads the format by itself (skecg/records/formats/_ishne.py).
#
# Usage: findings/ishneholterlib_numpy.sh
# Makes a temporary environment with pinned packages of PyPI, and runs them on a file that it writes by
# the published standard (Badilini 1998). Exits 1 if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet ishneholterlib==2020.5.29 crccheck==1.3.0 numpy==2.3.5

cat >"$work/try.py" <<'PYTHON'
import binascii
import struct
import sys
from importlib.metadata import version

import numpy as np

names = ("ishneholterlib", "numpy")
print(*(f"{name} {version(name)}" for name in names), sep=", ")

samples = np.arange(-300, 300, dtype="<i2").reshape(-1, 2)  # 300 samples of 2 leads
unused = [-9] * 10
block = struct.pack("<4ih", 0, len(samples), 522, 522, 1)
block += b"".join(text.ljust(size, b"\0") for text, size in ((b"A", 40), (b"B", 40), (b"1", 20)))
block += struct.pack("<2h", 1, 1) + struct.pack("<9h", 2, 5, 1951, 4, 3, 2021, 5, 3, 2021)
block += struct.pack("<3h", 22, 15, 1) + struct.pack("<h", 2)
block += struct.pack("<12h", 6, 11, *unused) + struct.pack("<12h", 1, 1, *unused)
block += struct.pack("<12h", 2500, 2500, *unused)
block += struct.pack("<h", 0) + b"digital".ljust(40, b"\0") + struct.pack("<h", 200) + bytes(248)
assert len(block) == 512
crc = binascii.crc_hqx(block, 0xFFFF)
with open(sys.argv[1], "wb") as file:
    file.write(b"ISHNE1.0" + struct.pack("<H", crc) + block + samples.tobytes())

from ishneholterlib import Holter

try:
    holter = Holter(sys.argv[1])
except AttributeError as error:
    print(f"as described: Holter(file) raises AttributeError: {error}")
    sys.exit(0)
print(f"changed: the file is read, {holter.sr} Hz, {holter.nleads} leads")
sys.exit(1)
PYTHON
"$work/venv/bin/python" "$work/try.py" "$work/valid.ecg"
