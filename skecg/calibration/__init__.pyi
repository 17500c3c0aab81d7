from ._calibrate_model import calibrate
from ._calibration import TemperatureScaling
from ._find import find_calibration

__all__ = [
    "TemperatureScaling",
    "calibrate",
    "find_calibration",
]
