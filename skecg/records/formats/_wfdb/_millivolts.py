"""Turn the numbers of a signal file into mV."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOWEST", "to_millivolts"]

#: Lowest sample value of each signal format of WFDB, which marks an invalid sample. Format 8
#: holds differences and has none. Source: the WFDB Applications Guide, signal(5),
#: https://wfdb.io/spec/signal-files.html, and ``WFDB_INVALID_SAMPLE`` in the WFDB library.
LOWEST = {
    "80": -(2**7),
    "508": -(2**7),
    "310": -(2**9),
    "311": -(2**9),
    "212": -(2**11),
    "16": -(2**15),
    "61": -(2**15),
    "160": -(2**15),
    "516": -(2**15),
    "24": -(2**23),
    "524": -(2**23),
    "32": -(2**31),
}


def to_millivolts(
    digital: NDArray[np.signedinteger],
    gain: float,
    baseline: int,
    fmt: str,
    *,
    out: NDArray[np.float32],
) -> None:
    """Write (digital - baseline) / gain to ``out``, NaN where the sample is invalid.

    Equal to the result of wfdb in float64, rounded once to float32.
    """
    # the difference is exact; NumPy divides in small blocks, so no second float64 copy is made
    shifted = np.subtract(digital, baseline, dtype=np.float64)
    np.divide(shifted, gain, out=out, dtype=np.float64, casting="unsafe")
    if fmt in LOWEST and (missing := digital == LOWEST[fmt]).any():
        out[missing] = np.nan
