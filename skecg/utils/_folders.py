"""Replace the results in a folder as a whole.

Results are made in a folder of their own, next to the one that they will replace, and take its
place in one step::

    results.unfinished/          results/
        results/    ------------>    report.json, ...
        previous/   <------------    old results, and files of the user, which come back
        moving.json

A process that is killed before leaves the old folder; one that is killed after ``moving.json``
was written leaves its work to the next one that writes there (`recover`).
"""

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ._files import is_abandoned, remove_abandoned, temporary_prefix, write_json
from ._locks import locked

__all__ = ["ResultsFolder", "file_hash", "remove_whole", "replacing_folder"]

_MOVING = "moving.json"


class ResultsFolder:
    """A folder of results, and the places where new ones are made.

    Parameters
    ----------
    folder : path-like
        The folder. It need not exist.

    Attributes
    ----------
    folder : Path
        The folder itself, behind symbolic links.
    holder : Path
        Where new results are made: the folder around it; the folder itself if it is a mount
        point, or nothing can be written around it.
    unfinished : Path
        Folder of a run that may be interrupted.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder).resolve()
        if self.folder.exists() and not self.folder.is_dir():
            raise FileExistsError(f"'{folder}' is a file. Name a folder for the results.")
        parent, name = self.folder.parent, self.folder.name
        around = not os.path.ismount(self.folder) and bool(name)
        if around and not self.folder.exists():
            parent.mkdir(parents=True, exist_ok=True)
        self._around = around and os.access(parent, os.W_OK | os.X_OK)
        self.holder = parent if self._around else self.folder
        self.unfinished = parent / f"{name}.unfinished"
        self._lock = parent / f".{name}.skecg-lock"
        if not self._around:
            self.unfinished = self.folder / ".skecg-unfinished"
            self._lock = self.folder / ".skecg-lock"

    @contextmanager
    def locked(self, doing: str) -> Iterator[None]:
        """Refuse a second writer, and finish the moves of a killed process."""
        with locked(self._lock, self.folder, doing):
            self._recover()
            yield

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """Make a folder to work in, which is removed at the end."""
        name = tempfile.mkdtemp(prefix=temporary_prefix(self.folder.name), dir=self.holder)
        work = Path(name)
        try:
            yield work
        finally:
            remove_work(work)

    def publish(self, work: Path) -> None:
        """Put ``work / "results"`` in the place of the old results, and remove `work`.

        Files of the folder that no run of skecg wrote, or that were changed since, stay, unless
        the new results have files of their names.
        """
        new = sorted(path.name for path in (work / "results").iterdir())
        self._check_no_folders(new)
        stale = sorted(_unchanged_results(self.folder) - set(new))
        write_json(work / _MOVING, {"name": self.folder.name, "new": new, "stale": stale})
        try:
            self._move(work)
        except KeyboardInterrupt:  # it takes milliseconds
            if (work / _MOVING).exists():  # else it is done
                self._move(work)
            raise

    def _check_no_folders(self, new: Iterable[str]) -> None:
        """Raise if there is a folder in the place of a new result: no file can replace it."""
        for name in new:
            path = self.folder / name
            if path.is_dir() and not path.is_symlink():
                raise IsADirectoryError(
                    f"Cannot write '{path}': it is a folder. Move it away, or name another "
                    "folder for the results."
                )

    def _recover(self) -> None:
        """Finish the moves of killed processes; remove the other files that they left."""
        for work in [self.unfinished, *self.holder.glob(".*~skecg-*")]:
            if (work / _MOVING).is_file() and (work == self.unfinished or self._is_mine(work)):
                self._move(work)
        remove_abandoned(self.holder)

    def _is_mine(self, work: Path) -> bool:
        """Tell whether a folder of a process that has ended holds results for this one."""
        return is_abandoned(work) and _read_moving(work)["name"] == self.folder.name

    def _move(self, work: Path) -> None:
        """Move new results in, as often as it takes."""
        results, previous = work / "results", work / "previous"
        moving = _read_moving(work)
        # once a file was moved on its own, all are
        whole = results.is_dir() and all((results / name).exists() for name in moving["new"])
        if whole and self._set_aside(previous, results):
            os.rename(results, self.folder)
        if results.is_dir():  # in the folder, file by file
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(results.iterdir(), key=lambda path: path.name == "report.json"):
                os.replace(path, self.folder / path.name)
            for name in moving["stale"]:
                (self.folder / name).unlink(missing_ok=True)
        if previous.is_dir():
            self._bring_back(previous, {*moving["new"], *moving["stale"]})
        remove_work(work, done=True)

    def _set_aside(self, previous: Path, results: Path) -> bool:
        """Rename the old folder away, if there is one; tell whether its place is free."""
        if not self.folder.exists():
            return self._around
        if not self._around or previous.exists() or self.folder == _current_folder():
            return False
        shutil.copymode(self.folder, results)
        try:
            os.rename(self.folder, previous)
        except OSError:  # it is busy, or of another user
            return False
        return True

    def _bring_back(self, previous: Path, results: set[str]) -> None:
        """Move the user's files from the old folder to the new one; remove old results."""
        for path in sorted(previous.iterdir()):
            if path.name not in results:
                os.rename(path, self.folder / path.name)
            elif not path.is_dir() or path.is_symlink():
                path.unlink()


