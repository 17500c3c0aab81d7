"""Sentences of the page."""

from ..annotated import NO_BEAT, UNUSABLE
from ..report._page import Markup, joined, lines, tag
from ..utils import count, listed
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
    "ECG paper: thick lines are 0.2 s and 0.5 mV apart (25 mm/s and 10 mm/mV), unless another "
    "scale is written in a strip; in print to scale. Letters are the predicted classes, numbers "
    "the RR intervals in ms."
)
FIRST_LEADS = " Of {} leads, only the first {} are drawn."
TEMPLATES = (
    "Median of up to 24 beats of each class, evenly chosen over the recording, with the range "
    "from the 10th to the 90th percentile; dashed: the normal beat. Paper as above."
)
CORRECTED = (
    ". Fill in its column “corrected” (N, S, V, F or Q, or - for no beat); skecg annotate "
    "--corrections reads it."
)
CLASSES = {  # of the dots, briefly
    "N": "normal",
    "S": "supraventricular",
    "V": "ventricular",
    "F": "fusion",
    "Q": "without a class",
}
STATES = {
    UNUSABLE: "no lead can be used",
    NO_BEAT: "leads can be used, but no beat was found: look at the signal",
}
NOT_LOOKED_FOR = (
    "Rhythms are not classified: neither atrial fibrillation or flutter, nor atrioventricular "
    "block, nor ventricular fibrillation. In atrial fibrillation many normal beats are counted "
    "as S; a sustained supraventricular tachycardia is counted as N.",
    "ST segment, QT interval and pacing are not measured.",
)
# Findings that every reading decides on: Fiorina et al., J Am Heart Assoc 11:e026196 (2022),
# https://doi.org/10.1161/JAHA.122.026196: fast V runs, pauses, V burden of 10 % and more.
HIGH_BURDEN = 0.1
MUCH_LOST = 0.1  # share of the time
LOW_PRECISION = 70.0  # percent


def findings(summary: HolterSummary, clock: Clock) -> list[tuple[str, str, str]]:
    """Return findings to look at first: words, more of them, and the section."""
    found = []
    v = summary.v
    if v.fast_runs and v.longest_run is not None and v.fastest_run is not None:
        more = (
            "of 4 and more beats at 120 per minute and more; longest run "
            f"{count(v.longest_run.beats, 'beat')}, fastest {v.fastest_run.rate:.0f} per minute."
        )
        found.append((count(v.fast_runs, "fast V run"), more, "events"))
    if summary.pauses:
        longest_pause = max(summary.pauses, key=lambda one: one.value)
        at = clock.write(longest_pause.seconds)
        more = (
            f"of {summary.pause:g} s and longer; longest {longest_pause.value:.2f} s at {at}. "
            "Look at the signal: missed beats and a lead that slips look like a pause."
        )
        found.append((count(len(summary.pauses), "pause"), more, "rhythm"))
    if v.burden is not None and v.burden >= HIGH_BURDEN:
        found.append(("V burden", f"{burden_text(v.burden)} % of the beats.", "ectopy"))
    silent = [one for one in summary.without_beats if one.state == NO_BEAT]
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


def legend(summary: HolterSummary, *, night: bool) -> list[Markup]:
    """Return the meaning of the marks of the tracks."""
    dots = [
        tag(
            "span", tag("i", style=f"background:{COLORS[label]}"), f" {label} {name}", class_="key"
        )
        for label, name in CLASSES.items()
        if summary.counts.get(label)
    ]
    kinds = {"usable": "usable", "noisy": "noisy", "flat": "flat or missing"}
    if any(one.state == NO_BEAT for one in summary.without_beats):
        kinds["no-beat"] = "no beats although a lead is usable"
    leads = [
        tag("span", tag("i", class_=f"state-key {kind}"), f" {said}", class_="key")
        for kind, said in kinds.items()
    ]
    about = (
        "Heart rate: mean, and range between single beats. RR: a dot for each interval, in the "
        "colour of the beat that ends it."
    )
    shaded = " Shaded: night." if night else ""
    return [*dots, tag("span", f"{about}{shaded} Leads: "), *leads]


def with_limits(value: float, low: float, high: float) -> Markup:
    """Write a metric with its interval."""
    limits = tag("span", f" [{low:.0f}, {high:.0f}]", class_="limits")
    return joined(tag("span", f"{value:.1f}"), limits)


def trust(summary: HolterSummary, known: Performance | None) -> list[Markup]:
    """Return the worth of the numbers of V and S."""
    likely = next((one.estimate for one in (summary.v, summary.s) if one.estimate), None)
    if likely is None:
        said = "The model gives no probabilities, so there is no interval for the true number."
        return [lines(said)]
    share = f"{100 * likely.confidence:.0f} %"
    if known is None:
        return [
            lines(
                f"The likely true number is a {share} interval from the probabilities only: it "
                "takes them as calibrated for this person, and errors as independent of each "
                "other. The accuracy of this model in other people is not known here, and the "
                "interval is too narrow."
            )
        ]
    n = len(next(iter(known.count_errors.values())))
    said = (
        f"The likely true number is a {share} interval (split conformal), from the errors that "
        f"the counts of this model had in {n} people it was not trained on ({known.source}). It "
        "holds for people and recordings as those were. It is wide because people differ."
    )
    return [lines(*filter(None, [said, *(_low(of, known) for of in (summary.v, summary.s))]))]


def _low(of: Ectopy, known: Performance) -> str | None:
    """Warn of a class of which many predictions are wrong."""
    values = {name: one["+P"][0] for name, one in known.metrics[of.label].items()}
    if not of.count or min(values.values()) >= LOW_PRECISION:
        return None
    each = listed(f"{value:.0f} % on {name}" for name, value in values.items())
    return (
        f"The number of {of.label} beats is an estimate: of the beats predicted as {of.label}, "
        f"only a part is {of.label} ({each})."
    )


def review(summary: HolterSummary, known: Performance | None, n: int, below: float) -> str:
    """Return the number of listed beats, and the share of the errors that such a list has."""
    said = f"{count(n, 'beat')} with a largest probability below {below:g}"
    if n and summary.classified:
        said += f" ({100 * n / summary.classified:.2f} % of the classified beats)"
    said += ", the most uncertain first." if n else "."
    if known is None:
        return f"{said} The share of the errors that they have is not known for this model."
    errors, beats = known.share_of_errors(below), known.share_of_beats(below)
    return (
        f"{said} In people that the model was not trained on, such beats were {100 * beats:.1f} % "
        f"of the beats and had {100 * errors:.0f} % of the errors ({known.source}); the other "
        "errors are not in such a list."
    )


def method(summary: HolterSummary) -> list[str]:
    """Return how the numbers are made."""
    return [
        "Heart rate: one-minute means (60 / mean RR); lowest and highest are of these. RR "
        "intervals never span a stretch without usable leads or without beats.",
        "NN intervals lie between two normal beats; SDNN, RMSSD, pNN50 and SDANN as defined by "
        "the Task Force of the ESC and NASPE (Circulation 93:1043-1065, 1996).",
        "Burden: beats of the class / classified beats.",
        "Each ectopic beat is in one pattern: a run (three and more), trigeminy or bigeminy "
        "(three and more ectopic beats, two normal beats or one between), a couplet, or single.",
        f"Pauses: RR intervals of {summary.pause:g} s and longer, where a lead is usable; some "
        "may hold beats that were missed, or that a slipping lead does not show.",
    ]
