"""The head of the page: what to look at first, and cards with the key figures."""

from collections.abc import Iterable

from ..report._page import Markup, joined, tag
from ..utils import count
from . import _wording as words
from ._clock import Clock
from ._events import NAMES
from ._parts import Ectopy
from ._performance import Performance
from ._summary import HolterSummary, burden_text
from ._svg import ink_of


def look_at_first(summary: HolterSummary, clock: Clock) -> Markup | None:
    """Return the findings that every reading decides on, if there are any."""
    found = words.findings(summary, clock)
    if not found:
        return None
    parts = [
        tag("li", tag("a", head, href=f"#{place}"), f" {more}") for head, more, place in found
    ]
    head = tag("p", tag("b", "Look at first"))
    return tag("div", head, tag("ul", *parts), class_="callout", role="note")


def cards(summary: HolterSummary, clock: Clock, review: Markup) -> Markup:
    """Return the key figures; the last card is that of the beats to review."""
    drawn = [
        _rate_card(summary, clock),
        *(_ectopy_card(one) for one in (summary.v, summary.s)),
        _pause_card(summary, clock),
        _beats_card(summary),
        review,
    ]
    return tag("ul", *drawn, class_="cards figures")


def _rate_card(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the card of the heart rate."""
    rate = summary.heart_rate
    if rate.mean is None:
        return _card("Heart rate", "-", ["no intervals"])
    more: list[object] = ["per minute, mean"]
    for name, one in (("lowest", rate.minimum), ("highest", rate.maximum)):
        if one is not None and rate.minutes > 1:
            more.append(f"{name} {one.value:.0f} at {clock.write(one.seconds)}")
    return _card("Heart rate", f"{rate.mean:.0f}", more)


def _ectopy_card(of: Ectopy) -> Markup:
    """Return the card of ectopic beats."""
    share = f"{burden_text(of.burden)} % of the beats"
    more: list[object] = ["" if of.burden is None else share]
    if of.estimate is not None:
        likely = f"likely {of.estimate.low:,} to {of.estimate.high:,}"
        sure = f" ({100 * of.estimate.confidence:.0f} % interval)"
        more.append(tag("span", tag("b", likely), sure))
    more.append(_patterns(of))
    name = joined(tag("b", of.label, style=f"color:{ink_of(of.label)}"), _text(NAMES[of.label]))
    return _card(name, f"{of.count:,}", more)


def _text(words_: str) -> Markup:
    """Return words after a blank."""
    return tag("span", f" {words_}")


def _pause_card(summary: HolterSummary, clock: Clock) -> Markup:
    """Return the card of the pauses."""
    more: list[object] = [f"of {summary.pause:g} s and longer"]
    if summary.pauses:
        longest = max(summary.pauses, key=lambda one: one.value)
        more.append(f"longest {longest.value:.2f} s at {clock.write(longest.seconds)}")
    return _card("Pauses", f"{len(summary.pauses):,}", more)


def _beats_card(summary: HolterSummary) -> Markup:
    """Return the card of all beats."""
    others = [f"{summary.counts[one]:,} {one}" for one in "NFQ" if summary.counts[one]]
    share = percent_of(summary.analysable, summary.duration)
    return _card(
        "Beats", f"{summary.beats:,}", [", ".join(others), f"{share} of the time analysable"]
    )


def review_card(n: int | None, review_below: float, known: Performance | None) -> Markup:
    """Return the card of the beats to review; n is None without probabilities."""
    if n is None:
        return _card("To review", "-", ["the model gives no probabilities"])
    more: list[object] = [f"beats under {100 * review_below:g} % certainty"]
    if known is not None:
        share = known.share_of_errors(review_below)
        more.append(f"in other people {100 * share:.0f} % of all errors")
    return _card("To review", f"{n:,}", more)


def _card(name: object, figure: str, more: Iterable[object]) -> Markup:
    """Return a card with a key figure."""
    details = [tag("span", one) for one in more if one]
    return tag(
        "li", tag("h3", name), tag("p", figure, class_="figure"), tag("p", *details, class_="more")
    )


def _patterns(of: Ectopy) -> str:
    """Write the patterns of ectopic beats."""
    parts = []
    if of.runs:
        parts.append(count(of.runs, "run"))
    if of.couplets:
        parts.append(count(of.couplets, "couplet"))
    if of.bigeminy.count:
        parts.append("bigeminy")
    if of.trigeminy.count:
        parts.append("trigeminy")
    return ", ".join(parts)


def percent_of(part: float, whole: float) -> str:
    """Write a share in percent; 100 only if it is all."""
    share = 100 * part / whole if whole else 0.0
    return "100 %" if part >= whole else f"{min(share, 99.9):.1f} %"
