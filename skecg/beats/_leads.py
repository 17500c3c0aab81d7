"""Choose the leads of a record that its rows hold."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..records import RecordError
from ..utils import Rule, check_value, is_int, suggest

__all__ = [
    "LeadEntry",
    "check_not_flat",
    "choose_leads",
    "joined_names",
    "lead_entries",
    "needed_leads",
]

#: One lead of a row: an index, or names in order of preference.
LeadEntry: TypeAlias = int | tuple[str, ...]


class HasLeads(Protocol):
    """A record, or facts about the leads of one."""

    @property
    def name(self) -> str:
        """Name of the record."""

    @property
    def lead_names(self) -> tuple[str, ...]:
        """Names of the leads."""

    @property
    def n_leads(self) -> int:
        """Number of leads."""

    @property
    def signal(self) -> NDArray[np.float32]:
        """Samples of all leads, (n_samples, n_leads); the extremes are enough."""


_NO_LEAD = "(none)"  # in place of the name of a lead that is missing


def lead_entries(leads: object) -> list[LeadEntry]:
    """Return one index or tuple of names for each lead of a row, or raise.

    Parameters
    ----------
    leads : str, int, list or None
        The parameter of `BeatExtractor`.

    Examples
    --------
    >>> from skecg.beats._leads import lead_entries
    >>> lead_entries(["V5", 0, ("MLII", "II")])
    [('V5',), 0, ('MLII', 'II')]
    """
    check_value(leads, LEADS, "leads", "BeatExtractor")
    return _entries(leads)


def _entries(leads: object) -> list[LeadEntry]:
    """Return one entry for each lead of a row; none if any of them is not possible."""
    if leads is None:
        return [0]
    if isinstance(leads, str) or is_int(leads):
        leads = [leads]
    if not isinstance(leads, Sequence):
        return []
    entries = [_entry(lead) for lead in leads]
    return [] if None in entries else entries  # type: ignore[return-value]


def _entry(lead: object) -> LeadEntry | None:
    if isinstance(lead, str):
        return (lead,)
    if is_int(lead) and lead >= 0:
        return int(lead)
    if isinstance(lead, tuple | list) and lead and all(isinstance(name, str) for name in lead):
        return tuple(lead)
    return None


LEADS = Rule(
    lambda leads: bool(_entries(leads)),
    "None (the first lead) or a list with one entry for each lead of a row: a name, a tuple of "
    "names in order of preference, or an index from 0",
)


def choose_leads(
    record: HasLeads, entries: Sequence[LeadEntry], missing_leads: str = "error"
) -> list[int | None]:
    """Choose a column of the record's signal for each entry; none is chosen twice.

    Parameters
    ----------
    record : ECGRecord
        The recording.
    entries : list of int or tuple of str
        The leads wanted, as `lead_entries` returns them.
    missing_leads : {"error", "zeros"}, default="error"
        With "zeros" the column of an entry is None if its lead is missing or flat; one entry at
        least must have a lead.

    Raises
    ------
    RecordError
        If the record lacks a lead.
    """
    chosen: list[int | None] = []
    errors: list[RecordError] = []
    for entry in entries:
        try:
            lead = _choose(record, entry, chosen)
            if missing_leads == "zeros":
                check_not_flat(record, lead)
            chosen.append(lead)
        except RecordError as error:
            errors.append(error)
            if missing_leads == "error" or len(errors) == len(entries):
                raise errors[0] from None
            chosen.append(None)
    return chosen


def needed_leads(names: Sequence[str], entries: Sequence[LeadEntry]) -> list[str] | None:
    """Return the names of the leads that rows hold, if a record of only these makes equal rows.

    Parameters
    ----------
    names : sequence of str
        Names of all leads of a record.
    entries : list of int or tuple of str
        The leads wanted, as `lead_entries` returns them.

    Returns
    -------
    list of str or None
        The lead of each entry; None where one is missing or has the name of another, or where
        an index would be that of another lead in the smaller record.

    Examples
    --------
    >>> from skecg.beats._leads import needed_leads
    >>> needed_leads(["II", "V5", "ABP"], [("MLII", "II")])
    ['II']
    """
    chosen: list[str] = []
    for entry in entries:
        wanted = names[entry : entry + 1] if isinstance(entry, int) else entry
        found = [name for name in wanted if name in names and name not in chosen]
        moved = isinstance(entry, int) and entry != len(chosen)
        if not found or moved or names.count(found[0]) > 1:
            return None
        chosen.append(found[0])
    return chosen


def _choose(record: HasLeads, entry: LeadEntry, chosen: Sequence[int | None]) -> int:
    """Choose the first column for an entry that no entry before has taken."""
    if isinstance(entry, int):
        candidates = [entry] if entry < record.n_leads else []
    else:
        candidates = [i for n in entry for i, name in enumerate(record.lead_names) if name == n]
    free = [i for i in candidates if i not in chosen]
    if not free:
        wanted = f"number {entry}" if isinstance(entry, int) else " or ".join(map(repr, entry))
        why = "is already another lead of the row" if candidates else "is missing"
        error = RecordError(
            f"Record {record.name!r}: lead {wanted} {why}. The record has "
            f"{_quoted(record.lead_names)}. Name alternatives in order of preference, such as "
            "leads=[('MLII', 'V5')], put zeros in its place (missing_leads='zeros'), or exclude "
            "the record."
        )
        raise suggest(error, "leads", "missing_leads")
    return free[0]


def check_not_flat(record: HasLeads, lead: int) -> None:
    """Refuse a lead without any change: its beats would all be the same row."""
    values = record.signal[:, lead]
    low, high = np.fmin.reduce(values), np.fmax.reduce(values)  # these ignore NaN
    if low < high:
        return
    problem = "holds no signal" if np.isnan(low) else f"is flat ({low:g} mV throughout)"
    others = [name for i, name in enumerate(record.lead_names) if i != lead]
    way_out = f"Choose another lead ({_quoted(others)}) with leads=[...], or exclude"
    error = RecordError(
        f"Record {record.name!r}: lead {record.lead_names[lead]!r} {problem}. "
        f"{way_out if others else 'Exclude'} the record (on_error='warn' of load_beats)."
    )
    raise suggest(error, "leads")


def joined_names(record: HasLeads, chosen: Sequence[int | None]) -> str:
    """Join the names of the chosen leads as the table of beats has them, as "MLII+V5"."""
    return "+".join(_NO_LEAD if i is None else record.lead_names[i] for i in chosen)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
