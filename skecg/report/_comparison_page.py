"""The page of a comparison by EC57, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from ..ec57 import RecordsComparison
from ..ec57._records_text import (
    PART_NAMES,
    ROUNDING,
    missing_parts,
    nothing_found,
    remarks,
    st_line,
)
from ..ec57._report_tables import TITLES
from ..ec57._statistics import reference_beats
from ..utils import count
from . import _comparison_words as words
from ._comparison_lists import discrepancy_lists
from ._comparison_tables import beat_matrix, record_table, run_matrices, summary_table
from ._page import Markup, Section, document, items, joined, lines, tag, terms
from ._provenance import Provenance, describe
from ._wording import CITATION

__all__ = ["comparison_page"]


def comparison_page(
    comparison: RecordsComparison,
    *,
    title: str = "Comparison by EC57",
    metadata: Mapping[str, Any] | None = None,
    provenance: Provenance | None = None,
) -> str:
    """Return the page of a comparison by EC57, an HTML file that needs no other.

    Parameters
    ----------
    comparison : RecordsComparison
        The result of `compare_records` or `compare_folders`.
    title : str, default="Comparison by EC57"
        Heading of the page.
    metadata : mapping of str to object, default=None
        Facts for its beginning, such as the names of reference and test.
    provenance : Provenance, default=None
        Settings, versions, command and warnings. None has the versions only.

    Returns
    -------
    str
        The page: tables by record with gross and average, matrices, lists of discrepancies by
        record, methods and versions.

    See Also
    --------
    compare_records : Compare annotations in memory.
    compare_folders : Compare annotation files.

    Examples
    --------
    >>> from skecg import comparison_page, compare_records
    >>> beats = [108400, 108700, 109000, 109300], ["N", "N", "V", "N"]
    >>> page = comparison_page(compare_records({"a": (beats, beats)}, fs=360))
    >>> "<h1>Comparison by EC57</h1>" in page
    True
    """
    made = Provenance.collect({}) if provenance is None else provenance
    return _Page(comparison, title, metadata or {}, made).render()


@dataclass(frozen=True)
class _Page:
    """A page about a comparison."""

    comparison: RecordsComparison
    title: str
    metadata: Mapping[str, Any]
    provenance: Provenance = field(default_factory=Provenance)

    def render(self) -> str:
        """Return the page."""
        tables = self.comparison.report_tables
        sections = [Section("summary", "Summary", self.summary(), "summary")]
        if "beats" in tables:
            sections.append(Section("beats", TITLES["beats"], self.beats()))
        if "shutdown" in tables:
            sections.append(Section("shutdown", "Beats missed in shutdowns", self.shutdown()))
        if "runs" in self.comparison.parts:
            sections.append(Section("runs", "Runs of ectopic beats", self.runs()))
        if "episodes" in self.comparison.parts:
            sections.append(Section("episodes", "Episodes", self.episodes()))
        if "heart_rate" in self.comparison.parts:
            sections.append(Section("heart-rate", TITLES["heart_rate"], self.rates()))
        sections += [
            Section("discrepancies", "Discrepancies by record", self.lists(), "discrepancies"),
        ]
        if self.missing:
            sections.append(Section("missing", "Not compared", self.not_compared()))
        if self.provenance.warnings:
            sections.append(Section("warnings", "Warnings", items(self.provenance.warnings)))
        sections += [
            Section("faults", "Differences from the rules", self.faults()),
            Section("methods", "Methods and versions", self.methods()),
        ]
        style = files(__package__).joinpath("comparison.css").read_text(encoding="utf-8")
        made_by = f"skecg {self.provenance.versions.get('skecg', '')}"
        about = f"{self.size()}. Made by {made_by}, {self.provenance.created}."
        footer = "Made by skecg, which is research software and not a medical device."
        return document(self.title, tag("p", about), sections, tag("p", footer), style=style)

    @property
    def missing(self) -> list[str]:
        """Records and parts that could not be compared, one sentence each."""
        texts = [str(reason) for reason in self.comparison.skipped["reason"]]
        found = missing_parts(self.comparison, self.comparison.parts)
        return [*texts, *(_upper(text.removeprefix("NOT COMPARED: ")) for text in found)]

    def size(self) -> str:
        """Write the numbers of records and reference beats."""
        records = count(len(self.comparison.records), "record")
        if not self.comparison.comparisons:
            return records
        return f"{records}, {count(reference_beats(self.comparison.matrix), 'reference beat')}"

    # Sections.

    def summary(self) -> Markup:
        """Return callouts, gross statistics as cards, and facts."""
        callouts = []
        if not self.comparison.standard:
            fact, more = words.NOT_STANDARD
            callouts.append(tag("p", tag("strong", fact), f" {more}"))
        if self.missing:
            n = len(self.comparison.skipped)
            fact = f"{count(n, 'record')} excluded." if n else "Parts are missing."
            more = "Some records could not be compared in full. "
            link = tag("a", "Details.", href="#missing")
            callouts.append(tag("p", tag("strong", fact), f" {more}", link))
        callouts += [tag("p", text) for text in remarks(self.comparison, self.comparison.parts)]
        if n := len(self.provenance.warnings):
            link = tag("a", "Details.", href="#warnings")
            callouts.append(tag("p", tag("strong", f"{count(n, 'warning')}."), " ", link))
        names = [PART_NAMES[part] for part in self.comparison.parts]
        facts: dict[str, object] = {k: describe(v) for k, v in self.metadata.items()}
        facts |= {"Compared": ", ".join(names), "Test period": self.period()}
        if self.provenance.command:
            facts["Command"] = self.provenance.command
        return joined(
            tag("p", words.SUBJECT),
            tag("div", *callouts, class_="callout", role="note") if callouts else None,
            terms(facts, class_="facts"),
            summary_table(self.comparison.report_tables),
            tag("p", f"{words.ABBREVIATIONS} {words.AVERAGES}", class_="small"),
        )

    def period(self) -> str:
        """Write the test period and the match window."""
        found = self.comparison
        ones: list[Any] = [*found.comparisons.values(), *found.runs.values()]
        ones += [one for of_kind in found.episodes.values() for one in of_kind.values()]
        ones += found.heart_rate.values()
        starts = sorted({one.period[0] / one.fs for one in ones})
        text = f"from {starts[0]:g} s to the end of each recording" if starts else "-"
        if not found.standard:
            ends = {one.period[1] / one.fs for one in ones if one.period[1] is not None}
            text = f"from {starts[0]:g} s to {max(ends):g} s at most" if ends else text
        windows = {1000 * one.window / one.fs for one in found.comparisons.values()}
        if windows:
            low, high = min(windows), max(windows)
            between = f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
            text += f"; beats match within {between} ms"
        return text

    def beats(self) -> Markup:
        """Return the table of beats and the sum of the matrices."""
        caption = "Beats by record; statistics in percent."
        return joined(
            record_table(self.comparison.report_tables["beats"], caption),
            tag("p", words.SVEB, class_="small"),
            tag("h3", "Matrix of all beats"),
            beat_matrix(self.comparison.matrix),
        )

    def shutdown(self) -> Markup:
        """Return the table of beats missed in shutdowns."""
        caption = "Reference beats missed while the test marks that the signal cannot be read."
        return joined(
            record_table(self.comparison.report_tables["shutdown"], caption),
            tag("p", words.SHUTDOWN_GROSS, class_="small")
            if self.comparison.reference_faults
            else None,
        )

    def runs(self) -> Markup:
        """Return the tables and matrices of VE and SVE runs."""
        if not self.comparison.runs:
            return lines("No run was compared.")
        parts = []
        for kind in ("ve", "sve"):
            found = self.comparison.report_tables.get(f"{kind}_runs")
            if found is None:
                continue
            nothing = nothing_found(found, self.comparison)
            if nothing:
                parts.append(lines(nothing))
                continue
            ones = [getattr(one, kind) for one in self.comparison.runs.values()]
            ones = [one for one in ones if one is not None]
            caption = "Runs by record; Se and +P in percent."
            parts += [
                tag("h3", found.title),
                record_table(found, caption),
                tag("div", *run_matrices(ones), class_="matrices"),
            ]
        return joined(*parts, tag("p", f"{words.RUNS} {ROUNDING}", class_="small"))

    def episodes(self) -> Markup:
        """Return the tables of the kinds of episodes."""
        parts, nothing = [], []
        for kind in self.comparison.episodes:
            found = self.comparison.report_tables[kind]
            if text := nothing_found(found, self.comparison):
                nothing.append(text)
                continue
            caption = "Episodes and durations by record; Se and +P in percent."
            parts += [tag("h3", found.title), record_table(found, caption)]
        if text := st_line(self.comparison):
            parts.append(lines(text.replace("microvolts", "µV")))
        if parts:
            parts.append(tag("p", f"{words.EPISODES} {ROUNDING}", class_="small"))
        return joined(*parts, items(nothing) if nothing else None)

    def rates(self) -> Markup:
        """Return the table of heart rates."""
        found = self.comparison.report_tables.get("heart_rate")
        if found is None:
            return lines(words.NO_RATES)
        n = len(self.comparison.records) - len(self.comparison.heart_rate)
        more = f" {count(n, 'record')} without measurements of both annotators." if n else ""
        return joined(
            record_table(found, "Heart rates by record."),
            tag("p", words.HEART_RATE + more, class_="small"),
        )

    def lists(self) -> Markup:
        """List the discrepancies by record."""
        found = discrepancy_lists(self.comparison)
        if found is None:
            return lines(words.NOTHING_WRONG)
        return joined(tag("p", words.DISCREPANCIES), found)

    def not_compared(self) -> Markup:
        """List records and parts that were not compared."""
        return items(self.missing)

    def faults(self) -> Markup:
        """List the known differences of the reference programs from the rules."""
        if not self.comparison.reference_faults:
            return lines(words.RULES_LEAD)
        found = [words.FAULTS[part] for part in self.comparison.parts]
        faults = {name: items(texts) for name, *texts in found}
        return joined(tag("p", words.FAULTS_LEAD), terms(faults))

    def methods(self) -> Markup:
        """Return methods, references, settings and versions."""
        known: dict[str, object] = {
            "Methods": "; ".join(words.METHODS[part] for part in self.comparison.parts),
            "By the standard": "yes" if self.comparison.standard else "no",
            "Faults of the programs": "included" if self.comparison.reference_faults else "none",
        }
        known |= {name: describe(value) for name, value in self.provenance.settings.items()}
        versions = ", ".join(f"{name} {v}" for name, v in self.provenance.versions.items())
        version = self.provenance.versions.get("skecg", "?")
        return joined(
            terms(known, class_="facts"),
            tag("p", f"Versions: {versions}.", class_="small"),
            items([*words.REFERENCES, CITATION.format(version=version)]),
        )


def _upper(text: str) -> str:
    """Begin with a capital."""
    return text[:1].upper() + text[1:]
