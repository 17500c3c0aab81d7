"""Load beats as all commands do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._terminal import Terminal

NOT_ALL = "no row for one of the models"


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


def same_beats(kinds: Sequence[Any]) -> tuple[list[Any], Any]:
    """Leave to rows of different kinds the beats that all have; also what made no row.

    Wider windows lose more beats at the ends of recordings and at gaps.
    """
    import pandas as pd

    from .. import take_beats

    first, *others = kinds
    if not others:
        return [first], first.skipped
    places = [_places(beats.meta) for beats in kinds]
    common = places[0]
    for other in places[1:]:
        common = common[common.isin(other)]
    taken = [
        beats if len(place) == len(common) else take_beats(beats, place.isin(common))
        for beats, place in zip(kinds, places, strict=True)
    ]
    lost = first.meta.loc[~places[0].isin(common), "record"].value_counts(sort=False)
    not_all = pd.DataFrame({"record": lost.index, "reason": NOT_ALL, "count": lost.to_numpy()})
    return taken, pd.concat([first.skipped, not_all], ignore_index=True)


def _places(meta: Any) -> Any:
    """Where beats are: record, position, and number there, should it hold several."""
    import pandas as pd

    number = meta.groupby(["record", "sample"]).cumcount()
    return pd.MultiIndex.from_arrays([meta["record"], meta["sample"], number])
