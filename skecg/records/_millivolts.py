"""From the numbers of a file to a signal in mV."""

import warnings
from typing import Any

import numpy as np

__all__ = ["LOWEST", "to_millivolts", "units_per_millivolt", "warn_about_signal"]

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

_UNITS = {"mV": 1.0, "mv": 1.0, "uV": 1e3, "uv": 1e3, "µV": 1e3, "μV": 1e3, "V": 1e-3, "v": 1e-3}


def units_per_millivolt(unit: str) -> float | None:
    """How many of a unit make one mV, or None if it is no unit of voltage."""
    return _UNITS.get(unit)


def to_millivolts(
    digital: np.ndarray, gain: float, baseline: int, fmt: str, *, out: np.ndarray
) -> None:
    """Write (digital - baseline) / gain to ``out``, NaN where the sample is invalid.

    Equal to what wfdb computes in float64, rounded once to float32.
    """
    # the difference is exact; NumPy divides in small blocks, so no float64 copy is made
    shifted = np.subtract(digital, baseline, dtype=np.int64)
    np.divide(shifted, gain, out=out, dtype=np.float64, casting="unsafe")
    if fmt in LOWEST:
        out[digital == LOWEST[fmt]] = np.nan


def warn_about_signal(record: Any, stacklevel: int) -> None:
    """Warn about gaps and flat leads of an ECGRecord."""
    for lead, signal in zip(record.lead_names, record.signal.T, strict=True):
        missing = np.isnan(signal)
        n_missing = int(missing.sum())
        if n_missing:
            warnings.warn(
                f"Record '{record.name}': {n_missing} of {len(signal)} samples of lead '{lead}' "
                f"are missing and read as NaN, the first of them sample {np.argmax(missing)}.",
                UserWarning,
                stacklevel=stacklevel + 1,
            )
            signal = signal[~missing]
        if len(signal) and (signal == signal[0]).all():
            warnings.warn(
                f"Record '{record.name}': lead '{lead}' is flat, {signal[0]:g} mV from start to "
                "end. Was the electrode off? Use another lead.",
                UserWarning,
                stacklevel=stacklevel + 1,
            )
