"""Sentences of the page."""

from ..report._page import Markup, joined, lines, tag
from ..utils import count
from ._clock import Clock, lasting
from ._parts import Ectopy
from ._performance import Performance
from ._summary import HolterSummary, burden_text
from ._svg import COLORS

RESEARCH = "For research and teaching."
NOT_A_DEVICE = (
    "Made by skecg, research software and not a medical device. Beats were found and classified "
    "automatically; nothing here is a diagnosis."
)
STRIPS = (
    "ECG paper: thick lines are 0.2 s and 0.5 mV apart (25 mm/s and 10 mm/mV), unless a strip says "
    "otherwise; in print to scale. Letters are the predicted classes, numbers the RR intervals "
    "in ms."
)
TEMPLATES = (
    "Median of up to 24 beats of each class, evenly chosen over the recording, with the range from "
    "the 10th to the 90th percentile; dashed: the normal beat. Paper as above."
)
STATES = {
    "unusable": "no lead can be used",
    "no beat": "leads can be used, but no beat was found: look at the signal",
}
NOT_LOOKED_FOR = (
    "Rhythms are not classified: neither atrial fibrillation or flutter, nor atrioventricular "
    "block, nor ventricular fibrillation. In atrial fibrillation many normal beats are counted "
    "as S; a sustained supraventricular tachycardia is counted as N.",
    "ST segment, QT interval and pacing are not measured.",
)
# Findings that every reading decides on: Fiorina et al., J Am Heart Assoc 11:e026196 (2022),
# https://doi.org/10.1161/JAHA.122.026196: pauses, VT (four and more V, each RR under 500 ms,
# here by the mean), V burden of 10 % and more.
VT_BEATS, VT_RATE, HIGH_BURDEN = 4, 120.0, 0.1
MUCH_LOST = 0.1  # share of the time
LOW_PRECISION = 70.0  # percent


def findings(summary: HolterSummary, clock: Clock) -> list[tuple[str, str, str]]:
    """Return findings to look at first: words, more of them, and the section."""
    found = []
    v, run = summary.v, summary.v.fastest_run
    if run is not None and v.longest_run is not None:
        longest = v.longest_run
        if max(run.beats, longest.beats) >= VT_BEATS and run.rate >= VT_RATE:
            more = f"longest {count(longest.beats, 'beat')}, fastest {run.rate:.0f} per minute."
            found.append((f"{count(v.runs, 'V run')}:", more, "events"))
    if summary.pauses:
        longest_pause = max(summary.pauses, key=lambda one: one.value)
        more = f"longest {longest_pause.value:.2f} s at {clock.write(longest_pause.seconds)}."
        found.append((f"{count(len(summary.pauses), 'pause')}:", more, "rhythm"))
    if v.burden is not None and v.burden >= HIGH_BURDEN:
        found.append(("V burden", f"{burden_text(v.burden)} % of the beats.", "ectopy"))
    silent = [one for one in summary.without_beats if one.state == "no beat"]
    if silent:
        more = f"with a usable lead, {lasting(sum(one.duration for one in silent))} in all."
        found.append(
            (f"{count(len(silent), 'stretch', 'stretches')} without beats", more, "missing")
        )
    lost = summary.duration - summary.analysable
    if lost >= MUCH_LOST * summary.duration and summary.duration:
        more = f"in {100 * lost / summary.duration:.0f} % of the time."
        found.append(("No usable lead", more, "missing"))
    if not summary.beats:
        found.append(("No beats", "were found.", "missing"))
    return found


def legend(summary: HolterSummary) -> list[Markup]:
    """Return the meaning of what the tracks show."""
    dots = [
        tag("span", tag("i", style=f"background:{COLORS[label]}"), f" {label}", class_="key")
        for label in "NSVFQ"
        if summary.counts.get(label)
    ]
    night = " Shaded: night." if summary.start is not None else ""
    return [
        joined(*dots),
        Markup(
            "Heart rate: mean, and range between single beats. RR: a dot for each interval, in the "
        ),
        Markup("colour of the beat that ends it."),
        Markup(night),
        Markup(" Leads: "),
        tag("span", tag("i", class_="state-key usable"), " usable", class_="key"),
        tag("span", tag("i", class_="state-key noisy"), " noisy", class_="key"),
        tag("span", tag("i", class_="state-key flat"), " flat or missing", class_="key"),
    ]


def with_limits(value: float, low: float, high: float) -> Markup:
    """Write a metric with its interval."""
    return joined(
        Markup(f"{value:.1f}"), tag("span", f" [{low:.0f}, {high:.0f}]", class_="limits")
    )


def trust(summary: HolterSummary, known: Performance | None) -> list[Markup]:
    """Say what the numbers of V and S are worth."""
    likely = next((one.estimate for one in (summary.v, summary.s) if one.estimate), None)
    if likely is None:
        return [
            lines("The model gives no probabilities, so there is no interval for the true number.")
        ]
    share = f"{100 * likely.confidence:.0f} %"
    if known is None:
        return [
            lines(
                f"The likely true number is a {share} interval from the probabilities only: it takes "
                "them as calibrated for this person and errors as independent of each other. The "
                "accuracy of this model in other people is not known here, and the intervals are "
                "too narrow."
            )
        ]
    n = len(next(iter(known.count_errors.values())))
    said = [
        f"The likely true number is a {share} interval (split conformal) from the errors that the model's "
        f"counts had in {n} people it was not trained on ({known.source}). It holds for people and "
        "recordings as those were; it is wide because people differ.",
        *(_low(of, known) for of in (summary.v, summary.s)),
    ]
    return [lines(*filter(None, said))]


def _low(of: Ectopy, known: Performance) -> str | None:
    """Warn of a class of which many predictions are wrong."""
    values = {name: one["+P"][0] for name, one in known.metrics[of.label].items()}
    if not of.count or min(values.values()) >= LOW_PRECISION:
        return None
    each = ", ".join(f"{value:.0f} % on {name}" for name, value in values.items())
    return f"The number of {of.label} beats is an estimate: of those predicted as {of.label}, {each} were {of.label}."


def review(summary: HolterSummary, known: Performance | None, n: int, below: float) -> str:
    """Say which beats are listed, and what share of the errors such a list has."""
    said = (
        f"{count(n, 'beat')} with a largest probability below {below:g}, the most uncertain first."
    )
    if n and summary.classified:
        said += f" These are {100 * n / summary.classified:.2f} % of the classified beats."
    if known is None:
        return f"{said} What share of the errors they have is not known for this model."
    errors, beats = known.share_of_errors(below), known.share_of_beats(below)
    return (
        f"{said} In people that the model was not trained on, such beats were {100 * beats:.1f} % of "
        f"the beats and had {100 * errors:.0f} % of the errors ({known.source}); the other errors "
        "are not in such a list."
    )


def method(summary: HolterSummary) -> list[str]:
    """Say how the numbers are made."""
    return [
        "Heart rate: one-minute means (60 / mean RR); lowest and highest are of these. RR intervals never "
        "span a stretch without usable leads or without beats.",
        "NN intervals lie between two normal beats; SDNN, RMSSD, pNN50 and SDANN as defined by the Task "
        "Force of the ESC and NASPE (Circulation 93:1043-1065, 1996).",
        "Burden: beats of the class / classified beats.",
        "Each ectopic beat is in one pattern: a run (three and more), trigeminy or bigeminy (three and more "
        "ectopic beats, each after two normal beats or one), a couplet, or single.",
        f"Pauses: RR intervals of {summary.pause:g} s and longer.",
    ]
