"""The page of an annotated recording, section by section."""

import base64
import datetime
import re
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np
import pandas as pd

from ..annotated import AnnotatedRecord
from ..report._page import Markup, Section, document, items, joined, lines, table, tag, terms
from ..tables import CLASS_MEANINGS
from ..utils import SHARE, check_value, count, own_versions, to_cell
from . import _wording as words
from ._cards import cards, look_at_first, percent_of, review_card
from ._clock import Clock, lasting
from ._events import Event, events_of
from ._performance import Performance, performance_of
from ._review import REVIEW_BELOW, review_table
from ._rhythm import Rhythm, rhythm_of
from ._signal import Signal
from ._strip import paper
from ._strips import MOST_LEADS, draw_event, draw_review, span_of_beat, span_of_event
from ._summary import HolterSummary
from ._svg import ink_of
from ._tables import ectopy_table, heart_rate_tables, hour_table, performance_table
from ._templates import draw_template, sampled_beats, span_of, template_height, templates_of
from ._tracks import draw_tracks, time_axis

__all__ = ["holter_page"]

MOST_REVIEWED = 24  # beats drawn
MOST_LISTED = 2000  # beats in the file
MOST_ROWS = 20  # of stretches without beats


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

    Raises
    ------
    ValueError
        If ``review_below`` is not between 0 and 1.

    See Also
    --------
    holter_summary : Make the summary.
    annotate : Find and classify the beats of a recording, and write this page.

    Examples
    --------
    >>> import pandas as pd, skecg
    >>> from skecg.annotated import AnnotatedRecord
    >>> record = skecg.simulate_record(20, random_state=0, name="mine")
    >>> beats = pd.DataFrame({"sample": record.sample, "symbol": record.symbol})
    >>> found = AnnotatedRecord(
    ...     record.name, record.subject, record.fs, record.n_samples, record.lead_names, None, (),
    ...     beats, pd.DataFrame(columns=["start", "stop", "lead", "state"]),
    ...     pd.DataFrame(columns=["reason", "count"]), reader=lambda start, stop: record,
    ... )
    >>> page = skecg.holter_page(found, skecg.holter_summary(found))
    >>> "<h1>ECG recording mine</h1>" in page
    True
    """
    check_value(review_below, SHARE, "review_below", "holter_page")
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
            Section(
                "rhythm",
                "Heart rate, RR intervals and pauses",
                heart_rate_tables(self.summary, self.clock),
            ),
        ]
        if len(self.summary.hours) > 1:
            sections.append(Section("hours", "By hour", hour_table(self.summary, self.clock)))
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

    # Used by several sections.

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
                if isinstance(start, datetime.datetime)
                else f", from {start:%H:%M}"
            )
        leads = ", ".join(self.found.lead_names)
        of = count(len(self.found.lead_names), "lead")
        return f"{lasting(self.found.duration)}{began}; {of}: {leads}. {words.RESEARCH}"

    # Sections.

    def head(self) -> Markup:
        """Return what to look at first, the key figures, and facts."""
        s = self.summary
        n = len(self.to_review) if self.found.classes else None
        review = review_card(n, self.review_below, self.known)
        facts: dict[str, object] = {
            "Recording": self.found.name,
            "Subject": self.found.subject,
            "Start": s.start or "unknown: times are from the start of the recording",
            "Duration": lasting(s.duration),
            "Analysable": f"{lasting(s.analysable)} ({percent_of(s.analysable, s.duration)})",
            "Sampling": f"{self.found.fs:g} Hz",
        }
        if self.found.comments:
            facts["Comments"] = joined(
                *(tag("span", one, class_="comment") for one in self.found.comments)
            )
        return joined(
            look_at_first(s, self.clock),
            cards(s, self.clock, review),
            terms(facts, class_="facts head-facts"),
        )

    def overview(self) -> Markup:
        """Return the tracks."""
        axis = time_axis(self.found, self.summary)
        night = bool(axis.nights())
        return joined(
            draw_tracks(axis, self.found, self.summary, self.rhythm),
            tag("p", *words.legend(self.summary, night=night), class_="small legend"),
        )

    def ectopy(self) -> Markup:
        """Return the table of V and S, and how far to trust it."""
        return joined(
            ectopy_table(self.summary, self.clock),
            *words.trust(self.summary, self.known),
            None if self.known is None else performance_table(self.known),
        )

    def strips(self) -> Markup:
        """Return the strips of the events."""
        if not self.events:
            return lines("No beats were found.")
        drawn = [draw_event(event, self.found, self.rhythm, self.signal) for event in self.events]
        said = words.STRIPS + self.first_leads()
        return joined(tag("p", said, class_="small"), tag("div", *drawn, class_="strips"))

    def first_leads(self) -> str:
        """Write that not all leads are drawn, if so."""
        n = len(self.found.lead_names)
        return words.FIRST_LEADS.format(n, MOST_LEADS) if n > MOST_LEADS else ""

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
            parts += [tag("div", *figures, class_="doubts"), self.download()]
        if len(rows) > MOST_REVIEWED:
            parts.append(
                tag(
                    "p",
                    f"The {MOST_REVIEWED} most uncertain of {len(rows):,} beats are drawn.",
                    class_="small",
                )
            )
        return joined(*parts)

    def download(self) -> Markup:
        """Return a link to the list as a CSV file, which is in the page itself."""
        seconds = self.to_review["time"].map("{:.3f}".format)
        rows = self.to_review.assign(record=to_cell(self.found.name), time=seconds)[:MOST_LISTED]
        text = rows.to_csv(index=False, float_format="%.4g", lineterminator="\n")
        data = base64.b64encode(text.encode()).decode()
        name = re.sub(r"[^\w.-]+", "_", self.found.name) + ".review.csv"
        link = tag("a", name, download=name, href=f"data:text/csv;charset=utf-8;base64,{data}")
        n = len(self.to_review)
        first = f" (the first {MOST_LISTED:,} of {n:,} beats)" if n > MOST_LISTED else ""
        return tag("p", f"The list as a file{first}: ", link, words.CORRECTED, class_="download")

    def templates(self) -> Markup:
        """Return the median beat of each class and lead."""
        fs = self.found.fs
        drawn = templates_of(self.signal, self.samples, self.rhythm, fs)
        if not drawn:
            return lines("No beats to show.")
        normal = next((one for one in drawn if one.label == "N"), None)
        leads = range(drawn[0].median.shape[1])
        rows = [template_height(drawn, lead) for lead in leads]
        groups = []
        for one in drawn:
            meaning = CLASS_MEANINGS.get(one.label, "")
            of = f"{one.n} of " * (one.n < one.of) + count(one.of, "beat")
            drawings = [
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
                tag("figure", caption, tag("div", *drawings, class_="row"), class_="median-beat")
            )
        return joined(
            tag("p", words.TEMPLATES + self.first_leads(), class_="small"),
            tag("div", *groups, class_="medians"),
        )

    def not_analysed(self) -> Markup:
        """Return what was not analysed, and what the page does not look for."""
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
                    ["Reason", "Beats"],
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
        about = self.found.about
        parts = {}
        for name in ("model", "detector"):
            if value := about.get(name):  # of a function, its name and a hash
                parts[name.capitalize()] = str(value if isinstance(value, str) else value[0])
        if about.get("fingerprint"):
            parts["SHA-256"] = str(about["fingerprint"])
        versions = about.get("versions") or own_versions()
        return parts | {str(name): str(version) for name, version in versions.items()}
