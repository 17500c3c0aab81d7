"""The page of an annotated recording, section by section."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np
import pandas as pd

from ..annotated import AnnotatedRecord
from ..report._page import Cell, Markup, Section, document, items, joined, lines, table, tag, terms
from ..tables import CLASS_MEANINGS
from ..utils import count, own_versions
from . import _wording as words
from ._clock import Clock, lasting
from ._events import NAMES, Event, events_of
from ._parts import Ectopy, Run
from ._performance import Performance, performance_of
from ._review import REVIEW_BELOW, review_table
from ._rhythm import Rhythm, rhythm_of
from ._signal import Signal
from ._strip import paper
from ._strips import draw_event, draw_review, span_of_beat, span_of_event
from ._summary import HolterSummary, burden_text
from ._svg import ink_of
from ._templates import draw_template, sampled_beats, span_of, template_height, templates_of
from ._tracks import draw_tracks

MOST_REVIEWED = 24  # beats drawn
MOST_ROWS = 20  # of pauses, and of stretches without beats


def holter_page(
    found: AnnotatedRecord, summary: HolterSummary, *, review_below: float = REVIEW_BELOW
) -> str:
    """Return the page of an annotated recording, an HTML file that needs no other.

    Parameters
    ----------
    found : AnnotatedRecord
        The recording. Its signal is read in pieces: those that are drawn.
    summary : HolterSummary
        Its summary.
    review_below : float, default=0.8
        Beats whose largest probability is below are listed for review.

    Returns
    -------
    str
        The page.
    """
    return _Page(found, summary, review_below).render()


@dataclass(frozen=True)
class _Page:
    """A page about a recording."""

    found: AnnotatedRecord
    summary: HolterSummary
    review_below: float

    def render(self) -> str:
        """Return the page."""
        sections = [
            Section("summary", "Summary", self.head(), "summary"),
            Section("overview", "The recording over time", self.overview()),
            Section("ectopy", "Ventricular and supraventricular beats", self.ectopy()),
            Section("events", "Strips of the events", self.strips()),
            Section("review", "Beats to review", self.review()),
            Section("rhythm", "Heart rate, RR intervals and pauses", self.rhythm_tables()),
        ]
        if len(self.summary.hours) > 1:
            sections.append(Section("hours", "By hour", self.by_hour()))
        sections += [
            Section("beats", "Median beats", self.templates()),
            Section("missing", "Not analysed", self.not_analysed()),
            Section("method", "Method and versions", self.method()),
        ]
        title = f"ECG recording {self.found.name}"
        style = files(__package__).joinpath("holter.css").read_text(encoding="utf-8")
        subtitle = joined(tag("p", self.about()), paper())
        footer = tag("p", words.NOT_A_DEVICE)
        return document(title, subtitle, sections, footer, style=style)

    # What several sections ask.

    @cached_property
    def clock(self) -> Clock:
        """Times of the recording."""
        return Clock(self.found.start)

    @cached_property
    def rhythm(self) -> Rhythm:
        """Beats and RR intervals."""
        return rhythm_of(self.found)

    @cached_property
    def events(self) -> list[Event]:
        """Events with a strip."""
        return events_of(self.summary, self.rhythm, self.clock)

    @cached_property
    def to_review(self) -> pd.DataFrame:
        """Beats to review, the most uncertain first."""
        return review_table(self.found, self.review_below)

    @cached_property
    def samples(self) -> np.ndarray:
        """Positions of the beats."""
        return self.found.beats["sample"].to_numpy(dtype=np.int64)

    @cached_property
    def known(self) -> Performance | None:
        """Performance of the model."""
        return performance_of(self.summary.performance)

    @cached_property
    def signal(self) -> Signal:
        """The stretches of the signal that the page draws."""
        fs = self.found.fs
        wanted = [span_of_event(event, fs) for event in self.events]
        wanted += [span_of_beat(int(s), fs) for s in self.to_review["sample"][:MOST_REVIEWED]]
        for rows in sampled_beats(self.rhythm).values():
            wanted += [span_of(int(self.samples[i]), fs) for i in rows]
        return Signal(self.found, wanted)

    def about(self) -> str:
        """Write the first facts."""
        start = self.found.start
        began = ""
        if start is not None:
            began = (
                f", from {start:%d %B %Y, %H:%M}"
                if hasattr(start, "year")
                else f", from {start:%H:%M}"
            )
        leads = ", ".join(self.found.lead_names)
        of = count(len(self.found.lead_names), "lead")
        return f"{lasting(self.found.duration)}{began}; {of}: {leads}. {words.RESEARCH}"

    # Sections.

    def head(self) -> Markup:
        """Return what to look at first, the key figures, and facts."""
        s = self.summary
        cards = [self.rate_card(), *map(self.ectopy_card, (s.v, s.s)), self.pause_card()]
        cards += [self.beats_card(), self.review_card()]
        facts = {
            "Recording": self.found.name,
            "Subject": self.found.subject,
            "Start": s.start or "unknown: times are from the start of the recording",
            "Duration": lasting(s.duration),
            "Analysable": f"{lasting(s.analysable)} ({_percent(s.analysable, s.duration)})",
            "Sampling": f"{self.found.fs:g} Hz",
        }
        if self.found.comments:
            facts["Comments"] = "; ".join(self.found.comments)
        return joined(
            self.first(), tag("ul", *cards, class_="cards figures"), terms(facts, class_="facts")
        )

    def first(self) -> Markup | None:
        """Return the findings that every reading decides on, if there are any."""
        found = words.findings(self.summary, self.clock)
        if not found:
            return None
        parts = [
            tag("li", tag("a", head, href=f"#{place}"), f" {more}") for head, more, place in found
        ]
        return tag(
            "div",
            tag("p", tag("b", "Look at first")),
            tag("ul", *parts),
            class_="callout",
            role="note",
        )

    def rate_card(self) -> Markup:
        """Return the card of the heart rate."""
        rate = self.summary.heart_rate
        if rate.mean is None:
            return _card("Heart rate", "-", ["no beats"])
        more: list[object] = ["per minute, mean"]
        for name, one in (("lowest", rate.minimum), ("highest", rate.maximum)):
            if one is not None and rate.minutes > 1:
                more.append(f"{name} {one.value:.0f} at {self.clock.write(one.seconds)}")
        return _card("Heart rate", f"{rate.mean:.0f}", more)

    def ectopy_card(self, of: Ectopy) -> Markup:
        """Return the card of ectopic beats."""
        more: list[object] = [f"{burden_text(of.burden)} % of the beats"]
        if of.estimate is not None:
            more.append(
                tag(
                    "span",
                    f"likely {of.estimate.low:,} to {of.estimate.high:,}",
                    title=f"{100 * of.estimate.confidence:.0f} % interval of the true number",
                )
            )
        more.append(_patterns(of))
        name = joined(tag("b", of.label, style=f"color:{ink_of(of.label)}"), f" {NAMES[of.label]}")
        return _card(name, f"{of.count:,}", more)

    def pause_card(self) -> Markup:
        """Return the card of the pauses."""
        s = self.summary
        more: list[object] = [f"of {s.pause:g} s and longer"]
        if s.pauses:
            longest = max(s.pauses, key=lambda one: one.value)
            more.append(f"longest {longest.value:.2f} s at {self.clock.write(longest.seconds)}")
        return _card("Pauses", f"{len(s.pauses):,}", more)

    def beats_card(self) -> Markup:
        """Return the card of all beats."""
        s = self.summary
        others = [f"{s.counts[one]:,} {one}" for one in "NFQ" if s.counts[one]]
        more: list[object] = [", ".join(others) or "none found"]
        more.append(f"{_percent(s.analysable, s.duration)} of the time analysable")
        return _card("Beats", f"{s.beats:,}", more)

    def review_card(self) -> Markup:
        """Return the card of the beats to review."""
        n = len(self.to_review)
        if not self.found.classes:
            return _card("To review", "-", ["the model gives no probabilities"])
        more: list[object] = [f"beats under {100 * self.review_below:g} % certainty"]
        if self.known is not None:
            share = self.known.share_of_errors(self.review_below)
            more.append(f"such beats have {100 * share:.0f} % of the errors")
        return _card("To review", f"{n:,}", more)

    def overview(self) -> Markup:
        """Return the tracks."""
        return joined(
            draw_tracks(self.found, self.summary, self.rhythm),
            tag("p", *words.legend(self.summary), class_="small legend"),
        )

    def ectopy(self) -> Markup:
        """Return the table of V and S, and how far to trust it."""
        v, s = self.summary.v, self.summary.s
        columns = ["", *(f"{one.label}, {NAMES[one.label]}" for one in (v, s))]
        rows = [[name, write(v), write(s)] for name, write in self.ectopy_rows()]
        return joined(
            table("Beats, patterns and intervals", columns, rows, class_="pairs"),
            *words.trust(self.summary, self.known),
            self.performance_table(),
        )

    def ectopy_rows(self):
        """Return names and writers of the rows about ectopic beats."""

        def run(one: Run | None) -> str:
            if one is None:
                return "-"
            return f"{count(one.beats, 'beat')} at {one.rate:.0f}/min, {self.clock.write(one.seconds)}"

        def episodes(name: str):
            def write(of: Ectopy) -> str:
                found = getattr(of, name)
                if not found.count:
                    return "0"
                return f"{found.count:,} ({count(found.beats, 'beat')}, longest {found.longest})"

            return write

        def likely(of: Ectopy) -> str:
            return "-" if of.estimate is None else f"{of.estimate.low:,} to {of.estimate.high:,}"

        return [
            ("Beats", lambda of: tag("b", f"{of.count:,}")),
            ("Likely true number", likely),
            ("Burden, % of classified beats", lambda of: burden_text(of.burden)),
            ("Beats to review among them", lambda of: f"{of.uncertain:,}"),
            ("Single beats", lambda of: f"{of.singles:,}"),
            ("Couplets", lambda of: f"{of.couplets:,}"),
            ("Runs of 3 and more", lambda of: f"{of.runs:,}"),
            ("Longest run", lambda of: run(of.longest_run)),
            ("Fastest run", lambda of: run(of.fastest_run)),
            ("Bigeminy", episodes("bigeminy")),
            ("Trigeminy", episodes("trigeminy")),
        ]

    def performance_table(self) -> Markup | None:
        """Return Se and +P of the model by database."""
        if self.known is None:
            return None
        databases = list(next(iter(self.known.metrics.values())))
        rows = []
        for label in ("V", "S", "N"):
            for metric in ("Se", "+P"):
                of_class = self.known.metrics[label]
                cells = [words.with_limits(*of_class[name][metric]) for name in databases]
                rows.append([f"{label}: {metric}", *cells])
        caption = (
            "Accuracy of the model in people it was not trained on, at annotated beats: percent, "
            "with 95 % intervals over people"
        )
        return table(caption, ["", *databases], rows)

    def strips(self) -> Markup:
        """Return the strips of the events."""
        if not self.events:
            return lines("No beats were found.")
        drawn = [draw_event(event, self.found, self.rhythm, self.signal) for event in self.events]
        return joined(tag("p", words.STRIPS, class_="small"), tag("div", *drawn, class_="strips"))

    def review(self) -> Markup:
        """Return the list of the beats to review."""
        rows = self.to_review
        if not self.found.classes:
            return lines("The model gives no probabilities, so no beat is known to be uncertain.")
        parts = [tag("p", words.review(self.summary, self.known, len(rows), self.review_below))]
        if len(rows):
            shown = rows[:MOST_REVIEWED].merge(
                self.found.beats[["sample", "leads"]].drop_duplicates("sample"), on="sample"
            )
            figures = [
                draw_review(row, i + 1, self.found, self.rhythm, self.signal)
                for i, (_, row) in enumerate(shown.iterrows())
            ]
            parts.append(tag("div", *figures, class_="doubts"))
        if len(rows) > MOST_REVIEWED:
            parts.append(
                tag(
                    "p",
                    f"The {MOST_REVIEWED} most uncertain of {len(rows):,} beats are drawn.",
                    class_="small",
                )
            )
        return joined(*parts)

    def rhythm_tables(self) -> Markup:
        """Return heart rate, NN intervals and pauses."""
        s = self.summary
        rate, nn = s.heart_rate, s.nn
        rows: list[list[object]] = [["Mean", _whole(rate.mean), ""]]
        for name, one in (("Lowest minute", rate.minimum), ("Highest minute", rate.maximum)):
            rows.append(
                [name, _whole(one and one.value), self.clock.write(one.seconds) if one else ""]
            )
        if s.start is not None:
            between = f"{s.night[0]:02.0f}:00 to {s.night[1]:02.0f}:00"
            rows += [["Day", _whole(rate.day), ""], ["Night", _whole(rate.night), between]]
        rows += [
            ["Minutes over 100, %", _share(rate.over_100), f"of {rate.minutes:,}"],
            ["Minutes under 50, %", _share(rate.under_50), f"of {rate.minutes:,}"],
        ]
        nn_rows = [
            ["NN intervals", f"{nn.count:,}"],
            ["Mean NN, ms", _whole(nn.mean)],
            ["SDNN, ms", _whole(nn.sdnn)],
            ["RMSSD, ms", _whole(nn.rmssd)],
            ["pNN50, %", _share(nn.pnn50)],
            ["SDANN, ms", _whole(nn.sdann)],
        ]
        return joined(
            tag(
                "div",
                table("Heart rate per minute", ["", "Rate", "When"], rows),
                table("Intervals between normal beats", ["", "Value"], nn_rows),
                class_="beside",
            ),
            self.pauses(),
        )

    def pauses(self) -> Markup:
        """Return the table of the pauses."""
        s = self.summary
        if not s.pauses:
            return lines(f"No pause of {s.pause:g} s or longer.")
        longest = sorted(s.pauses, key=lambda one: -one.value)[:MOST_ROWS]
        rows = [[self.clock.write(one.seconds), f"{one.value:.2f}"] for one in longest]
        more = (
            f", the {MOST_ROWS} longest of {len(s.pauses):,}" if len(s.pauses) > MOST_ROWS else ""
        )
        return table(f"Pauses of {s.pause:g} s and longer{more}", ["Begins at", "Seconds"], rows)

    def by_hour(self) -> Markup:
        """Return the table by hour."""
        hours = self.summary.hours
        most = {one: max(getattr(hour, one) for hour in hours) for one in ("v", "s")}
        rows = [
            [
                self.clock.write(hour.seconds),
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

    def templates(self) -> Markup:
        """Return the median beat of each class and lead."""
        fs = self.found.fs
        drawn = templates_of(self.signal, self.samples, self.rhythm, fs)
        if not drawn:
            return lines("No beats to show.")
        normal = next((one for one in drawn if one.label == "N"), None)
        leads = [i for i in range(drawn[0].median.shape[1])]
        rows = [template_height(drawn, lead) for lead in leads]
        groups = []
        for one in drawn:
            meaning = CLASS_MEANINGS.get(one.label, "")
            of = f"{one.n} of {count(one.of, 'beat')}" if one.n < one.of else count(one.of, "beat")
            pictures = [
                tag(
                    "div",
                    tag("span", self.found.lead_names[lead], class_="lead-name"),
                    draw_template(
                        one,
                        lead,
                        rows[lead],
                        fs,
                        normal,
                        f"Median {one.label} beat in lead {self.found.lead_names[lead]}",
                    ),
                )
                for lead in leads
            ]
            head = tag("b", one.label, style=f"color:{ink_of(one.label)}")
            caption = tag("figcaption", head, f" {meaning}", tag("span", of))
            groups.append(
                tag("figure", caption, tag("div", *pictures, class_="row"), class_="median-beat")
            )
        return joined(
            tag("p", words.TEMPLATES, class_="small"), tag("div", *groups, class_="medians")
        )

    def not_analysed(self) -> Markup:
        """Return stretches and beats that were not analysed, and what the page does not look for."""
        s = self.summary
        parts = []
        if s.without_beats:
            longest = sorted(s.without_beats, key=lambda one: -one.duration)[:MOST_ROWS]
            rows = [
                [
                    self.clock.write(one.seconds),
                    lasting(one.duration),
                    words.STATES.get(one.state, one.state),
                ]
                for one in longest
            ]
            n = len(s.without_beats)
            more = f", the {MOST_ROWS} longest of {n:,}" if n > MOST_ROWS else ""
            head = ["Begins at", "Length", "Why"]
            parts.append(table(f"Stretches without beats{more}", head, rows, texts=["Why"]))
        if len(self.found.skipped):
            rows = [
                [str(reason), f"{n:,}"]
                for reason, n in self.found.skipped[["reason", "count"]].to_numpy()
            ]
            parts.append(
                table(
                    "Beats and stretches that were skipped",
                    ["Reason", "Number"],
                    rows,
                    class_="long",
                )
            )
        return joined(*parts, items(words.NOT_LOOKED_FOR))

    def method(self) -> Markup:
        """Return how the numbers were made, and by which versions."""
        return joined(items(words.method(self.summary)), terms(self.versions(), class_="facts"))

    def versions(self) -> dict[str, str]:
        """Return the versions of what made the page."""
        model = self.summary.performance
        return ({"Model": model} if model else {}) | dict(own_versions())


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


def _bar_cell(n: int, most: int, name: str) -> Cell:
    """Return a number over a bar."""
    share = n / most if most else 0.0
    return Cell(f"{n:,}", f"bar-{name}", f"--share:{100 * share:.0f}%")


def _percent(part: float, whole: float) -> str:
    """Write a share in percent; 100 only if it is all."""
    share = 100 * part / whole if whole else 0.0
    return "100 %" if part >= whole else f"{min(share, 99.9):.1f} %"


def _whole(value: float | None) -> str:
    """Write a number without decimals."""
    return "-" if value is None else f"{value:.0f}"


def _share(value: float | None) -> str:
    """Write a share in percent."""
    return "-" if value is None else f"{100 * value:.1f}"
