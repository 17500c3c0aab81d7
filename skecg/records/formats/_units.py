"""Units of voltage."""

import unicodedata

__all__ = ["units_per_millivolt"]

# How many make one mV. Spellings are compared without case: no ECG is in megavolts.
_UNITS = {"v": 1e-3, "mv": 1.0, "uv": 1e3, "μv": 1e3, "nv": 1e6}
_NAMES = {"": "v", "milli": "mv", "micro": "uv", "nano": "nv"}
_UNITS |= {
    f"{prefix}{noun}": _UNITS[unit]
    for prefix, unit in _NAMES.items()
    for noun in ("volt", "volts")
}


def units_per_millivolt(unit: str) -> float | None:
    """Return how many of a unit make one mV, or None if it is not a unit of voltage.

    Examples
    --------
    >>> from skecg.records.formats._units import units_per_millivolt
    >>> [units_per_millivolt(unit) for unit in ("mV", "UV", "µV", "nV", "Volts", "mmHg")]
    [1.0, 1000.0, 1000.0, 1000000.0, 0.001, None]
    """
    # the micro sign and the letter mu are two characters that look the same
    spelled = unicodedata.normalize("NFKC", unit).strip().lower()
    return _UNITS.get(spelled)
