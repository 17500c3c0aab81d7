"""The report as a page of HTML, as the commands write it."""

import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._files import write_text
from ._settings import plain
from ._tables import count

if TYPE_CHECKING:
    from ._judged import Judged

MOST_RECORDS = 100  # named one by one


def write_page(
    path: Path,
    title: str,
    judged: "Judged",
    beats: Any,
    pictures: Mapping[str, Any],
    *,
    facts: Mapping[str, Any],
    shared: Sequence[str],
    skipped: Any,
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    warnings: Sequence[str],
) -> Path:
    """Write the page of one model on some beats."""
    text = judged.report.to_html(
        title=title,
        facts=dict(facts) | _facts(judged, beats),
        pictures=pictures,
        leaks=shared,
        skipped=skipped,
        warnings=warnings,
        settings=settings,
        versions=versions,
    )
    return write_text(path, text)


def named(folders: Sequence[Path]) -> str:
    """Name folders without where they are."""
    return ", ".join(folder.absolute().name for folder in folders)


def trained_on(n_beats: int | None, subjects: Collection[str] | None) -> str:
    """Say what a model was trained on, as far as it is known."""
    if not n_beats:
        return "not known"
    of = f" of {count(len(subjects), 'subject')}" if subjects else ""
    return count(n_beats, "beat") + of


def _facts(judged: "Judged", beats: Any) -> dict[str, Any]:
    """Tell what was judged: the model, the recordings, the rows, the command."""
    from .._unwrap import last_step

    extractor, leads = beats.extractor, sorted(set(beats.meta["leads"].tolist()))
    records = beats.meta["record"].drop_duplicates().tolist()
    named = ", ".join(records[:MOST_RECORDS]) + " ..." * (len(records) > MOST_RECORDS)
    before, after = (1000 * seconds for seconds in extractor.window)
    rows = f"{before:g} ms before to {after:g} ms after the peak, at {beats.fs:g} Hz"
    if extractor.context is not None:
        rows += f", in a context of {extractor.context:g} s"
    return {
        "Network": type(last_step(judged.model)).__name__,
        "Records": f"{len(records):,}: {named}",
        "Class map": str(plain({"": extractor.classes})[""]),
        "Rows": rows,
        "Leads": "; ".join(leads),
        "Command": shlex.join(["skecg", *sys.argv[1:]]),
    }
