"""Places that commands write to, checked before hours of work go into them."""

from collections.abc import Iterable
from pathlib import Path

from ..utils import replacing


def prepare_folder(folder: Path) -> Path:
    """Create a folder for results, and try to write into it."""
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


def check_can_write(*files: Path | None) -> None:
    """Raise unless the folder of each file exists; None and - are not files."""
    for file in files:
        if file is not None and str(file) != "-" and not file.absolute().parent.is_dir():
            raise ValueError(f"cannot write '{file}': there is no folder '{file.parent}'.")


def folder_names(folders: Iterable[Path]) -> str:
    """Name folders without their places, for titles."""
    return ", ".join(folder.absolute().name for folder in folders)
