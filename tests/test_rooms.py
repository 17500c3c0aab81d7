"""The order of the rooms: a module imports only from rooms above its own."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import skecg

ROOT = Path(skecg.__file__).parent
ORDER = [
    "tables",
    "layout",
    "_validate",
    "_files",
    "_unwrap",
    "_spec",
    "_page",
    "records",
    "preprocessing",
    "beats",
    "datasets",
    "resampling",
    "model_selection",
    "classifiers",
    "metrics",
    "display",
    "pipeline",
    "persistence",
    "_annotate",
    "cli",
    "__main__",
]
SEE_ARRAYS_ONLY = {"preprocessing", "resampling", "classifiers", "metrics", "display"}


def _room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imported_rooms(path):
    """Rooms that a file imports by a relative import, wherever in the file."""
    depth = len(path.relative_to(ROOT).parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module.split(".")[0]] if node.module else [a.name for a in node.names]
            yield from (n for n in names if n in ORDER)


def _files():
    return sorted(p for p in ROOT.rglob("*.py") if p.name != "__init__.py")


@pytest.mark.parametrize("path", _files(), ids=lambda p: str(p.relative_to(ROOT)))
def test_module_imports_only_from_rooms_above(path):
    own = ORDER.index(_room(path))
    below = {r for r in _imported_rooms(path) if ORDER.index(r) > own}
    assert not below


@pytest.mark.parametrize("room", sorted(SEE_ARRAYS_ONLY))
def test_rooms_of_arrays_never_import_records_or_beats(room):
    for path in _files():
        if _room(path) == room:
            assert not {"records", "beats"} & set(_imported_rooms(path)), path


@pytest.mark.parametrize("package", ["keras", "scikeras", "tensorflow"])
def test_deep_learning_packages_are_imported_in_one_place(package):
    places = {"keras": {"_keras.py"}, "scikeras": {"_scikeras.py"}, "tensorflow": set()}
    found = set()
    for path in _files():
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [a.name for a in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module]
            if any(m.split(".")[0] == package for m in modules):
                found.add(path.name)
    assert found == places[package]


def test_every_public_name_is_there_and_documented():
    for name in skecg.__all__:
        assert getattr(skecg, name).__doc__ or name == "__version__"


def test_import_stays_cheap():
    heavy = ["keras", "matplotlib", "pandas", "scipy", "sklearn", "tensorflow", "wfdb"]
    code = f"import skecg, sys; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_package_goes_into_other_processes_like_any_module():
    """A user's own function that speaks of skecg is sent to loky and Dask workers."""
    assert type(skecg) is type(sys)
    assert all(type(getattr(skecg, n)) is type(sys) for n in ("beats", "classifiers", "metrics"))


def test_stub_and_package_name_the_same():
    """Editors read the stub; its star imports stand for the lists of the rooms' stubs."""
    listed = set()
    for node in ast.parse((ROOT / "__init__.pyi").read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            stars = names == ["*"]
            listed |= set(getattr(skecg, node.module).__all__ if stars else names)
        else:
            listed.add(node.target.id)
    assert listed == {*skecg.__all__, "layout", "pipeline", "tables"}


@pytest.mark.parametrize("room", ["layout", "pipeline", "_annotate"])
def test_rooms_of_one_module_are_listed_at_the_top(room):
    """They have no stub from which the top takes its names."""
    for_estimators_of_our_own = {"check_layout"}
    listed = set(import_module(f"skecg.{room}").__all__)
    assert listed - for_estimators_of_our_own <= set(skecg.__all__)


def test_every_room_is_collected():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.pyi")}
    assert rooms - {"_page", "cli"} == {room for room in skecg._PUBLIC if (ROOT / room).is_dir()}


def test_modules_are_reached_from_the_top():
    code = "import skecg; print(skecg.tables.AAMI_ORDER, skecg.layout.BeatLayout(2))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.startswith("('N', 'S', 'V', 'F', 'Q') BeatLayout(")
