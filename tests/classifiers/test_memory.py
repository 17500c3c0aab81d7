"""What fits leave in memory: a bound far above what is measured."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

FITS = """
import gc
from pathlib import Path
import numpy as np
from skecg import RNNClassifier

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20

X = np.random.default_rng(0).normal(size=(60, 8)).astype("f4")
y = np.repeat(["N", "V"], 30)
for i in range(30):
    RNNClassifier((4,), epochs=1, random_state=i).fit(X, y).predict(X)
    if i == 4:
        before = resident()
print(resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_is_flat_over_30_fits():
    # a network compiled anew for each fit takes several hundred MiB
    done = subprocess.run([sys.executable, "-c", FITS], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 50
