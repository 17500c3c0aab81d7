"""The protocol of WFDB's nst: when noise is added, and how its steps are removed."""

import numpy as np
from numpy.typing import NDArray

from ..records import ECGRecord, RecordError

__all__ = ["CLEAN_START", "NOISE_MEASURED", "QRS_REACH", "alternate", "noisy_samples"]

# as in WFDB's nst and sigamp, all in s
CLEAN_START = 300.0  # for an algorithm to learn
PERIOD = 120.0  # of noise, and of no noise, in turn
NOISE_MEASURED = 300.0  # from the beginning of the noise on
QRS_REACH = 0.05  # around a beat


def noisy_samples(record: ECGRecord) -> NDArray[np.bool_]:
    """Mark the samples with noise: two minutes of every four, after five without.

    ::

        minute   0        5    7    9    11
        noise             xxxxx     xxxxx     ...
    """
    first, period = round(CLEAN_START * record.fs), round(PERIOD * record.fs)
    if record.n_samples <= first:
        raise RecordError(
            f"Record '{record.name}': must be longer than {CLEAN_START:g} s, where the noise of "
            f"schedule='nst' begins. It has {record.duration:.1f} s."
        )
    after = np.arange(record.n_samples) - first
    return np.asarray((after >= 0) & (after // period % 2 == 0))


def alternate(added: NDArray[np.float32], is_noisy: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return noise that changes where it is on and keeps its level where it is off.

    An offset cancels the step at each change of gain: noise begins where the level is, and its
    last value stays until the next noisy stretch::

        noise      3  5  4  4  2  6  7
        is_noisy   .  .  x  x  x  .  .
        added      0  0 -1 -1 -3 -3 -3
    """
    moves = np.diff(added.astype(np.float64), axis=0)
    moves *= is_noisy[1:, None]
    first = np.zeros_like(moves[:1])
    return np.concatenate([first, np.cumsum(moves, axis=0)]).astype(np.float32)
