"""What was set and which versions ran, for reports."""

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    "scikit-learn",
    "imbalanced-learn",
    "keras",
    "scikeras",
    "tensorflow",
    "numpy",
    "scipy",
    "pandas",
    "PyWavelets",
    "wfdb",
    "sleepecg",
)


def versions() -> dict[str, str]:
    """Versions of all that has a part in the figures."""
    from .. import __version__

    found = {"skecg": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # another Keras backend in the place of TensorFlow
            continue
    found["backend"] = os.environ.get("KERAS_BACKEND", "tensorflow")
    return found


def plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON has them."""
    return {name: _plain(value) for name, value in settings.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return str(value)  # also what is an Enum
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def lines(settings: Mapping[str, Any]) -> list[str]:
    """Options as lines of text."""
    width = max(map(len, settings))
    return [f"{name.ljust(width)}  {_text(value)}" for name, value in settings.items()]


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return str(value)
