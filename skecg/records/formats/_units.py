"""Units of voltage."""

__all__ = ["units_per_millivolt"]

_UNITS = {"mV": 1.0, "mv": 1.0, "uV": 1e3, "uv": 1e3, "µV": 1e3, "μV": 1e3, "V": 1e-3, "v": 1e-3}


def units_per_millivolt(unit: str) -> float | None:
    """Return how many of a unit make one mV, or None if it is not a unit of voltage."""
    return _UNITS.get(unit)
