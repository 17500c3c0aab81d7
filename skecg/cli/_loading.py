"""Load beats as all commands do."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ._terminal import Terminal

if TYPE_CHECKING:
    from ..beats import BeatExtractor, Beats


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


def load(
    terminal: Terminal,
    paths: Sequence[Path],
    extractor: "BeatExtractor",
    options: ReadingOptions,
) -> "Beats":
    """Read records and cut their beats, with a progress bar on a terminal."""
    from .. import load_beats

    beats = load_beats(
        paths,
        extractor=extractor,
        annotator=options.annotator,
        n_jobs=options.jobs,
        on_error="warn" if options.skip_broken else "raise",
        verbose=int(terminal.shows_progress),
    )
    assert not isinstance(beats, tuple)
    return beats
