"""Resident memory and time over fits of one shape in one process. Run by hand.

    python benchmarks/bench_memory.py [FITS]

Networks are used again, so both should stay flat after the first fit.
"""

import sys
import time
from pathlib import Path

import numpy as np

import skecg


def resident_mib():
    """Resident memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def main(n_fits):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(512, 50)).astype(np.float32)
    y = np.where(rng.random(512) < 0.5, "N", "V")
    for i in range(n_fits):
        start = time.perf_counter()
        skecg.LSTMClassifier((16, 8), epochs=1, random_state=i).fit(X, y).predict(X)
        if i in (0, 1, 2, 5) or (i + 1) % 10 == 0:
            seconds = time.perf_counter() - start
            print(f"fit {i + 1:3d}: {resident_mib():7.0f} MiB, {seconds:5.2f} s", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
