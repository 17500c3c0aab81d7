"""Beats in words: the description that beats carry, and their repr."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from ..layout import BeatLayout
from ..utils import count

__all__ = ["HEADING", "describe", "summarize"]

HEADING = "Heartbeats cut from ECG recordings, one row each."
_MOST_LEADS = 4  # named in a repr
_SIMULATED = "simulated:"  # prefix of the subjects of simulated records


def describe(beats: Bunch) -> str:
    """Describe beats, how they were made and what was excluded; several lines."""
    meta, skipped = beats.meta, beats.skipped
    per_record = meta.drop_duplicates("record")
    rates = {f"{rate:g} Hz": n for rate, n in per_record["fs"].value_counts().items()}
    lines = [
        HEADING,
        "",
        f"Beats: {len(meta)}, of {beats.layout.n_features} columns each ({beats.layout})",
        f"Classes: {_classes(beats)}",
        f"Records: {len(per_record)}, of {meta['subject'].nunique()} subjects",
        f"Leads (records): {_counted(per_record['leads'].value_counts())}",
        f"Sampling frequency: {beats.fs:g} Hz; that of the records: {_counted(rates)}",
        f"Settings: {beats.extractor!r}",
        f"Beats excluded: {_counted(_excluded(skipped))}",
    ]
    if len(broken := skipped[skipped["count"] == 0]):
        lines.append("Records without beats here:")
        lines += [f"  {row.record}: {row.reason}" for row in broken.itertuples()]
    return "\n".join(lines)


def summarize(beats: Bunch) -> str:
    """Describe beats in a few lines, for their repr."""
    per_record = beats.meta.drop_duplicates("record")
    head = f"{len(beats):,} of {count(per_record['subject'].nunique(), 'subject')}"
    head += f" in {count(len(per_record), 'record')}{_simulated(per_record['subject'])}"

    leads = per_record["leads"].value_counts()
    n_excluded = int(beats.skipped["count"].sum())
    n_broken = int((beats.skipped["count"] == 0).sum())
    parts = {
        "classes": _classes(beats),
        "rows": f"{_columns(beats.layout, beats.fs)}",
        "leads": _counted(leads.head(_MOST_LEADS)) + ", ..." * (len(leads) > _MOST_LEADS),
        "excluded": count(n_excluded, "beat")
        + (f", {count(n_broken, 'record')}" if n_broken else ""),
    }
    lines = [f"  {name + ':':10}{text}" for name, text in parts.items()]
    return "\n".join([f"<Beats: {head}>", *lines])


def _simulated(subjects: Iterable[str]) -> str:
    """Write whether all or some subjects are simulated, by the prefix of their names."""
    made = {name.startswith(_SIMULATED) for name in subjects}
    return ", simulated" if made == {True} else ", some simulated" if True in made else ""


def _columns(layout: BeatLayout, fs: float) -> str:
    """Write what a row holds, as "50 samples at 250 Hz x 2 leads"."""
    text = f"{count(layout.n_samples, 'sample')} at {fs:g} Hz x {count(layout.leads, 'lead')}"
    if len(layout.channels) > 1:
        text += f" x {len(layout.channels)} channels"
    if layout.scalars:
        text += f", {count(len(layout.scalars), 'scalar')}"
    return text


def _classes(beats: Bunch) -> str:
    """Write the number of beats of each class, as "N 200, V 12"."""
    return _counted(pd.Series(np.asarray(beats.target)).value_counts(), beats.target_names)


def _excluded(skipped: pd.DataFrame) -> pd.Series:
    """Count the excluded beats by reason."""
    by_reason = skipped.groupby("reason", sort=True)["count"].sum()
    return by_reason[by_reason > 0]


def _counted(counts: Mapping[Any, int] | pd.Series, order: Sequence[str] | None = None) -> str:
    """Write names with their counts, as "N 200, V 12"."""
    names = list(counts.keys()) if order is None else order
    return ", ".join(f"{name} {counts[name]}" for name in names) or "none"
