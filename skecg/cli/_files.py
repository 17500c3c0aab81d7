"""Places that commands write to, checked before hours of work go into them."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..utils import ResultsFolder, replacing_folder
from ._terminal import command_line


def results_folder(folder: Path) -> ResultsFolder:
    """Find where results for a folder are made, and try to write there."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"'{folder}' is a file. Name a folder for the results with --out.")
    try:
        target = ResultsFolder(folder)
        for place in {target.holder, target.folder}:
            if place.exists():
                # without a name of its own, which other commands could use at the same time
                with tempfile.TemporaryFile(dir=place) as file:
                    file.write(b"skecg")
    except OSError as error:
        raise ValueError(
            f"cannot write into '{folder}' ({error.strerror}). Name another folder with --out."
        ) from error
    return target


@contextmanager
def results_replaced(folder: Path) -> Iterator[Path]:
    """Make results in a new folder, which takes the place of the old results at the end."""
    results_folder(folder)
    with replacing_folder(folder, command_line()) as new:
        yield new


def check_can_write(*files: Path | None) -> None:
    """Raise unless the folder of each file exists; None and - are not files."""
    for file in files:
        if file is not None and str(file) != "-" and not file.absolute().parent.is_dir():
            raise ValueError(f"cannot write '{file}': there is no folder '{file.parent}'.")


def folder_names(folders: Iterable[Path]) -> str:
    """Name folders without their places, for titles."""
    return ", ".join(folder.absolute().name for folder in folders)
