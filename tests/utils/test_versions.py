"""Versions of the packages that contribute to results."""

import importlib.metadata
import platform

import skecg
from skecg.utils import all_versions, own_versions


def test_own_versions():
    assert own_versions() == {"skecg": skecg.__version__, "python": platform.python_version()}


def test_all_versions_skips_missing_packages(monkeypatch):
    def version(package):
        if package == "tensorflow":
            raise importlib.metadata.PackageNotFoundError
        return "1"

    monkeypatch.setattr("skecg.utils._versions.version", version)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    found = all_versions()
    assert "tensorflow" not in found and found["numpy"] == "1" and found["backend"] == "jax"
