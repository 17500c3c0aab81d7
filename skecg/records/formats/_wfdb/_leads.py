"""Choose the leads of a WFDB recording that are read together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ....utils import suggest
from ..._errors import RecordError
from .._units import units_per_millivolt
from ._header_text import SignalLine

__all__ = ["ChosenLeads", "choose_leads", "default_leads", "is_null", "lead_names", "positions"]

_EMPTY = "0"  # the format of leads without samples, such as those of a layout


@dataclass(frozen=True)
class ChosenLeads:
    """Leads of one rate that are read together.

    Attributes
    ----------
    indices : tuple of int
        Their positions among all leads of the header.
    names : tuple of str
        Their names.
    samples_per_frame : int
        Samples of each in a frame.
    excluded : mapping of str to str
        The other leads, each with the reason.
    """

    indices: tuple[int, ...]
    names: tuple[str, ...]
    samples_per_frame: int
    excluded: Mapping[str, str] = field(default_factory=dict)


def is_null(signals: Sequence[SignalLine]) -> bool:
    """Tell whether no lead has samples, as in a segment that stands for a gap."""
    return all(signal.fmt == _EMPTY for signal in signals)


def lead_names(signals: Sequence[SignalLine]) -> list[str]:
    """Return the names of leads, numbered where the header gives none."""
    return [signal.description or f"lead{i}" for i, signal in enumerate(signals)]


def positions(wanted: Sequence[str], names: Sequence[str]) -> list[int | None]:
    """Return the position of each wanted lead; of equal names, each next one; None if missing."""
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        places.setdefault(name, []).append(i)
    return [places[name].pop(0) if places.get(name) else None for name in wanted]


def default_leads(
    signals: Sequence[SignalLine], frame_rate: float, *, layout: bool = False
) -> ChosenLeads:
    """Choose the leads of voltage at the highest rate among them.

    Parameters
    ----------
    signals : sequence of SignalLine
        All leads.
    frame_rate : float
        Frames per second.
    layout : bool, default=False
        Whether these are the leads of a layout, which have no samples of their own.
    """
    names = lead_names(signals)
    usable = [s for s in signals if _problem(s, s.samples_per_frame, frame_rate, layout) is None]
    spf = max((s.samples_per_frame for s in usable or signals), default=1)
    problems = [_problem(signal, spf, frame_rate, layout) for signal in signals]
    chosen = [i for i, problem in enumerate(problems) if problem is None]
    return ChosenLeads(
        tuple(chosen),
        tuple(names[i] for i in chosen),
        spf,
        {name: why for name, why in zip(names, problems, strict=True) if why is not None},
    )


def choose_leads(
    signals: Sequence[SignalLine],
    wanted: Sequence[str] | None,
    frame_rate: float,
    owner: str,
    *,
    layout: bool = False,
) -> ChosenLeads:
    """Choose leads by name, or all leads of voltage at the highest rate.

    Parameters
    ----------
    signals : sequence of SignalLine
        All leads.
    wanted : sequence of str or None
        Names; None chooses by unit and rate.
    frame_rate : float
        Frames per second.
    owner : str
        The record, for errors.
    layout : bool, default=False
        Whether these are the leads of a layout.

    Raises
    ------
    RecordError
        If a lead is missing, is not in a unit of voltage, or has a lower rate than others named.
    """
    leads = default_leads(signals, frame_rate, layout=layout)
    if wanted is None:
        if not leads.indices:
            raise RecordError(
                f"{owner}: at least one lead must have samples in mV, uV or V. Got "
                f"{leads.excluded}. Correct the units in the header if they are wrong."
            )
        return leads
    names = lead_names(signals)
    places = positions(wanted, names)
    # named leads have their own rate, which may be lower than that of the others
    named = [signals[i] for i in places if i is not None]
    usable = [s for s in named if _problem(s, s.samples_per_frame, frame_rate, layout) is None]
    spf = max((s.samples_per_frame for s in usable), default=leads.samples_per_frame)
    indices = []
    for name, i in zip(wanted, places, strict=True):
        if i is None:
            more = "other " if name in names else ""
            error = RecordError(
                f"{owner}: there is no {more}lead '{name}'. The record has "
                f"{', '.join(map(repr, names))}. Name leads of the record."
            )
            raise suggest(error, "leads")
        problem = _problem(signals[i], spf, frame_rate, layout)
        if problem is not None:
            others = ", ".join(map(repr, leads.names)) or "the leads of another record"
            error = RecordError(
                f"{owner}: lead '{name}' cannot be read: {problem}. Choose among {others}, or "
                "make an ECGRecord of the result of wfdb.rdrecord(path, smooth_frames=False)."
            )
            raise suggest(error, "leads")
        indices.append(i)
    return ChosenLeads(tuple(indices), tuple(names[i] for i in indices), spf)


def _problem(
    signal: SignalLine, samples_per_frame: int, frame_rate: float, layout: bool
) -> str | None:
    """Return the reason for which a lead cannot be read next to the others, or None."""
    if units_per_millivolt(signal.unit) is None:
        return f"its unit is '{signal.unit}', not mV, uV or V"
    if signal.fmt == _EMPTY and not layout:
        return "it has no samples (format 0)"
    if signal.samples_per_frame != samples_per_frame:
        own, highest = (n * frame_rate for n in (signal.samples_per_frame, samples_per_frame))
        return f"its sampling frequency is {own:g} Hz, and that of the others {highest:g} Hz"
    return None
