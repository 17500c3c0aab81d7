"""Versions of the packages that contribute to results."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["all_versions", "own_versions"]

_PACKAGES = (
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


def own_versions() -> dict[str, str]:
    """Return the versions of skecg and Python."""
    from .. import __version__

    return {"skecg": __version__, "python": platform.python_version()}


def all_versions() -> dict[str, str]:
    """Return the versions of all packages that contribute to the results."""
    found = own_versions()
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # another Keras backend in the place of TensorFlow
            continue
    return found | {"backend": os.environ.get("KERAS_BACKEND", "tensorflow")}
