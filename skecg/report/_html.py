"""The HTML page of a beat report, section by section."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..ec57 import PredictedRuns
from ..metrics._class_metrics import CLASS_METRICS, compared_metrics
from ..metrics._counts import ignored_cells
from ..metrics._overall import OVERALL_METRICS
from ..utils import Label, count, ratio
from . import _wording as words
from ._beat_metrics import BeatMetrics
from ._overlap import Overlap
from ._page import (
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
from ._provenance import Provenance, describe
from ._tables import RUNS_NOTE, RUNS_TITLE, metric_title, run_rows, written_metric
from ._text import overall_value

MOST_SUBJECTS = 10  # in the table of those with most errors
MOST_NAMES = 8  # records in a cell
WIDE = 6.5  # inches, from which on a figure takes the width of the page
COUNTS = {"support": "Beats", "subjects": "Subjects", "TP": "TP", "FP": "FP", "FN": "FN"}


@dataclass(frozen=True)
class Page:
    """A page about the predictions of one model."""

    report: BeatMetrics
    title: str
    metadata: Mapping[str, Any]
    figures: Mapping[str, Any]
    overlap: Overlap | Mapping[str, Overlap] | None
    excluded: pd.DataFrame | None
    provenance: Provenance
    comparison: pd.DataFrame | None = None
    runs: PredictedRuns | None = None

    def render(self) -> str:
        """Return the page."""
        drawn = dict(self.drawn)
        of_subjects = drawn.pop("subjects", None) if self.has_subjects else None
        sections = [
            Section("summary", "Summary", self.summary(), "summary"),
            Section("data", "Test data", self.data()),
            Section("classes", "Class by class", self.classes()),
            Section("confusion", "Confusion matrix", self.confusion()),
            Section("overall", "All classes", self.overall()),
        ]
        if self.runs is not None:
            sections.append(Section("runs", "Runs of ectopic beats", self.run_table(self.runs)))
        if self.comparison is not None:
            sections.append(Section("comparison", "Comparison of models", self.compared()))
        if drawn:
            sections.append(Section("figures", "Figures", joined(*drawn.values()), "figures-of"))
        if self.has_subjects:
            sections.append(Section("subjects", "Errors by subject", self.subjects(of_subjects)))
        sections.append(Section("overlap", "Train/test overlap", self.overlaps()))
        if self.excluded is not None:
            sections.append(Section("excluded", "Excluded beats", self.exclusions()))
        if self.provenance.warnings:
            sections.append(Section("warnings", "Warnings", items(self.provenance.warnings)))
        sections += [
            Section("reading", "How to read the metrics", self.definitions()),
            Section("limits", "Limits", self.limits()),
            Section("citing", "How to cite", self.citations()),
        ]
        if self.provenance.settings or self.provenance.versions:
            sections.append(Section("settings", "Settings and versions", self.settings()))
        made_by = f"skecg {self.provenance.versions.get('skecg', '')}"
        about = f"{words.size(self.report)}. Made by {made_by}, {self.provenance.created}."
        footer = "Made by skecg, which is research software and not a medical device."
        return document(self.title, tag("p", about), sections, tag("p", footer))

    # What several sections ask.

    @property
    def has_subjects(self) -> bool:
        """Whether the subjects of the beats are known."""
        return self.report.per_subject is not None

    @property
    def has_intervals(self) -> bool:
        """Whether there are intervals over subjects."""
        return words.has_intervals(self.report)

    @cached_property
    def overlap_by_split(self) -> Mapping[str, Overlap]:
        """Overlap of the test beats with each split that was compared."""
        if self.overlap is None:
            return {}
        return self.overlap if isinstance(self.overlap, Mapping) else {"": self.overlap}

    @cached_property
    def training(self) -> str:
        """Whether test data were in training: "seen", "unseen" or "unknown"."""
        if any(one.found for one in self.overlap_by_split.values()):
            return "seen"
        found = {self.overlap_by_split[name].found for name in self.training_splits}
        return "unseen" if found == {False} else "unknown"

    @property
    def training_splits(self) -> list[str]:
        """Names of the splits that were compared, except validation beats: not trained on."""
        return [name for name in self.overlap_by_split if name != "validation"]

    def is_of(self, database: str) -> bool:
        """Tell whether subjects are of a database, by the beginning of their names."""
        if self.report.per_subject is None:
            return False
        return any(str(name).startswith(f"{database}:") for name in self.report.per_subject.index)

    def interval(self, label: Label, name: str) -> tuple[float, float, float]:
        """Return a metric of a class and its bounds, NaN where there are none."""
        return (self.report.metric(name, label), *self.report.interval(name, label))

    def interval_words(self) -> str:
        """Write how the intervals were made, each "%" beside its number."""
        return words.interval_words(self.report).replace(" %", "\u00a0%")

    # Sections.

    def summary(self) -> Markup:
        """Return callouts, a card for each class, and the accuracy."""
        callouts = [
            tag("p", tag("strong", fact), f" {more} ", tag("a", "Details.", href=f"#{place}"))
            for place, fact, more in self.callouts()
        ]
        few = self.has_intervals and any(map(words.is_few, self.report.per_class["subjects"]))
        star = f" * fewer than {words.FEW_SUBJECTS} subjects: the interval is too narrow." * few
        return joined(
            tag("div", *callouts, class_="callout", role="note") if callouts else None,
            tag("p", words.UNSEEN) if self.training == "unseen" else None,
            tag("ul", *map(self.card, self.report.labels), class_="cards"),
            tag("p", self.bar_words(), star, class_="small"),
            tag("p", self.accuracy_words()),
        )

    def callouts(self) -> list[tuple[str, str, str]]:
        """Return what limits the results: section, fact, consequence."""
        found = []
        if self.is_of("simulated"):
            found.append(("limits", *words.NO_PATIENTS))
        if self.training in words.TRAINING_NOTES:
            found.append(("overlap", *words.TRAINING_NOTES[self.training]))
        if self.report.per_subject is None:
            found.append(("limits", *words.NO_SUBJECTS))
        elif len(self.report.per_subject) == 1:
            found.append(("limits", *words.ONE_SUBJECT))
        if n_warnings := len(self.provenance.warnings):
            found.append(("warnings", f"{count(n_warnings, 'warning')} during the run.", ""))
        return found

    def card(self, label: Any) -> Markup:
        """Make the card of a class."""
        row = self.report.per_class.loc[label]
        heading = tag("h3", tag("b", label), _after(" ", words.class_meaning(label)))
        predicted = int(self.report.counts[label].sum())  # also those that EC57 does not count
        said = f"{count(predicted, 'beat')} predicted as {label}"
        if not row["support"]:
            nothing = tag("p", "No reference beats.", class_="small")
            return tag("li", heading, nothing, tag("p", f"{said}.") if predicted else None)
        subjects = _after(" of ", count(row["subjects"], "subject") if "subjects" in row else None)
        star = "*" if self.has_intervals and words.is_few(row["subjects"]) else ""
        size = f"{count(row['support'], 'beat')}{subjects or ''}{star}"
        parts = [tag("p", size, class_="small")]
        for name, metric in CLASS_METRICS.items():
            if metric.card is None:
                continue
            value, low, high = self.interval(label, name)
            if np.isnan(value):
                none = f"{said}, none counted as false positives under EC57."
                parts.append(tag("p", none if predicted else f"No beat predicted as {label}."))
                continue
            between = f"interval {_between(low, high)}"
            if np.isnan(low):  # of one subject there is none
                between = "one subject: no interval" if self.has_intervals else ""
            parts.append(
                tag(
                    "p",
                    tag("b", _percent(value), class_="metric"),
                    f" {metric.card.format(label)}",
                    _bar(value, low, high),
                    tag("span", between, class_="small") if between else None,
                )
            )
        return tag("li", heading, *parts)

    def bar_words(self) -> str:
        """Explain the bars in the cards and tables."""
        shown = [metric.title for metric in CLASS_METRICS.values() if metric.card]
        text = f"For each class: {' and '.join(shown)}."
        if self.has_intervals:
            text += " The band around the mark of each bar is the interval in which the metric "
            text += f"may lie for other subjects: {self.interval_words()}."
        return text

    def accuracy_words(self) -> str:
        """Write the accuracy beside that of a constant prediction."""
        support = self.report.per_class["support"]
        label = support.idxmax()
        constant = float(ratio(support.max(), support.sum()))
        return (
            f"All classes together: accuracy {self.overall_share('accuracy')}; predicting "
            f"{label} for every beat would reach {_percent(constant)}. Balanced accuracy (mean Se "
            f"over the classes): {self.overall_share('balanced_accuracy')}. Macro F1: "
            f"{self.overall_share('macro_f1')}."
        )

    def overall_share(self, name: str) -> str:
        """Write a share over all classes, with its interval if there is one."""
        low, high = self.report.interval(name)
        between = "" if np.isnan(low) else f" [{_between(low, high)}]"
        return _percent(self.report.metric(name)) + between

    def data(self) -> Markup:
        """List what was evaluated, and how."""
        classes = (
            f"{label}{_after(' (', words.class_meaning(label), ')') or ''}"
            for label in self.report.labels
        )
        known = {"Classes": ", ".join(classes)}
        known["Counting rule"] = words.FALSE_POSITIVE_NAMES[self.report.false_positives]
        if self.has_intervals:
            known["Intervals"] = self.interval_words()
        if self.provenance.command:
            known["Command"] = self.provenance.command
        if self.provenance.settings:
            known["Run"] = self.provenance.run_id
        told = {name: describe(value) for name, value in self.metadata.items()}
        return terms(told | {k: v for k, v in known.items() if k not in told}, class_="facts")

    def classes(self) -> Markup:
        """Make the table of metrics by class."""
        counts = {k: v for k, v in COUNTS.items() if k in self.report.per_class}
        rows = []
        for label in self.report.labels:
            row = self.report.per_class.loc[label]
            cells: list[object] = []
            for name in CLASS_METRICS:
                value, low, high = self.interval(label, name)
                between = tag("span", _between(low, high), class_="small") if low == low else None
                cells.append(joined(tag("b", _percent(value)), between, _bar(value, low, high)))
            written = [f"{int(row[name]):,}" for name in counts]
            if self.has_intervals and words.is_few(row["subjects"]):
                written[list(counts).index("subjects")] += "*"
            rows.append([label, *cells, *written])
        caption = "Metrics of each class, in percent"
        notes = [note.replace('"-"', '"-" in a cell') for note in words.class_notes(self.report)]
        if self.has_intervals:
            caption += f"; below them {self.interval_words()}"
            notes += words.interval_notes(self.report)
        columns = ["Class", *CLASS_METRICS, *counts.values()]
        return joined(
            table(f"{caption}.", columns, rows, class_="metrics stack"),
            *(tag("p", f"{note[0].upper()}{note[1:]}.", class_="small") for note in notes),
        )

    def confusion(self) -> Markup:
        """Make the confusion matrix: beats over their share of the reference class."""
        labels = self.report.labels
        counts = self.report.counts.to_numpy()
        shares = ratio(counts, np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape))
        ignored = ignored_cells(list(labels), self.report.false_positives)
        rows = []
        for i, label in enumerate(labels):
            cells: list[object] = []
            for j in range(len(labels)):
                share = shares[i, j]
                below = tag("span", _percent(share), class_="small") if counts[i, j] else None
                kind = "correct" if i == j else None
                if ignored is not None and ignored[i, j] and counts[i, j]:
                    kind = "ignored"
                style = f"--share:{0 if np.isnan(share) else share:.3f}"
                cells.append(Cell(joined(tag("b", f"{counts[i, j]:,}"), below), kind, style))
            rows.append([label, *cells, f"{counts[i].sum():,}"])
        columns = ["Reference", *map(str, labels), "Beats"]
        caption = (
            "Rows reference, columns predicted. Each cell holds the beats and their share of the "
            "reference class; correct ones are framed."
        )
        if ignored is not None:
            caption += " Dashed: not counted as false positives, by the rule of EC57."
        above = ("Predicted", len(labels) + 1)
        return table(caption, columns, rows, class_="matrix", above=above)

    def overall(self) -> Markup:
        """Make the table of metrics over all classes, each with its definition."""
        rows = []
        for name in self.report.metrics:
            metric = OVERALL_METRICS[name]
            value = overall_value(name, self.report.metric(name))
            unit = "\u00a0%" if metric.in_percent and value != "-" else ""
            between = None
            low, high = (overall_value(name, bound) for bound in self.report.interval(name))
            if "-" not in (low, high):
                between = tag("span", f"{low} to {high}", class_="small")
            title = joined(tag("span", metric.title), tag("span", metric.meaning, class_="small"))
            rows.append([title, joined(tag("b", f"{value}{unit}"), between)])
        caption = "Metrics over all classes"
        if self.has_intervals:
            caption += f"; below each value {self.interval_words()}"
        note = f"{words.overall_notes(self.report)[0]}."
        return joined(
            table(f"{caption}.", ["Metric", "Value"], rows, class_="long"),
            tag("p", f"{note[0].upper()}{note[1:]}", class_="small"),
        )

    def run_table(self, runs: PredictedRuns) -> Markup:
        """Make the table of couplets, short and long runs."""
        columns, *rows = run_rows(runs)
        return joined(
            table(f"{RUNS_TITLE}.", columns, rows, class_="long"),
            tag("p", f"{RUNS_NOTE}.", class_="small"),
        )

    def compared(self) -> Markup:
        """Make the table of all models of the evaluation."""
        assert self.comparison is not None
        rows = [
            [metric_title(str(name)), *(written_metric(str(name), v) for v in column)]
            for name, column in self.comparison.astype(float).items()
        ]
        names = list(map(str, self.comparison.index))
        by_class = ", ".join(compared_metrics())
        caption = f"All models on the same test beats; {by_class}: one class against the rest."
        return table(caption, ["Metric", *names], rows, class_="long")

    @cached_property
    def drawn(self) -> dict[str, Markup]:
        """Each figure with its caption."""
        drawn = {}
        for number, (name, given) in enumerate(self.figures.items()):
            display = getattr(given, "display", given)
            figure = getattr(display, "figure_", display)
            if not hasattr(figure, "savefig"):
                raise TypeError(
                    "The 'figures' parameter of BeatReport.to_html must hold displays that are "
                    f"drawn, or matplotlib figures. Got {type(given).__name__} for {name!r} "
                    "instead."
                )
            title = getattr(given, "title", name) if given is not figure else name
            alt = getattr(given, "alt", None) or f"Figure: {title}"
            themed = given is not display  # a ReportFigure, whose colours are known
            svg = inline_svg(figure, f"p{number}", alt, themed=themed)
            caption = tag("figcaption", tag("b", f"{title}. "), getattr(given, "caption", None))
            wide = "wide" if figure.get_figwidth() > WIDE else None
            drawn[name] = tag("figure", tag("div", svg, class_="drawing"), caption, class_=wide)
        return drawn

    def subjects(self, figure: Markup | None) -> Markup:
        """Make the table of the subjects with most errors, above the figure of all."""
        found = self.report.per_subject
        assert found is not None
        wrong = found[found["errors"] > 0]
        if not len(wrong):
            return lines(f"No beat of the {count(len(found), 'subject')} was misclassified.")
        worst = wrong.head(MOST_SUBJECTS)
        listed_rows: list[Any] = list(worst.itertuples())
        rows = [
            [
                row.Index,
                f"{row.beats:,}",
                f"{row.errors:,}",
                _percent(row.accuracy),
                _percent(row.share),
                f"{row.y_true} predicted as {row.y_pred}: {row.count:,}",
            ]
            for row in listed_rows
        ]
        columns = [
            "Subject",
            "Beats",
            "Errors",
            "Accuracy",
            "Of all errors",
            "Most frequent error",
        ]
        first = (
            f"{int(wrong['errors'].sum()):,} beats were misclassified, in {len(wrong):,} of "
            f"{len(found):,} subjects. The {count(len(worst), 'subject')} below "
            f"{'has' if len(worst) == 1 else 'have'} {_percent(worst['share'].sum())} of the "
            "errors: begin with them to find wrong predictions, or wrong labels."
        )
        texts = ["Most frequent error"]
        caption = "Subjects with most errors."
        return joined(
            lines(first), table(caption, columns, rows, class_="stack", texts=texts), figure
        )

    def overlaps(self) -> Markup:
        """Write what training and test data share."""
        parts = [] if self.training_splits else [lines(words.NOT_COMPARED)]
        for one in self.overlap_by_split.values():
            first, *rest = str(one).splitlines()
            parts.append(tag("p", first))
            if rest:
                parts.append(items(line.strip() for line in rest))
        return joined(*parts)

    def exclusions(self) -> Markup:
        """Make the table of excluded beats and records."""
        excluded = self.excluded
        assert excluded is not None
        if not len(excluded):
            return lines("None: each beat of these records was used.")
        rows = []
        for reason, of_reason in excluded.groupby("reason", sort=True):
            names = of_reason["record"].astype(str).drop_duplicates().tolist()
            some = ", ".join(names[:MOST_NAMES])
            more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
            n_beats = int(of_reason["count"].sum())
            beats = f"{n_beats:,}" if n_beats else "whole records"
            rows.append([reason, beats, f"{len(names):,}: {some}{more}"])
        columns = ["Reason", "Beats", "Records"]
        caption = "Excluded beats by reason, of all recordings that were read."
        return table(caption, columns, rows, class_="long stack", texts=["Records"])

    def definitions(self) -> Markup:
        """Define the metrics."""
        defined: dict[str, object] = dict(words.definitions())
        if self.has_intervals:
            defined["Interval"] = words.INTERVALS
        defined["False positives"] = words.FALSE_POSITIVE_RULES[self.report.false_positives]
        defined['"-"'] = "Undefined: the denominator is 0."
        return terms(defined)

    def limits(self) -> Markup:
        """Write the limits."""
        return lines(*words.LIMITS, *[words.SIMULATED] * self.is_of("simulated"))

    def citations(self) -> Markup:
        """List what to cite: the program, and the databases of the subjects."""
        version = self.provenance.versions.get("skecg", "?")
        texts = [words.CITATION.format(version=version)]
        databases = [text for name, text in words.DATABASES.items() if self.is_of(name)]
        if databases:
            texts += [*databases, words.PHYSIONET]
        elif not self.is_of("simulated"):
            texts.append("The database that the recordings are from, as its page asks.")
        return items(texts)

    def settings(self) -> Markup:
        """List settings and versions."""
        plain: dict[str, object] = {
            name: describe(value) for name, value in self.provenance.settings.items()
        }
        versions = ", ".join(f"{name} {v}" for name, v in self.provenance.versions.items())
        return joined(
            terms(plain, class_="facts") if plain else None,
            tag("p", f"Versions: {versions}.", class_="small"),
        )


def _after(before: str, text: str | None, behind: str = "") -> str | None:
    """Return a text between others, None where there is no text."""
    return None if text is None else f"{before}{text}{behind}"


def _percent(value: float) -> str:
    """Write a share in percent, NaN as "-"."""
    return "-" if np.isnan(value) else f"{100 * value:.1f}\u00a0%"


def _between(low: float, high: float) -> str:
    """Write an interval, nothing where there is none."""
    return "" if np.isnan(low) else f"{100 * low:.1f} to {100 * high:.1f}"


def _bar(value: float, low: float, high: float) -> Markup | None:
    """Draw a share and its interval between 0 and 100; drawn, not coloured, so that it prints."""
    if np.isnan(value):
        return None
    parts = [tag("rect", width=100, height=6, y=2, class_="all")]
    if not np.isnan(low):
        width = f"{max(100 * (high - low), 0.5):.1f}"
        parts.append(tag("rect", x=f"{100 * low:.1f}", width=width, height=6, y=2, class_="range"))
    at = min(100 * value, 99)
    parts.append(tag("rect", x=f"{at:.1f}", width=1.5, height=10, class_="value"))
    return tag(
        "svg",
        *parts,
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
    )
