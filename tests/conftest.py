"""Fixtures and rules that all tests share."""

import gc
import os
import signal
from collections import deque
from pathlib import Path

# before NumPy is imported: products of so few rows take longer in several threads
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import pytest

from skecg.classifiers import _pool

matplotlib.use("Agg")

# processes of the tests are interrupted by Ctrl-C, which a run in the background would ignore
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# until all modules are imported, see pytest_collection_finish
gc.disable()

# tests use networks of more shapes than any program; each takes seconds to compile again
_pool._idle = deque(maxlen=64)


def pytest_collection_finish():
    """Exclude the imported modules, over a million objects, from garbage collection."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items):
    """Skip what reads real recordings where there are none, and say why."""
    if os.environ.get("SKECG_TEST_DATA"):
        return
    reason = "needs real recordings: set SKECG_TEST_DATA to the folder that holds data/ and ec57/"
    for item in items:
        if item.get_closest_marker("records"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def records_folder() -> Path:
    """The folder ``data`` with real recordings (tests marked ``records``)."""
    return Path(os.environ["SKECG_TEST_DATA"]) / "data"


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium (tests marked ``browser``)."""
    from ._browser import PROGRAM, WHY_NOT, browser

    if PROGRAM is None:
        pytest.skip(WHY_NOT)
    with browser() as one:
        yield one


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")
