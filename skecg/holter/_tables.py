"""The tables of the page."""

from collections.abc import Callable

from ..report._page import Cell, Markup, joined, lines, table, tag
from ..utils import count
from . import _wording as words
from ._clock import Clock, hms
from ._events import NAMES
from ._parts import Ectopy, Episodes, Run
from ._performance import Performance
from ._summary import HolterSummary, burden_text

MOST_ROWS = 20  # of pauses
NOTHING = "-"


def ectopy_table(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the table of V and S."""
    of_class = (summary.v, summary.s)
    columns = ["", *(one.label for one in of_class)]
    rows: list[tuple[str, Callable[[Ectopy], object]]] = [
        ("Beats", lambda of: tag("b", f"{of.count:,}")),
        ("Likely true number", _likely),
        ("Burden, % of classified beats", lambda of: burden_text(of.burden)),
        ("Beats to review among them", lambda of: f"{of.uncertain:,}"),
        ("Single beats", lambda of: f"{of.singles:,}"),
        ("Couplets", lambda of: f"{of.couplets:,}"),
        ("Runs of 3 and more", lambda of: f"{of.runs:,}"),
        ("Longest run", lambda of: _run(of.longest_run, clock)),
        ("Fastest run", lambda of: _run(of.fastest_run, clock)),
        ("Bigeminy", lambda of: _episodes(of.bigeminy)),
        ("Trigeminy", lambda of: _episodes(of.trigeminy)),
    ]
    caption = "; ".join(f"{one.label}: {NAMES[one.label]} beats" for one in of_class)
    caption += "; each beat counts in one pattern: those of bigeminy are not among the single ones"
    written = [[name, *(write(one) for one in of_class)] for name, write in rows]
    return table(caption, columns, written, class_="pairs")


def _likely(of: Ectopy) -> str:
    """Write the interval of the true number."""
    return NOTHING if of.estimate is None else f"{of.estimate.low:,} to {of.estimate.high:,}"


def _run(one: Run | None, clock: Clock) -> str:
    """Write a run."""
    if one is None:
        return NOTHING
    return f"{count(one.beats, 'beat')} at {one.rate:.0f}/min, {clock.write(one.seconds)}"


def _episodes(of: Episodes) -> str:
    """Write episodes."""
    if not of.count:
        return "0"
    return f"{of.count:,} ({count(of.beats, 'beat')}, longest {of.longest})"


def performance_table(known: Performance) -> Markup:
    """Return Se and +P of the model by database."""
    databases = list(next(iter(known.metrics.values())))
    rows = [
        [
            f"{label}: {name}",
            *(words.with_limits(*known.metrics[label][one][name]) for one in databases),
        ]
        for label in ("V", "S", "N")
        for name in ("Se", "+P")
    ]
    caption = (
        "Accuracy of the model in people it was not trained on, at annotated beats: percent, with "
        "95 % intervals over people. Se: share of the beats of the class that are found; +P: "
        "share of the beats called so that are of the class"
    )
    return table(caption, ["", *databases], rows, class_="accuracy")


def rate_table(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the table of the heart rate."""
    rate = summary.heart_rate
    rows = [["Mean", _whole(rate.mean), ""]]
    for name, one in (("Lowest minute", rate.minimum), ("Highest minute", rate.maximum)):
        if one is not None and rate.minutes > 1:
            rows.append([name, _whole(one.value), clock.write(one.seconds)])
    if summary.start is not None:
        between = " to ".join(hms(3600 * hour, pad=True)[:-3] for hour in summary.night)
        rows += [["Day", _whole(rate.day), ""], ["Night", _whole(rate.night), between]]
    rows += [
        ["Minutes over 100, %", _share(rate.over_100), f"of {rate.minutes:,}"],
        ["Minutes under 50, %", _share(rate.under_50), f"of {rate.minutes:,}"],
    ]
    return table("Heart rate per minute", ["", "Rate", "When"], rows)


def nn_table(summary: HolterSummary) -> Markup:
    """Return the table of the NN intervals."""
    nn = summary.nn
    rows = [
        ["NN intervals", f"{nn.count:,}"],
        ["Mean NN, ms", _whole(nn.mean)],
        ["SDNN, ms", _whole(nn.sdnn)],
        ["RMSSD, ms", _whole(nn.rmssd)],
        ["pNN50, %", _share(nn.pnn50)],
        ["SDANN, ms", _whole(nn.sdann)],
    ]
    return table("Intervals between normal beats", ["", "Value"], rows)


def pause_table(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the table of the pauses."""
    pauses, least = summary.pauses, f"{summary.pause:g} s"
    if not pauses:
        return lines(f"No pause of {least} or longer.")
    longest = sorted(pauses, key=lambda one: -one.value)[:MOST_ROWS]
    rows = [[clock.write(one.seconds), f"{one.value:.2f}"] for one in longest]
    more = f", the {MOST_ROWS} longest of {len(pauses):,}" if len(pauses) > MOST_ROWS else ""
    return table(f"Pauses of {least} and longer{more}", ["Begins at", "Seconds"], rows)


def hour_table(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the table by hour."""
    hours = summary.hours
    most = {one: max(getattr(hour, one) for hour in hours) for one in ("v", "s")}
    rows = [
        [
            clock.write(hour.seconds),
            f"{hour.analysable / 60:.0f}",
            f"{hour.beats:,}",
            _whole(hour.mean),
            _whole(hour.minimum),
            _whole(hour.maximum),
            *(_bar_cell(getattr(hour, one), most[one], one) for one in ("v", "s")),
            f"{hour.pauses:,}",
        ]
        for hour in hours
    ]
    columns = ["From", "Minutes", "Beats", "Mean", "Lowest", "Highest", "V", "S", "Pauses"]
    caption = "Each hour: analysable minutes, beats, heart rate per minute, V, S and pauses"
    return table(caption, columns, rows, class_="hours")


def heart_rate_tables(summary: HolterSummary, clock: Clock) -> Markup:
    """Return heart rate, NN intervals and pauses."""
    two = tag("div", rate_table(summary, clock), nn_table(summary), class_="beside")
    return joined(two, pause_table(summary, clock))


def _bar_cell(n: int, most: int, name: str) -> Cell:
    """Return a number over a bar."""
    share = n / most if most else 0.0
    return Cell(f"{n:,}", f"bar-{name}", f"--share:{100 * share:.0f}%")


def _whole(value: float | None) -> str:
    """Write a number without decimals."""
    return "-" if value is None else f"{value:.0f}"


def _share(value: float | None) -> str:
    """Write a share in percent."""
    return "-" if value is None else f"{100 * value:.1f}"
