"""Load beats as all commands do."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..utils import count, listed
from ._fetch import folders_of
from ._terminal import Terminal

if TYPE_CHECKING:
    from ..beats import BeatExtractor, Beats

NO_ANNOTATIONS = "record excluded: it has no annotations '{}'"


class ReadingOptions(Protocol):
    """Options of the commands that read recordings."""

    @property
    def jobs(self) -> int:
        """Recordings read at the same time."""

    @property
    def annotator(self) -> str:
        """Ending of the annotation files."""

    @property
    def skip_broken(self) -> bool:
        """Whether recordings that cannot be used are excluded."""


class ChoosingOptions(ReadingOptions, Protocol):
    """Options of the commands that choose recordings and say who is who."""

    @property
    def folders(self) -> list[Path]:
        """Folders with recordings, or names of databases."""

    @property
    def records(self) -> Path | None:
        """File of names, or name of a set."""

    @property
    def subjects(self) -> Path | None:
        """File of subjects."""


def choose(
    terminal: Terminal, options: ChoosingOptions
) -> tuple[list[Path], dict[str, str] | None]:
    """Find the records in the folders, select some, and read the subject of each.

    A database that is named in place of a folder is fetched if it is not there.

    Returns
    -------
    paths : list of pathlib.Path
        The selected records.
    subjects : dict of str to str or None
        Their subjects by path; None without ``--subjects``.
    """
    from .. import find_records, select_records
    from ..records._subject_table import assign_subjects, read_subjects

    folders = folders_of(terminal, options.folders, options.records)
    on_error = "warn" if options.skip_broken else "raise"
    found = find_records(folders, annotator=options.annotator, on_error=on_error)
    paths = found if options.records is None else select_records(found, options.records)
    if options.subjects is None:
        return paths, None
    table = read_subjects(options.subjects)
    who = assign_subjects(found, table, f"'{options.subjects}'", needed=paths)
    by_path = dict(zip(found, who, strict=True))
    return paths, {os.fspath(path): str(by_path[path]) for path in paths}


def load(
    terminal: Terminal,
    paths: Sequence[Path],
    extractor: "BeatExtractor",
    options: ReadingOptions,
    subjects: Mapping[str, str] | None = None,
) -> "Beats":
    """Read records and cut their beats, with a progress bar on a terminal."""
    import pandas as pd

    from .. import load_beats

    labelled, unlabelled = _by_annotations(paths, options.annotator)
    if subjects is not None:
        subjects = {os.fspath(path): subjects[os.fspath(path)] for path in labelled}

    beats = load_beats(
        labelled,
        extractor=extractor,
        annotator=options.annotator,
        subjects=subjects,
        n_jobs=options.jobs,
        on_error="warn" if options.skip_broken else "raise",
        verbose=int(terminal.shows_progress),
    )
    assert not isinstance(beats, tuple)
    if unlabelled:
        names = [path.name for path in unlabelled]
        rows = {"record": names, "reason": NO_ANNOTATIONS.format(options.annotator), "count": 0}
        beats.skipped = pd.concat([beats.skipped, pd.DataFrame(rows)], ignore_index=True)
        terminal.note(
            f"{count(len(names), 'recording')} without annotations '{options.annotator}': "
            f"{listed(names)}"
        )
    return beats


def _by_annotations(paths: Sequence[Path], annotator: str) -> tuple[list[Path], list[Path]]:
    """Return the records that have annotations, and those without any; all if none has."""
    from ..records.formats import has_annotations, locate

    without = [path for path in paths if not has_annotations(locate(path).path, annotator)]
    if len(without) == len(paths):
        return list(paths), []  # reading says which annotators there are
    return [path for path in paths if path not in set(without)], without