@contextmanager
def replacing_folder(folder: str | os.PathLike[str], doing: str) -> Iterator[Path]:
    """Make results in a new folder, which replaces those in ``folder`` when the block succeeds.

    Whatever interrupts the block, the old results stay, all of them.

    Parameters
    ----------
    folder : path-like
        The folder; it is created if needed. Files that no run of skecg wrote stay in it.
    doing : str
        The command or function that writes, for the error of a second writer.

    Yields
    ------
    Path
        An empty folder.

    Raises
    ------
    BlockingIOError
        If another process writes to the folder.
    FileExistsError
        If there is a file in place of the folder.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skecg.utils import replacing_folder
    >>> with tempfile.TemporaryDirectory() as place:
    ...     folder = Path(place) / "results"
    ...     with replacing_folder(folder, "a test") as new:
    ...         _ = (new / "report.txt").write_text("done")
    ...     [path.name for path in folder.iterdir()]
    ['report.txt']
    """
    target = ResultsFolder(folder)
    with target.locked(doing), target.temporary() as work:
        (work / "results").mkdir()
        yield work / "results"
        target.publish(work)


def _read_moving(work: Path) -> dict[str, Any]:
    """Return the name of a folder of results, and the files that are moved into it."""
    try:
        moving = json.loads((work / _MOVING).read_text(encoding="utf-8"))
        return {"name": moving["name"], "new": moving["new"], "stale": moving["stale"]}
    except (ValueError, TypeError, KeyError) as error:  # as a power failure leaves it
        raise ValueError(
            f"'{work}' has results that a process was moving when it was killed, and its "
            f"'{_MOVING}' is damaged. Take your files out of it, and remove it."
        ) from error


def remove_work(work: Path, *, done: bool = False) -> None:
    """Remove a working folder, unless it still has something to move in."""
    if not done and (work / _MOVING).exists():
        return
    previous = work / "previous"
    if previous.is_dir() and any(previous.iterdir()):  # not ours, and could not be moved
        return
    remove_whole(work)


def remove_whole(work: Path) -> None:
    """Remove a working folder in one step: a process that is killed leaves no part of a run."""
    if "~skecg-" not in work.name:
        aside = work.with_name(f"{temporary_prefix(work.name.lstrip('.'))}{secrets.token_hex(4)}")
        try:
            os.rename(work, aside)
        except OSError:  # there is none, or it is busy
            aside = work
        work = aside
    (work / _MOVING).unlink(missing_ok=True)  # first: nothing in it is to be moved any more
    shutil.rmtree(work, ignore_errors=True)


def _current_folder() -> Path | None:
    """Return the folder that a shell may be in, and would miss; None if it is gone already."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unchanged_results(folder: Path) -> set[str]:
    """Return the files in a folder that its report lists and that are as they were written."""
    try:
        report: Any = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        files = dict(report["files"])
    except (OSError, ValueError, TypeError, KeyError):
        return set()
    found = set()
    for name, known in files.items():
        path = folder / name
        if Path(name).name == name and path.is_file() and file_hash(path) == known:
            found.add(name)
    return found
