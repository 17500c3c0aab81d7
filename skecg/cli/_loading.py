"""Load beats as all commands do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._terminal import Terminal


def load(
    terminal: Terminal,
    paths: Sequence[Path],
    extractor: Any,
    *,
    jobs: int,
    annotator: str,
    skip_broken: bool,
) -> Any:
    """Read records and cut their beats, with a bar on a terminal."""
    from .. import load_beats

    try:
        return load_beats(
            paths,
            extractor=extractor,
            annotator=annotator,
            n_jobs=jobs,
            on_error="warn" if skip_broken else "raise",
            verbose=int(terminal.shows_progress),
        )
    except (ValueError, OSError) as error:
        if any("was reading" in note for note in getattr(error, "__notes__", ())):
            error.add_note("--skip-broken leaves such recordings out and says so.")
        raise
