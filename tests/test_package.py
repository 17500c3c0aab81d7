"""The package as a whole: what its import costs, and that all public names load when used."""

import inspect
import pickle
import subprocess
import sys
from types import ModuleType

import pytest

import skecg

HEAVY = ["keras", "matplotlib", "pandas", "scipy", "sklearn", "tensorflow", "wfdb"]


def output_of(code):
    """Return what code prints in a fresh process."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_import_stays_cheap():
    assert output_of(f"import skecg, sys; print([m for m in {HEAVY} if m in sys.modules])") == "[]"


def test_modules_are_reached_from_the_top():
    code = "import skecg; print(skecg.tables.AAMI_ORDER, skecg.layout.BeatLayout(2))"
    assert output_of(code).startswith("('N', 'S', 'V', 'F', 'Q') BeatLayout(")


@pytest.mark.parametrize("name", [name for name in skecg.__all__ if name != "__version__"])
def test_public_name_is_importable_and_documented(name):
    public = getattr(skecg, name)
    assert name in dir(skecg)
    assert inspect.getdoc(public)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        skecg.no_such_name  # noqa: B018


def test_package_is_an_ordinary_module():
    """Functions of users that use skecg are pickled for loky and Dask workers."""
    modules = [skecg, skecg.beats, skecg.classifiers, skecg.metrics]
    assert [type(module) for module in modules] == [ModuleType] * 4


@pytest.mark.parametrize("name", ["load_beats", "Beats", "LSTMClassifier"])
def test_public_name_is_pickled_by_reference(name):
    public = getattr(skecg, name)
    assert pickle.loads(pickle.dumps(public)) is public
