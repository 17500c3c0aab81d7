"""Files of one recording's results, complete or not, with a seal in RECORD.json.

The seal has a hash of the inputs of the results, so that a rerun goes on where it stopped,
and of each file, so that an edit by a person is seen. RECORD.json is written twice::

    RECORD~skecg-.../    all files are made
    RECORD.json          "complete": false, with the hashes of the new files and of those before
    RECORD.*             the new files, one after the other
    RECORD.json          "complete": true

A process that is killed in between leaves files that are known, and results that are made again.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..records import RecordError
from ..utils import file_hash, naming, temporary_prefix, write_json

__all__ = ["SEAL", "Seal", "edited_files", "is_whole", "place", "read_seal", "write_sealed"]

SEAL = "run"  # the key in RECORD.json
EDITABLE = (".beats", ".csv")  # files by which a person corrects beats
_FORMAT = 1


@dataclass(frozen=True)
class Seal:
    """State of the results of a recording.

    Attributes
    ----------
    fingerprint : str
        Of the recording's files, the model and all options.
    complete : bool
        Whether all files are there.
    row : dict
        The recording's row of the table over all.
    files : dict of str to list of str
        SHA-256 of each file by its ending: that of the newest, or of several if a process was
        killed while it replaced them.
    sample : list of int
        Positions of the reviewed beats.
    symbol : str
        Their classes, a character each.
    reviews : list of str
        SHA-256 of the reviews that are merged.
    """

    fingerprint: str = ""
    complete: bool = False
    row: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, list[str]] = field(default_factory=dict)
    sample: Sequence[int] = ()
    symbol: str = ""
    reviews: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "format": _FORMAT,
            "complete": self.complete,
            "fingerprint": self.fingerprint,
            "files": {ending: list(known) for ending, known in self.files.items()},
            "row": dict(self.row),
            "corrections": {"sample": list(self.sample), "symbol": self.symbol},
            "reviews": list(self.reviews),
        }


def place(out: Path, record: str, ending: str) -> Path:
    """Return a file of a recording's results."""
    return out / f"{record}{ending}"


def read_seal(out: Path, record: str) -> Seal:
    """Return the seal of a recording's results; an empty one if there is none."""
    try:
        found = json.loads(place(out, record, ".json").read_text(encoding="utf-8"))[SEAL]
        if found["format"] != _FORMAT:
            return Seal()
        corrections = found["corrections"]
        seal = Seal(
            str(found["fingerprint"]),
            found["complete"] is True,
            dict(found["row"]),
            {str(ending): list(map(str, known)) for ending, known in found["files"].items()},
            [int(at) for at in corrections["sample"]],
            str(corrections["symbol"]),
            list(map(str, found["reviews"])),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return Seal()
    return seal if len(seal.sample) == len(seal.symbol) else Seal()


def edited_files(out: Path, record: str, seal: Seal) -> list[Path]:
    """Return the files of beats that were changed since they were written."""
    found = {place(out, record, one): seal.files[one] for one in EDITABLE if one in seal.files}
    return [
        file for file, known in found.items() if file.is_file() and file_hash(file) not in known
    ]


def is_whole(out: Path, record: str, seal: Seal) -> bool:
    """Tell whether all files of complete results are still there."""
    return seal.complete and all(place(out, record, one).is_file() for one in seal.files)


def _is_summary(file: Path) -> bool:
    """Tell whether a file is the summary of a recording, as `annotate` writes it."""
    try:
        return {"record", "summary", "n_beats"} <= json.loads(file.read_bytes()).keys()
    except (OSError, ValueError, AttributeError):
        return False


def _check_free(out: Path, record: str, endings: Sequence[str]) -> None:
    """Raise if there is a file that another program has written."""
    for file in (place(out, record, ending) for ending in endings):
        if os.path.lexists(file):
            raise RecordError(
                f"Record '{record}': '{file}' was not written by annotate, and is not replaced. "
                "Name another folder for the results, or move it away."
            )


def write_sealed(
    out: Path,
    record: str,
    make: Callable[[Path, str], object],
    seal: Callable[[dict[str, Any]], Seal],
    before: Seal,
) -> Seal:
    """Write the results of a recording, whole, in the place of earlier ones.

    Parameters
    ----------
    out : Path
        Folder of all results.
    record : str
        The recording; its folders are made.
    make : callable
        ``make(folder, name)`` writes the files ``name`` with endings into a folder, one of them
        the JSON.
    seal : callable
        ``seal(summary)`` returns the new seal, without files, from the contents of the JSON.
    before : Seal
        The seal of the earlier results.
    """
    target = place(out, record, ".json")
    own = bool(before.files) or _is_summary(target)
    folder, stem = target.parent, target.name.removesuffix(".json")
    folder.mkdir(parents=True, exist_ok=True)
    with naming(folder):
        made = tempfile.TemporaryDirectory(prefix=temporary_prefix(stem), dir=folder)
    with made as work:
        make(Path(work), stem)
        new = {file.name.removeprefix(stem): file for file in sorted(Path(work).iterdir())}
        summary = json.loads(new.pop(".json").read_text(encoding="utf-8"))
        if not own:
            _check_free(out, record, [".json", *new])
        hashes = {ending: file_hash(file) for ending, file in new.items()}
        sealed = seal(summary)

        def write(complete: bool, files: dict[str, list[str]]) -> Seal:
            found = replace(sealed, complete=complete, files=files)
            write_json(target, {**summary, SEAL: found.to_dict()})
            return found

        both = {ending: list(known) for ending, known in before.files.items()}
        for ending, found in hashes.items():
            both[ending] = [*both.get(ending, []), found]
        write(False, both)
        for ending, file in new.items():
            with naming(place(out, record, ending)):
                os.replace(file, place(out, record, ending))
        for ending in before.files.keys() - new.keys():  # of other options
            place(out, record, ending).unlink(missing_ok=True)
        return write(True, {ending: [found] for ending, found in hashes.items()})
