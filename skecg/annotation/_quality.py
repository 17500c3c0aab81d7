"""Where leads cannot be used, and where no beat is found: tables, warnings and WFDB marks."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..annotated import NO_BEAT, QUALITY_COLUMNS, UNUSABLE
from ..detection._find import LeadState
from ..utils import count, warn
from ._detection import Detection, Runs
from ._source import Source

__all__ = ["NO_BEATS", "quality_table", "skipped_table", "warn_of_quality"]

NO_BEATS = 8.0  # seconds; the pauses of a heart are shorter
_WORTH_SAYING = 0.5  # seconds
_STATES = {
    LeadState.FLAT: "flat",
    LeadState.MISSING: "missing",
    LeadState.NOISY: "noisy",
}


def quality_table(source: Source, detection: Detection, leads: Sequence[int]) -> pd.DataFrame:
    """Return the stretches in which leads cannot be used or no beat was found."""
    parts = []
    for lead in leads:
        runs = detection.runs[lead]
        states = [_STATES[LeadState(state)] for state in runs.state.tolist()]
        parts.append(_stretches(runs.start, runs.stop, source.lead_names[lead], states))
    off = detection.off(leads, source.n_samples)
    parts.append(_stretches(off.start, off.stop, "", UNUSABLE))
    start, stop = _without_beat(detection.sample, off, source.n_samples, source.fs)
    parts.append(_stretches(start, stop, "", NO_BEAT))
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values("start", kind="stable", ignore_index=True)


def _stretches(
    start: NDArray[np.int64], stop: NDArray[np.int64], lead: str, state: str | list[str]
) -> pd.DataFrame:
    columns = zip(QUALITY_COLUMNS, (start, stop, lead, state), strict=True)
    table = pd.DataFrame(dict(columns), index=range(len(start)))
    return table.astype({"start": np.int64, "stop": np.int64, "lead": str, "state": str})


def _without_beat(
    sample: NDArray[np.int64], off: Runs, n_samples: int, fs: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the stretches of 8 s or longer with a usable lead and no beat.

    Beats, the ends of the recording and stretches in which no lead can be used end one:

        beats    x  x                    x  x
        off               ======
        found        [   ]      [       ]
    """
    start = np.concatenate([[0], sample, off.stop])
    stop = np.concatenate([sample, off.start, [n_samples]])
    start, stop = np.sort(start), np.sort(stop)
    # a stretch that begins inside one that is off has no length, or a negative one
    long = stop - start >= NO_BEATS * fs
    return start[long], stop[long]


def skipped_table(reasons: dict[str, int], quality: pd.DataFrame, fs: float) -> pd.DataFrame:
    """Return why beats have no class and where no beat was found, with counts."""
    rows = list(reasons.items())
    for state, text in (
        (UNUSABLE, "no lead can be used from {:.1f} s to {:.1f} s"),
        (NO_BEAT, "no beat found from {:.1f} s to {:.1f} s"),
    ):
        of_state = quality[quality["state"] == state]
        spans = zip(of_state["start"] / fs, of_state["stop"] / fs, strict=True)
        rows += [(text.format(*span), 0) for span in spans]
    table = pd.DataFrame(rows, columns=["reason", "count"])
    return table.astype({"reason": str, "count": np.int64})


def warn_of_quality(source: Source, quality: pd.DataFrame, n_unclassified: int) -> None:
    """Warn of leads that cannot be used for some time, and of stretches without beats.

    ``n_unclassified`` beats have no class because of such leads or of gaps.
    """
    seconds = (quality["stop"] - quality["start"]) / source.fs
    by_lead: dict[tuple[str, str], float] = {}
    for lead, state, n in zip(quality["lead"], quality["state"], seconds, strict=True):
        if lead:
            by_lead[lead, state] = by_lead.get((lead, state), 0.0) + n
    texts = [
        f"{lead!r} is {state} for {n:.1f} s"
        for (lead, state), n in by_lead.items()
        if n >= _WORTH_SAYING
    ]
    if texts or n_unclassified:
        text = f"Record {source.name!r}:"
        if texts:
            text += f" lead {', '.join(texts)}."
        if n_unclassified:
            faults = "these" if texts else "short gaps in the signal"
            n = count(n_unclassified, "beat")
            verb = "has" if n_unclassified == 1 else "have"
            text += f" {n} whose window touches {faults} {verb} the symbol Q."
        if lost := float(seconds[quality["state"] == UNUSABLE].sum()):
            text += f" No lead can be used for {lost:.1f} s: no beats were looked for there."
        warn(text)
    empty = quality[quality["state"] == NO_BEAT]
    if len(empty):
        spans = [
            f"{start:.1f} s to {stop:.1f} s"
            for start, stop in zip(
                empty["start"] / source.fs, empty["stop"] / source.fs, strict=True
            )
        ]
        shown = ", ".join(spans[:5]) + (f" and {len(spans) - 5} more" if len(spans) > 5 else "")
        warn(
            f"Record {source.name!r}: no beat found from {shown}. If the ECG has beats there, a "
            "lead is off or noisy: choose another lead or another detector."
        )
