"""The API page has every public name, and tables in the documentation are those of the code."""

import importlib.util
import re
from pathlib import Path

import pytest

import skecg
from skecg import tables

DOCS = Path(__file__).parents[1] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="not in a checkout")


def listed_names():
    """The sections of the API page that are made from the rooms' own lists."""
    spec = importlib.util.spec_from_file_location("_public_names", DOCS / "_public_names.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.sections()


def test_api_page_lists_every_public_name_once():
    public = [name for name in skecg.__all__ if name != "__version__"]
    assert sorted(name for names in listed_names().values() for name in names) == sorted(public)


def test_api_page_lists_every_table():
    text = (DOCS / "reference.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^(?:   |\.\. autodata:: )([A-Za-z]\w*)$", text, re.MULTILINE)
    assert sorted(listed) == sorted(tables.__all__)


def test_class_map_table_agrees_with_the_code():
    text = (DOCS / "guide" / "beats.rst").read_text(encoding="utf-8")
    rows = re.findall(r"   \* - (``.+``)\n     - .+\n     - (.+)\n     - (.+)\n", text)
    written = {"ec57": {}, "dechazal": {}}
    for symbols, *labels in rows:
        for symbol in re.findall(r"``(.)``", symbols):
            for classes, label in zip(written, labels, strict=True):
                if label != "no class":
                    written[classes][symbol] = label.strip("*")
    assert written == tables.CLASS_MAPS


def test_every_page_is_reached_from_the_index():
    pages = {path.relative_to(DOCS).with_suffix("") for path in DOCS.glob("guide/*.rst")}
    listed = (DOCS / "guide" / "index.rst").read_text(encoding="utf-8")
    assert all(f"   {page.name}\n" in listed for page in pages if page.name != "index")


def test_every_database_has_a_page_with_where_it_is_and_what_to_cite():
    overview = (DOCS / "databases.rst").read_text(encoding="utf-8")
    pages = sorted(DOCS.glob("databases/*.rst"))
    assert [path.stem for path in pages] == ["edb", "mitdb", "nstdb", "qtdb", "svdb"]
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert f"https://physionet.org/content/{path.stem}/1.0.0/" in text
        assert "What to know\n---" in text and "Citation\n---" in text
        assert f"   databases/{path.stem}\n" in overview


def test_links_to_other_packages_need_no_network():
    text = (DOCS / "inventories.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and line[0] not in "#["]
    assert all(re.fullmatch(r"\S+ py:(class|function|module) \S+", line) for line in lines)
    names = [line.split()[0] for line in lines]
    assert len(set(names)) == len(names)
    for name in names:
        room, _, last = name.rpartition(".")
        assert not room or hasattr(importlib.import_module(room), last), name


def test_shell_page_has_every_command():
    from skecg.cli import app

    text = (DOCS / "guide" / "shell.rst").read_text(encoding="utf-8")
    listed = re.findall(r"^``skecg (\w+)", text, re.MULTILINE)
    assert listed == [command.callback.__name__ for command in app.registered_commands]


def test_notebook_page_has_every_function_of_the_notebook():
    functions = """find_paths split_records make_df filter_ecg wavelet_denoising normalize_ecg
    encoder decoder filter_data increase_data frequency_transform spliting_data RNN_model
    LSTM_model evaluate_model predict conf_mat ROC_graph Loss_comp_graph Accuracy_comp_graph
    model.save"""
    text = (DOCS / "guide" / "from_notebook.rst").read_text(encoding="utf-8")
    assert [name for name in functions.split() if f"``{name}``" not in text] == []
