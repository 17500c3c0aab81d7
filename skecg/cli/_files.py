"""Files that the commands read and write; results appear whole or not at all."""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..tables import RECORD_SETS, recording_of
from ..utils import replacing

_NUMBERS = re.compile(r"\[\n\s+-?[\d.eE+-]+(,\n\s+-?[\d.eE+-]+)*\n\s+\]")


def prepare_folder(folder: Path) -> Path:
    """Make a folder for results and try it, before hours of work go into them."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"'{folder}' is a file. Name a folder for the results with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / ".skecg-try") as beside:
            beside.write_bytes(b"")
        (folder / ".skecg-try").unlink()
    except OSError as error:
        raise ValueError(
            f"cannot write into '{folder}' ({error.strerror}). Name another folder with --out."
        ) from error
    return folder


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a path beside to write to; errors name the file, as those of a full disk do not."""
    try:
        with replacing(path) as beside:
            yield beside
    except OSError as error:
        if error.errno is not None:
            error.filename, error.filename2 = str(path), None
        raise


def write_text(path: Path, text: str) -> Path:
    """Write a text file."""
    with writing(path) as beside:
        beside.write_text(text, encoding="utf-8")
    return path


def write_json(path: Path, data: Any) -> Path:
    """Write a JSON file."""
    return write_text(path, to_json(data) + "\n")


def to_json(data: Any) -> str:
    """JSON that any program reads (no NaN), with each row of numbers on one line."""
    text = json.dumps(data, indent=2, allow_nan=False, default=_as_json, ensure_ascii=False)
    # strings cannot match: JSON has no line ends in them
    return _NUMBERS.sub(lambda row: " ".join(row[0].split()).replace("[ ", "[")[:-2] + "]", text)


def _as_json(value: Any) -> Any:
    """Return what JSON has no word for as what it has."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    item = getattr(value, "item", None)  # NumPy's numbers
    if item is not None:
        return item()
    raise TypeError(f"{type(value).__name__} is not for JSON")


def write_csv(path: Path, table: Any, *, index: bool = False) -> Path:
    """Write a table as CSV."""
    with writing(path) as beside:
        table.to_csv(beside, index=index, lineterminator="\n")
    return path


def write_figure(path: Path, display: Any, *, title: str | None = None) -> Path:
    """Write the figure of a display as PNG, and close it."""
    import matplotlib.pyplot as plt

    figure = display.figure_
    if title:
        figure.suptitle(title, fontsize=11)
    with writing(path) as beside:
        figure.savefig(beside, dpi=150)
    plt.close(figure)
    return path


def read_names(path: Path) -> list[str]:
    """Names of recordings in a text file: one a line, after # a comment."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"'{path}' is no text file with a record name a line.") from None
    except OSError as error:
        raise ValueError(
            f"cannot read the record names in '{path}': {error.strerror}. Beside files there are "
            f"the sets {', '.join(RECORD_SETS)}."
        ) from None
    names = [line.partition("#")[0].strip() for line in lines]
    names = list(dict.fromkeys(name for name in names if name))
    if not names:
        raise ValueError(f"'{path}' names no record. It holds one name a line, # for comments.")
    return names


def listed_records(paths: Iterable[Path], names: Path) -> list[Path]:
    """Take the recordings of a set that has a name, as "mitdb:DS1", or that a file names."""
    known = {key.casefold(): key for key in RECORD_SETS}.get(str(names).casefold())
    if known is None:
        return choose_records(paths, read_names(names), names)
    database = known.partition(":")[0]
    paths = list(paths)
    # neither excerpts nor records of another database with the same name
    own = [p for p in paths if recording_of(p.name, p.parent) == f"{database}:{p.name}"]
    if not own:
        raise ValueError(
            f"'{known}' names records of {database}, and the folders hold none of that: they "
            f"hold {_count(len(paths), 'record')}, such as {', '.join(p.name for p in paths[:5])}."
        )
    return choose_records(own, list(RECORD_SETS[known]), Path(known))


def choose_records(paths: Iterable[Path], names: list[str], listed_in: Path) -> list[Path]:
    """Take the recordings of these names, each "100" or with its folder "mitdb/100"."""
    paths = list(paths)
    chosen, unknown = [], []
    for name in names:
        parts = Path(name).parts
        found = [path for path in paths if path.parts[-len(parts) :] == parts]
        if len(found) > 1:
            raise ValueError(
                f"'{listed_in}' names {name!r}, and there are {len(found)} such recordings: "
                f"{', '.join(map(str, found[:3]))}. Write the folder before the name, as in "
                f"{'/'.join(found[0].parts[-2:])}."
            )
        chosen += found
        unknown += [name] * (not found)
    if unknown:
        there = ", ".join(path.name for path in paths[:5])
        raise ValueError(
            f"'{listed_in}' names {_count(len(unknown), 'record')} that the folders do not hold: "
            f"{', '.join(unknown[:10])}{' ...' * (len(unknown) > 10)}. They hold "
            f"{_count(len(paths), 'record')}, such as {there}."
        )
    return list(dict.fromkeys(chosen))


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
