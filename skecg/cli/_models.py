"""Models for commands: files, or names of those that come with skecg."""

from pathlib import Path
from typing import Any

from ..utils import count, warn
from ._terminal import Terminal

BY_NAME = "the name of a model that comes with skecg: lstm or lstm-2026-11."
MODEL_HELP = f"File that skecg train or skecg.save wrote, or {BY_NAME}"
_SHOWN = 5  # subjects, without --verbose


def find_model(model: Path) -> Path:
    """Return the file at this path, or the model of this name that comes with skecg."""
    from ..persistence._pretrained import pretrained_names, pretrained_path

    name = str(model)
    if name not in pretrained_names():
        return model
    if not model.exists():
        return pretrained_path(name)
    warn(
        f"There is a {'folder' if model.is_dir() else 'file'} '{name}' here, and it is used, not "
        "the model of that name that comes with skecg. For that one, run the command in another "
        "folder."
    )
    return model


def is_model(path: Path) -> bool:
    """Tell whether this is a model rather than a folder of recordings."""
    from ..persistence._pretrained import pretrained_names

    if str(path) in pretrained_names():
        return not path.is_dir()
    return path.suffix == ".skecg" and not path.is_dir()


def model_facts(model: Path) -> dict[str, Any]:
    """Return the facts in a model file as JSON has them; no network is built."""
    from ..persistence._load import read_info
    from ..persistence._pretrained import model_card
    from ..persistence._spec import to_spec

    path = find_model(model)
    info = read_info(path)
    return {
        "model": str(model),
        "path": str(path),
        "bytes": path.stat().st_size,
        "extractor": None if info.extractor is None else to_spec(info.extractor),
        "classes": info.classes,
        "subjects": info.subjects,
        "n_beats": info.n_beats,
        "fingerprint": info.fingerprint,
        "written_by": info.versions,
        "card": None if path == model else model_card(str(model)),
    }


def show_model(terminal: Terminal, facts: dict[str, Any]) -> None:
    """Print the facts of a model file, and the card of a model that comes with skecg."""
    from rich.markdown import Markdown

    from ..persistence._spec import from_spec
    from ..report._rich import TextTable

    table = TextTable.grid("", "", padding=(0, 2, 0, 0))
    table.add_row("file", facts["path"])
    table.add_row("size", f"{facts['bytes'] / 1000:,.0f} kB")
    if facts["classes"] is None:
        table.add_row("trained on", "unknown")
    else:
        subjects = facts["subjects"]
        of = f"{count(facts['n_beats'], 'beat')} of {count(len(subjects), 'subject')}"
        table.add_row("trained on", of)
        shown = subjects if terminal.verbose else subjects[:_SHOWN]
        more = f" and {len(subjects) - len(shown)} more (--verbose, --json)"
        table.add_row("subjects", ", ".join(shown) + more * (len(shown) < len(subjects)))
        table.add_row("classes", ", ".join(facts["classes"]))
        table.add_row("rows", " ".join(repr(from_spec(facts["extractor"])).split()))
    versions = facts["written_by"].items()
    table.add_row("written by", ", ".join(f"{name} {version}" for name, version in versions))
    terminal.say(table)
    if facts["card"] is not None:
        terminal.say("", Markdown(facts["card"], hyperlinks=False))
