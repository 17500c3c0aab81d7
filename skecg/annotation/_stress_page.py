"""The HTML page of a noise stress test."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ..display._noise_stress import EVENTS, draw_noise_stress
from ..ec57._records_comparison import AVERAGE, GROSS
from ..ec57._text import share
from ..report import Provenance
from ..report._page import (
    Cell,
    Markup,
    Section,
    document,
    inline_svg,
    items,
    joined,
    lines,
    table,
    tag,
    terms,
)
from ..report._provenance import describe
from ..utils import count
from . import _stress_words as words
from ._stress_result import CLEAN, Condition, StressTest
from ._stress_text import PRINTED, TITLES, n_beats

if TYPE_CHECKING:
    from ..ec57 import RecordsComparison

__all__ = ["stress_page"]

EXCLUDED = "Excluded: "  # begins the warning of a recording that is excluded
MOST_WARNINGS = 2  # in the summary
NEAR = 0.01  # of the share without noise
COLUMNS = {name: name.replace(" (sumstats)", "*") for name in PRINTED}


def stress_page(
    result: StressTest, *, title: str, metadata: Mapping[str, Any], provenance: Provenance
) -> str:
    """Return the page of a noise stress test, an HTML file that needs no other."""
    return _Page(result, title, metadata, provenance).render()


@dataclass(frozen=True)
class _Page:
    """A page about a noise stress test."""

    result: StressTest
    title: str
    metadata: Mapping[str, Any]
    provenance: Provenance

    def render(self) -> str:
        """Return the page."""
        sections = [
            Section("summary", "Summary", self.summary(), "summary"),
            Section("curves", "Curves", self.curves()),
            Section("ratios", "By signal-to-noise ratio", self.by_ratio()),
            Section("records", "By record", self.by_record()),
        ]
        if len(self.result.skipped):
            sections.append(Section("skipped", "Not tested", self.not_tested()))
        if self.provenance.warnings:
            sections.append(Section("warnings", "Warnings", items(self.provenance.warnings)))
        sections += [
            Section("method", "Method", terms(words.METHOD)),
            Section("limits", "Limits", lines(*words.LIMITS)),
            Section("citing", "How to cite", self.citations()),
            Section("settings", "Settings and versions", self.settings()),
        ]
        made_by = f"skecg {self.provenance.versions.get('skecg', '')}"
        about = f"{self.size()}. Made by {made_by}, {self.provenance.created}."
        style = files(__package__).joinpath("stress.css").read_text(encoding="utf-8")
        footer = tag("p", words.NOT_A_DEVICE)
        return document(self.title, tag("p", about), sections, footer, style=style)

    # Used by several sections.

    @property
    def clean(self) -> "RecordsComparison":
        """The comparison without noise."""
        return self.result.comparisons[CLEAN]

    @cached_property
    def noises(self) -> list[str]:
        """Names of the noises."""
        return [noise for noise in self.result.noises if noise != CLEAN[0]]

    def size(self) -> str:
        """Write the numbers of records and beats."""
        records = count(len(self.clean.comparisons), "record")
        return f"{records}, {count(n_beats(self.result), 'reference beat')}"

    # Sections.

    def summary(self) -> Markup:
        """Return callouts, facts, and a card for each event."""
        return joined(
            self.callout(),
            tag("p", words.INTRODUCTION),
            tag("ul", *map(self.card, EVENTS), class_="cards events"),
            terms(self.facts(), class_="facts"),
        )

    def callout(self) -> Markup | None:
        """Return the limits of the results: excluded recordings, and the first warnings."""
        notes = []
        if n_skipped := len(self.result.skipped):
            notes.append(("skipped", f"{count(n_skipped, 'record')} not tested."))
        known = set(self.result.skipped["reason"])
        warnings = [w for w in self.provenance.warnings if w.removeprefix(EXCLUDED) not in known]
        notes += [("warnings", text) for text in warnings[:MOST_WARNINGS]]
        if n_more := len(warnings[MOST_WARNINGS:]):
            notes.append(("warnings", f"{count(n_more, 'more warning')}."))
        if not notes:
            return None
        written = (
            tag("p", tag("strong", fact), " ", tag("a", "Details.", href=f"#{place}"))
            for place, fact in notes
        )
        return tag("div", *written, class_="callout", role="note")

    def facts(self) -> dict[str, object]:
        """Return the facts of the test: model, noises, ratios, records, command."""
        facts: dict[str, object] = {k: describe(v) for k, v in self.metadata.items()}
        kinds = (f" ({words.NOISES[one]})" if one in words.NOISES else "" for one in self.noises)
        facts["Noise"] = ", ".join(map(str.__add__, self.noises, kinds))
        ratios = ", ".join(f"{snr:g}" for snr in self.result.ratios(self.noises[0]))
        facts["Signal-to-noise ratios"] = f"{ratios}\u00a0dB".replace("-", "\u2212")
        facts["Records"] = ", ".join(self.clean.comparisons)
        if self.provenance.command:
            facts["Command"] = self.provenance.command
        return facts

    def card(self, event: str) -> Markup:
        """Make the card of an event: without noise, and the ratio down to which little changes."""
        found = {
            condition: (float(row[f"{event} Se"]), float(row[f"{event} +P"]))
            for condition, row in zip(
                self.result.comparisons, self.result.table.to_dict("records"), strict=True
            )
        }
        n = self.clean.statistics["denominator"].astype(int).to_dict()[f"{event} Se"]
        beats = count(n, words.EVENTS[event], f"{words.EVENTS[event]}s")
        heading = tag("h3", tag("b", event), f" {beats}")
        if np.isnan(found[CLEAN][0]):
            return tag("li", heading, tag("p", "None in the reference.", class_="small"))
        shown = tag("b", _pair(*found[CLEAN]), class_="metric")
        parts = [tag("p", shown, tag("span", "Se / +P without noise", class_="small"))]
        for noise in self.noises:
            worst = self.result.ratios(noise)[-1]
            reach = (
                f": {_reach(found, noise)}; {_pair(*found[noise, worst])} at {_decibels(worst)}"
            )
            parts.append(tag("p", tag("b", noise), reach, class_="small"))
        return tag("li", heading, *parts)

    def curves(self) -> Markup:
        """Draw the curves of each event."""
        import matplotlib.pyplot as plt

        panels = []
        for event in EVENTS:
            figure = draw_noise_stress(self.result.table, [event])
            alt = f"Se and +P of {event} over the signal-to-noise ratio: {self.curve_words(event)}"
            drawn = inline_svg(figure, f"curve-{event.lower()}", alt, themed=True)
            plt.close(figure)
            panels.append(tag("figure", tag("h3", event), tag("div", drawn, class_="drawing")))
        return joined(tag("div", *panels, class_="panels"), tag("p", words.CURVES, class_="small"))

    def curve_words(self, event: str) -> str:
        """Write the numbers of the curves, for readers who cannot see them."""
        table = self.result.table
        return "; ".join(
            f"{_condition(condition)} {_pair(row[f'{event} Se'], row[f'{event} +P'])}"
            for condition, row in zip(
                self.result.comparisons, table.to_dict("records"), strict=True
            )
        )

    def by_ratio(self) -> Markup:
        """Make the tables of gross and average."""
        tables = self.result.tables
        shown = (GROSS, AVERAGE) if len(self.clean.comparisons) > 1 else (GROSS,)
        return joined(
            *(self.ratio_table(TITLES[name], tables[name]) for name in shown),
            tag("p", words.TABLES, class_="small"),
        )

    def ratio_table(self, title: str, found: pd.DataFrame) -> Markup:
        """Make a table with a row for each noise and ratio."""
        rows = []
        firsts = {noise: self.result.ratios(noise)[0] for noise in self.noises}
        for condition, values in zip(found.index, found.to_dict("records"), strict=True):
            noise, snr = condition
            kind = "group" if snr == firsts.get(noise) else None
            rows.append([_condition(condition), *_cells(values, kind)])
        caption = f"{title}, in percent."
        return table(caption, ["Noise", *COLUMNS.values()], rows, class_="grouped")

    def by_record(self) -> Markup:
        """Make a folded table of all records for each noise and ratio."""
        return joined(
            tag("p", words.FOLDED),
            *(
                tag("details", tag("summary", _condition(condition)), _record_table(found))
                for condition, found in self.result.comparisons.items()
            ),
        )

    def not_tested(self) -> Markup:
        """Make the table of recordings that could not be tested."""
        rows = self.result.skipped[["record", "reason"]].to_numpy().tolist()
        caption = "Excluded from all comparisons of this page."
        return table(caption, ["Record", "Reason"], rows, class_="long stack", texts=["Reason"])

    def citations(self) -> Markup:
        """List the works to cite."""
        version = self.provenance.versions.get("skecg", "?")
        return items(text.format(version=version) for text in words.CITATIONS)

    def settings(self) -> Markup:
        """List settings and versions."""
        plain = {name: describe(value) for name, value in self.provenance.settings.items()}
        versions = ", ".join(f"{name} {v}" for name, v in self.provenance.versions.items())
        return joined(
            terms(plain, class_="facts") if plain else None,
            tag("p", f"Versions: {versions}.", class_="small"),
        )


def _reach(found: Mapping[Condition, tuple[float, float]], noise: str) -> str:
    """Write down to which ratio Se and +P are near those without noise."""
    last = None
    for (name, snr), shares in found.items():  # from the least noise on
        if name != noise:
            continue
        lost = np.subtract(found[CLEAN], shares)
        if (lost >= NEAR).any():  # an undefined +P, of no beats found, comes with a lost Se
            if last is None:
                return f"loses {100 * NEAR:g} point or more at {_decibels(snr)} already"
            break
        last = snr
    assert last is not None
    return f"loses less than {100 * NEAR:g} point down to {_decibels(last)}"


def _record_table(found: "RecordsComparison") -> Markup:
    """Make the table of the records of one comparison."""
    rows = []
    for name, values in zip(found.table.index, found.table.to_dict("records"), strict=True):
        beats = "" if name == AVERAGE else f"{values['beats']:,}"
        kind: str | None = "group" if name == GROSS else None
        rows.append([name, Cell(beats, kind), *_cells(values, kind)])
    caption = "Beats of the reference, and statistics in percent."
    return table(caption, ["Record", "Beats", *COLUMNS.values()], rows, class_="grouped")


def _cells(values: Mapping[Any, Any], kind: str | None) -> list[Cell]:
    """Write the statistics of a row."""
    return [Cell(share(float(values[name]), name), kind) for name in COLUMNS]


def _condition(condition: Condition) -> str:
    """Write noise and ratio."""
    noise, snr = condition
    return "no noise" if condition == CLEAN else f"{noise}, {_decibels(snr)}"


def _decibels(snr: float) -> str:
    """Write a ratio with a minus sign."""
    return f"{snr:g}\u00a0dB".replace("-", "\u2212")


def _pair(se: float, ppv: float) -> str:
    """Write Se and +P in percent."""
    return f"{share(se)} / {share(ppv)}\u00a0%"
