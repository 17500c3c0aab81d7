"""Runs of ``skecg train`` that may be interrupted, and go on."""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..utils import ResultsFolder, own_versions, remove_whole, write_json
from ._signals import Terminated
from ._terminal import Terminal, command_line

if TYPE_CHECKING:
    from ..beats import Beats
    from ._plans import TrainOptions

__all__ = ["UnfinishedRun"]

_RUN = "run.json"
# options that change no result
_SHOWN_ONLY = ("out", "jobs", "quiet", "verbose", "debug", "resume", "restart")


class UnfinishedRun:
    """The working folder of a run: its options, checkpoints, and results so far.

    Parameters
    ----------
    target : ResultsFolder
        Where the results go; it must be locked.
    options : TrainOptions
        Options of the command.
    """

    def __init__(self, target: ResultsFolder, options: "TrainOptions"):
        self.target = target
        self.folder = target.unfinished
        self.results = self.folder / "results"
        self.checkpoints = self.folder / "checkpoints"
        self._facts: dict[str, Any] = {
            "options": _plain_options(options),
            "versions": _versions(),
            "command": command_line(),
            "data": None,
        }

    @contextmanager
    def opened(self, terminal: Terminal, options: "TrainOptions") -> Iterator[None]:
        """Begin or go on; keep the folder only if it has a checkpoint when the block fails."""
        before = self._find(terminal, options)
        if before is None:
            self.results.mkdir(parents=True)
            write_json(self.folder / _RUN, self._facts)
        else:
            self._facts["data"] = before.get("data")
            shutil.rmtree(self.results, ignore_errors=True)  # made again from the checkpoints
            self.results.mkdir()
        try:
            yield
        except BaseException as error:
            if self._has_checkpoints():
                error.add_note(
                    f"The epochs trained so far are kept in '{self.folder}'. To go on, repeat the "
                    "command with --resume."
                )
            # a job that is stopped before the first epoch ends will come with --resume
            elif not isinstance(error, Terminated) and not (self.folder / "moving.json").exists():
                remove_whole(self.folder)
            raise

    def check_data(self, splits: "Mapping[str, Mapping[str, Beats]]") -> None:
        """Raise if the beats are not those of the run that goes on; else note them."""
        found = {
            f"{split} beats of {name}": _hash(beats)
            for name, own in splits.items()
            for split, beats in own.items()
        }
        known = self._facts["data"]
        if known is not None and known != found:
            changed = [name for name in found if known.get(name) != found[name]]
            raise ValueError(
                f"the unfinished run in '{self.folder}' cannot go on: the {changed[0]} are not "
                "those that it began with. Restore the recordings and the files of records and "
                "subjects, or begin anew with --restart, which deletes it."
            )
        write_json(self.folder / _RUN, self._facts | {"data": found})

    def _has_checkpoints(self) -> bool:
        return any(self.checkpoints.glob("*.npz"))

    def _find(self, terminal: Terminal, options: "TrainOptions") -> dict[str, Any] | None:
        """Return the facts about the run to go on with; None: begin anew, in a clear place."""
        before = self._read()
        if before is not None and not options.restart and self._has_checkpoints():
            if not options.resume:
                raise ValueError(
                    f"there is an unfinished run in '{self.folder}' "
                    f"({before.get('command', 'of an unknown command')}). Go on with --resume, or "
                    "begin anew with --restart, which deletes it."
                )
            self._check_same(before)
            terminal.note(f"going on with the unfinished run in {self.folder}")
            return before
        if options.resume:
            if before is None and (self.target.folder / "report.json").exists():
                raise ValueError(
                    f"there is no unfinished run to resume: '{self.target.folder}' has the "
                    "results of a complete one. To train again, omit --resume."
                )
            terminal.note("there is no unfinished run; a new one begins")
        remove_whole(self.folder)
        return None

    def _read(self) -> dict[str, Any] | None:
        """Return the facts in the folder, or None where there is no run."""
        if not self.folder.exists() or not any(self.folder.iterdir()):
            return None
        try:
            facts = json.loads((self.folder / _RUN).read_text(encoding="utf-8"))
            return {**facts, "options": dict(facts["options"])}
        except (OSError, ValueError, TypeError, KeyError) as error:
            if not self._is_empty():
                raise ValueError(
                    f"'{self.folder}', where the results are made, is not the folder of a run of "
                    "skecg train. Move it away, or name another folder with --out."
                ) from error
            return None  # killed before it began

    def _is_empty(self) -> bool:
        """Tell whether the folder has only the empty one that a run makes first."""
        names = {path.name for path in self.folder.iterdir() if "~skecg-" not in path.name}
        return names == {"results"} and self.results.is_dir() and not any(self.results.iterdir())

    def _check_same(self, before: Mapping[str, Any]) -> None:
        """Raise if options or versions are not those of the run that goes on."""
        way_out = "Repeat the command of the run"
        if command := before.get("command"):
            way_out += f" ({command})"
        way_out += " with --resume, or begin anew with --restart, which deletes it."
        then, now = before["options"], self._facts["options"]
        for name in sorted(then.keys() | now.keys()):
            if then.get(name) != now.get(name):
                raise ValueError(
                    f"the unfinished run in '{self.folder}' cannot go on with other options: "
                    f"{_option(name)} was {_written(then.get(name))} and is "
                    f"{_written(now.get(name))}. {way_out}"
                )
        then, now = before.get("versions", {}), self._facts["versions"]
        for name in sorted(then.keys() | now.keys()):
            if then.get(name) != now.get(name):
                raise ValueError(
                    f"the unfinished run in '{self.folder}' cannot go on with other versions: "
                    f"{name} was {then.get(name)} and is {now.get(name)}. Install that version, "
                    "or begin anew with --restart, which deletes the run."
                )


def _plain_options(options: "TrainOptions") -> dict[str, Any]:
    """Return the options that results depend on, as JSON has them, paths from the root."""
    from ..report._provenance import plain

    def absolute(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [absolute(item) for item in value]
        # the name of a set of records looks like a path, but is not one
        is_file = isinstance(value, Path) and value.exists()
        return str(value.absolute()) if is_file else value

    names = [field.name for field in fields(options) if field.name not in _SHOWN_ONLY]
    return {name: plain(absolute(getattr(options, name))) for name in names}


def _versions() -> dict[str, str]:
    """Return the versions on which weights depend."""
    from ..utils import all_versions

    wanted = ("keras", "tensorflow", "numpy", "backend", "scikit-learn", "imbalanced-learn")
    return own_versions() | {k: v for k, v in all_versions().items() if k in wanted}


def _hash(beats: "Beats") -> str:
    """Return the SHA-256 of rows, labels, subjects and places of beats."""
    import numpy as np

    digest = hashlib.sha256()
    for first in range(0, len(beats), 4096):  # rows may be in a file
        digest.update(np.ascontiguousarray(beats.data[first : first + 4096]).data)
    for values in (beats.target, beats.groups, beats.meta["record"], beats.meta["sample"]):
        digest.update("\n".join(map(str, values)).encode())
    return digest.hexdigest()


def _option(name: str) -> str:
    return "FOLDER" if name == "folders" else f"--{name.replace('_', '-')}"


def _written(value: Any) -> str:
    if value is None:
        return "not given"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
