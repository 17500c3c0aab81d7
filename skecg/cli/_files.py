"""Places that commands write to, checked before hours of work go into them."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..utils import ResultsFolder, replacing_folder
from ._terminal import command_line


def results_folder(folder: Path, option: str = "--out") -> ResultsFolder:
    """Find where results for a folder are made, and try to write there."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"'{folder}' is a file. Name a folder for the results with {option}.")
    try:
        target = ResultsFolder(folder)
        for place in {target.holder, target.folder}:
            if place.exists():
                # without a name of its own, which other commands could use at the same time
                with tempfile.TemporaryFile(dir=place) as file:
                    file.write(b"skecg")
    except OSError as error:
        raise ValueError(
            f"cannot write into '{folder}' ({error.strerror}). Name another folder with {option}."
        ) from error
    return target


@contextmanager
def results_replaced(folder: Path, option: str = "--out") -> Iterator[Path]:
    """Make results in a new folder, which takes the place of the old results at the end."""
    results_folder(folder, option)
    with replacing_folder(folder, command_line()) as new:
        yield new


def check_can_write(*files: Path | None) -> None:
    """Raise unless each file can be one of its own in a folder; None and - are not files."""
    seen = set()
    for file in files:
        if file is None or str(file) == "-":
            continue
        if not file.absolute().parent.is_dir():
            raise ValueError(f"cannot write '{file}': there is no folder '{file.parent}'.")
        if file.is_dir():
            raise ValueError(f"cannot write '{file}': it is a folder. Name a file.")
        if file.resolve() in seen:
            raise ValueError(f"cannot write two results to '{file}'. Name a file for each.")
        seen.add(file.resolve())


def folder_names(folders: Iterable[Path]) -> str:
    """Name folders without their places, for titles."""
    return ", ".join(folder.absolute().name for folder in folders)
