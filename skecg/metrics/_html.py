"""A report as a page of HTML, section by section."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._page import Markup, Section, document, inline_svg, items, lines, table, tag, terms
from . import _html_words as words
from . import _text
from ._counts import ignored_cells
from ._overall import FIGURES
from ._ratio import ratio

if TYPE_CHECKING:
    from ._report import BeatReport

MOST_SUBJECTS = 10  # in the table of those with most errors
MOST_NAMES = 8  # records in a cell
WIDE = 6.5  # inches, from which on a figure takes the width of the page
IN_CARDS = {"Se": "were found", "+P": "of those called {} were right"}
SHARES = ("Se", "+P", "F1", "Sp")
COUNTS = {"support": "Beats", "subjects": "Subjects", "TP": "TP", "FP": "FP", "FN": "FN"}


def report_page(
    report: "BeatReport",
    *,
    title: str,
    facts: Mapping[str, Any],
    pictures: Mapping[str, Any],
    leaks: Any,
    skipped: pd.DataFrame | None,
    warnings: Sequence[str],
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
    date: str,
) -> str:
    """Return the whole page."""
    leaks = _as_list(leaks)
    simulated = _of(report, "simulated")
    training = _training(leaks)
    notes = _notes(report, training, simulated, len(warnings))
    sections = [
        Section("summary", "In short", _summary(report, training, notes), "summary"),
        Section("judged", "What was judged", _judged(report, facts)),
        Section("classes", "Class by class", _classes(report)),
        Section("confusion", "What was taken for what", _confusion(report)),
        Section("overall", "Over all classes", _overall(report)),
    ]
    drawn = _drawn(pictures)
    of_subjects = drawn.pop("subjects", None) if report.per_subject is not None else None
    if drawn:
        content = Markup("".join(drawn.values()))
        sections.append(Section("pictures", "Pictures", content, "pictures"))
    if report.per_subject is not None:
        content = _subjects(report, of_subjects)
        sections.append(Section("subjects", "Who carries the errors", content))
    sections.append(Section("shared", "Trained on and tested on", _leaks(leaks)))
    if skipped is not None:
        sections.append(Section("skipped", "What was left out", _skipped(skipped)))
    if warnings:
        sections.append(Section("warnings", "Warnings", items(warnings)))
    sections += [
        Section("reading", "How to read the figures", _reading(report)),
        Section("limits", "Limits", lines(*words.LIMITS, *[words.SIMULATED] * simulated)),
        Section("citing", "How to cite", _citing(report, versions)),
    ]
    if settings or versions:
        sections.append(
            Section("settings", "Settings and versions", _settings(settings, versions))
        )
    beats = report._heading()[0].removeprefix("Beat report: ")
    subtitle = tag("p", f"{beats}. Made by skecg {versions.get('skecg', '')}, {date}.")
    footer = tag("p", "Made by skecg, which is research software and no medical device.")
    return document(title, subtitle, sections, footer)


def _notes(
    report: "BeatReport", training: str, simulated: bool, n_warnings: int
) -> list[tuple[str, str, str]]:
    """Tell what not to believe: where to read on, in short, and what follows."""
    notes = []
    if simulated:
        notes.append(("limits", *words.NO_PATIENTS))
    if training in words.TRAINING_NOTES:
        notes.append(("shared", *words.TRAINING_NOTES[training]))
    if report.per_subject is None:
        notes.append(("limits", *words.NO_SUBJECTS))
    elif len(report.per_subject) == 1:
        notes.append(("limits", *words.ONE_SUBJECT))
    if n_warnings:
        notes.append(("warnings", f"{_text.plural(n_warnings, 'warning')} came up.", ""))
    return notes


def _summary(report: "BeatReport", training: str, notes: Sequence[tuple[str, str, str]]) -> Markup:
    """Say the main figures so that they need no key, and first what not to believe."""
    callouts = [
        tag("p", tag("strong", short), f" {more} ", tag("a", "Read on.", href=f"#{place}"))
        for place, short, more in notes
    ]
    cards = [_card(report, label) for label in report.labels]
    few = report._has_intervals() and _few(report)
    star = f" * fewer than {_text.FEW_SUBJECTS} people: the interval is too narrow." * few
    parts = [
        tag("div", *callouts, class_="callout", role="note") if callouts else None,
        tag("p", words.UNSEEN) if training == "unseen" else None,
        tag("ul", *cards, class_="cards"),
        tag("p", _bars_are(report), star, class_="small"),
        tag("p", _accuracy_words(report)),
    ]
    return Markup("".join(part for part in parts if part is not None))


def _card(report: "BeatReport", label: Any) -> Markup:
    """Make the card of a class: what was found, and what of the calls was right."""
    row = report.per_class.loc[label]
    meaning = words.MEANINGS.get(label)
    heading = tag("h3", tag("b", label), f" {meaning}" if meaning else None)
    called = int(report.counts[label].sum())  # also those that EC57 spares
    said = f"{_text.plural(called, 'beat was', 'beats were')} called {label}"
    if not row["support"]:
        nothing = tag("p", "No beats, nothing to find.", class_="small")
        return tag("li", heading, nothing, tag("p", f"{said}.") if called else None)
    people = f" of {_text.plural(row['subjects'], 'subject')}" if "subjects" in row else ""
    star = "*" if report._has_intervals() and _is_few(row["subjects"]) else ""
    parts = [tag("p", f"{_text.plural(row['support'], 'beat')}{people}{star}", class_="small")]
    for name, say in IN_CARDS.items():
        value, low, high = _interval(report, label, name)
        if np.isnan(value):
            none = f"{said}, all spared by the rule of EC57."
            parts.append(tag("p", none if called else f"No beat was called {label}."))
            continue
        between = f"interval {_between(low, high)}"
        if np.isnan(low):  # of one subject there is none
            between = "one person: no interval" if report._has_intervals() else None
        parts.append(
            tag(
                "p",
                tag("b", _percent(value), class_="figure"),
                f" {say.format(label)}",
                _bar(value, low, high),
                tag("span", between, class_="small") if between else None,
            )
        )
    return tag("li", heading, *parts)


def _bars_are(report: "BeatReport") -> str:
    """Say what the bars in the cards and tables are."""
    text = "Of each class: how many of its beats were found (sensitivity, Se), and how many of "
    text += "the beats called so were right (positive predictive value, +P)."
    if report._has_intervals():
        text += " The band around the mark of each bar says where the figure may lie for other "
        text += f"people: {_interval_words(report)}."
    return text


def _accuracy_words(report: "BeatReport") -> str:
    """Say the accuracy beside that of no work at all."""
    support = report.per_class["support"]
    label = support.idxmax()
    idle = ratio(support.max(), support.sum())
    return (
        f"All classes together: {_figure(report, 'accuracy')} of the beats got the label of the "
        f"reference; calling every beat {label} would reach {_percent(float(idle))}. In the mean "
        f"over the classes {_figure(report, 'balanced_accuracy')} of the beats were found "
        f"(balanced accuracy), and the macro F1 is {_figure(report, 'macro_f1')}."
    )


def _judged(report: "BeatReport", facts: Mapping[str, Any]) -> Markup:
    """List what the figures are of, beyond what stands below the title, and how they were made."""
    classes = (
        f"{label} ({words.MEANINGS[label]})" if label in words.MEANINGS else str(label)
        for label in report.labels
    )
    known = {"Classes": ", ".join(classes)}
    known["Counted as"] = words.CONVENTION_NAMES[report.convention]
    if report._has_intervals():
        known["Intervals"] = _interval_words(report)
    told = {name: _plain(value) for name, value in facts.items()}
    return terms(told | {k: v for k, v in known.items() if k not in told}, class_="facts")


def _classes(report: "BeatReport") -> Markup:
    """Make the table of figures by class."""
    counts = {k: v for k, v in COUNTS.items() if k in report.per_class}
    rows = []
    for label in report.labels:
        row = report.per_class.loc[label]
        cells = []
        for name in SHARES:
            value, low, high = _interval(report, label, name)
            between = tag("span", _between(low, high), class_="small") if low == low else None
            cells.append(tag("td", tag("b", _percent(value)), between, _bar(value, low, high)))
        written = [f"{int(row[name]):,}" for name in counts]
        if report._has_intervals() and _is_few(row["subjects"]):
            written[list(counts).index("subjects")] += "*"
        rows.append([label, *cells, *written])
    caption = "Figures of each class, in percent"
    if report._has_intervals():
        caption += f"; below them {_interval_words(report)}"
    notes = [text.replace('"-"', '"-" in a cell') for text in [*report._class_note()] if text] + (
        report._interval_notes() if report._has_intervals() else []
    )
    columns = ["Class", *SHARES, *counts.values()]
    return Markup(
        table(f"{caption}.", columns, rows, class_="figures")
        + "".join(tag("p", f"{note[0].upper()}{note[1:]}.", class_="small") for note in notes)
    )


def _confusion(report: "BeatReport") -> Markup:
    """Make the confusion matrix: beats over the share of their row."""
    counts = report.counts.to_numpy()
    shares = ratio(counts, np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape))
    spared = ignored_cells(list(report.labels), report.convention)
    rows = []
    for i, label in enumerate(report.labels):
        cells = []
        for j in range(len(report.labels)):
            share = shares[i, j]
            below = _percent(share) if counts[i, j] else None
            right = "right" if i == j else None
            if spared is not None and spared[i, j] and counts[i, j]:
                right = "spared"
            cells.append(
                tag(
                    "td",
                    tag("b", f"{counts[i, j]:,}"),
                    None if below is None else tag("span", below, class_="small"),
                    class_=right,
                    style=f"--share:{0 if np.isnan(share) else share:.3f}",
                )
            )
        rows.append([label, *cells, f"{counts[i].sum():,}"])
    columns = ["Reference", *report.labels, "Beats"]
    caption = (
        "Confusion matrix: rows reference, columns predicted. In each cell the beats, and their "
        "share of the reference class; right ones are framed."
    )
    if spared is not None:
        caption += " Dashed: no false alarms by the rule of EC57."
    over = ("Predicted", len(report.labels) + 1)
    return table(caption, columns, rows, class_="matrix", above=over)


def _overall(report: "BeatReport") -> Markup:
    """Make the table of figures over all classes, each with what it is."""
    rows = []
    for name in report._figure_names():
        figure = FIGURES[name]
        value = _text.figure(name, report._value(name))
        unit = "\u00a0%" if figure.in_percent and value != "-" else ""
        between = None
        if report._has_intervals():
            low, high = (_text.figure(name, v) for v in report.intervals.loc[("", name)][1:])
            between = (
                None if "-" in (low, high) else tag("span", f"{low} to {high}", class_="small")
            )
        called = Markup(tag("span", figure.words) + tag("span", figure.meaning, class_="small"))
        rows.append([called, tag("td", tag("b", f"{value}{unit}"), between)])
    caption = "Figures over all classes, and what they are"
    if report._has_intervals():
        caption += f"; below each value {_interval_words(report)}"
    note = f"{report._overall_note()[0]}."
    return Markup(
        table(f"{caption}.", ["Figure", "Value"], rows, class_="long")
        + tag("p", f"{note[0].upper()}{note[1:]}", class_="small")
    )


def _drawn(pictures: Mapping[str, Any]) -> dict[str, Markup]:
    """Return a figure with its caption for each picture."""
    figures = {}
    for number, (name, given) in enumerate(pictures.items()):
        drawn = getattr(given, "display", given)
        figure = getattr(drawn, "figure_", drawn)
        if not hasattr(figure, "savefig"):
            raise TypeError(
                "The 'pictures' parameter of BeatReport.to_html must hold displays that are "
                f"drawn, or matplotlib figures. Got {type(given).__name__} for {name!r} instead."
            )
        title = getattr(given, "title", name) if given is not figure else name
        alt = getattr(given, "alt", None) or f"Picture: {title}"
        caption = getattr(given, "caption", None)
        themed = given is not drawn  # whose colours are known
        svg = inline_svg(figure, f"p{number}", alt, themed=themed)
        below = tag("figcaption", tag("b", f"{title}. "), caption)
        wide = "wide" if figure.get_figwidth() > WIDE else None
        figures[name] = tag("figure", tag("div", svg, class_="picture"), below, class_=wide)
    return figures


def _subjects(report: "BeatReport", picture: Markup | None) -> Markup:
    """Make the table of the subjects with most errors, above the picture of all."""
    found = report.per_subject
    wrong = found[found["errors"] > 0]
    if not len(wrong):
        return lines(f"No beat of the {_text.plural(len(found), 'subject')} was named wrongly.")
    worst = wrong.head(MOST_SUBJECTS)
    rows = [
        [
            row.Index,
            f"{row.beats:,}",
            f"{row.errors:,}",
            _percent(row.accuracy),
            _percent(row.share),
            f"{row.truth} called {row.prediction}: {row.count:,}",
        ]
        for row in worst.itertuples()
    ]
    columns = ["Subject", "Beats", "Errors", "Right", "Of all errors", "Most often"]
    n_wrong, n_all = len(wrong), len(found)
    first = (
        f"{int(wrong['errors'].sum()):,} beats were named wrongly, in {n_wrong:,} of {n_all:,} "
        f"subjects. The {_text.plural(len(worst), 'subject')} below "
        f"{'has' if len(worst) == 1 else 'have'} {_percent(worst['share'].sum())} of the errors: "
        "begin there to see what goes wrong, or what is labelled wrongly."
    )
    found = table("Subjects with most errors.", columns, rows, texts=["Most often"])
    return Markup(lines(first) + found + (picture or ""))


def _as_list(leaks: Any) -> list[Any]:
    """Return what was found out about training and test, one by one."""
    if leaks is None:
        return []
    several = isinstance(leaks, Sequence) and not isinstance(leaks, str)
    return list(leaks) if several else [leaks]


def _training(leaks: Sequence[Any]) -> str:
    """Whether the model was trained on what it is judged on: seen, unseen, unknown, or as told."""
    found = {getattr(one, "found", "told") for one in leaks} or {None}
    if True in found or None in found:
        return "seen" if True in found else "unknown"
    return "unseen" if found == {False} else "told"


def _leaks(leaks: Sequence[Any]) -> Markup:
    """Say what training and test share."""
    if not leaks:
        return lines(words.NOT_COMPARED)
    parts = []
    for one in leaks:
        first, *rest = str(one).splitlines()
        parts.append(tag("p", first))
        if rest:
            parts.append(items(line.strip() for line in rest))
    return Markup("".join(parts))


def _skipped(skipped: pd.DataFrame) -> Markup:
    """Make the table of beats and records that were not judged."""
    if not len(skipped):
        return lines("Nothing: each beat of these records was judged.")
    rows = []
    for reason, of_reason in skipped.groupby("reason", sort=True):
        names = of_reason["record"].astype(str).drop_duplicates().tolist()
        some = ", ".join(names[:MOST_NAMES])
        more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
        n_beats = int(of_reason["count"].sum())
        beats = f"{n_beats:,}" if n_beats else "whole records"
        rows.append([reason, beats, f"{len(names):,}: {some}{more}"])
    columns = ["Reason", "Beats", "Records"]
    return table("What made no row, and why.", columns, rows, class_="long", texts=["Records"])


def _reading(report: "BeatReport") -> Markup:
    """Define the figures."""
    defined = dict(words.DEFINITIONS)
    if report._has_intervals():
        defined["Interval"] = words.INTERVALS
    defined["What is a false alarm"] = words.CONVENTIONS[report.convention]
    defined['"-"'] = "A share of nothing, which is not 0."
    return terms(defined)


def _citing(report: "BeatReport", versions: Mapping[str, str]) -> Markup:
    """Say what to cite: the program, and the databases that the subjects are of."""
    texts = [words.CITATION.format(version=versions.get("skecg", "?"))]
    of_databases = [text for name, text in words.DATABASES.items() if _of(report, name)]
    if of_databases:
        texts += [*of_databases, words.PHYSIONET]
    elif not _of(report, "simulated"):
        texts.append("The database that the recordings are from, as its page asks.")
    return items(texts)


def _of(report: "BeatReport", database: str) -> bool:
    """Whether subjects are of a database, by the beginning of their names."""
    if report.per_subject is None:
        return False
    return any(str(name).startswith(f"{database}:") for name in report.per_subject.index)


def _settings(settings: Mapping[str, Any], versions: Mapping[str, str]) -> Markup:
    """List what was set, and which programs ran."""
    plain = {name: _plain(value) for name, value in settings.items()}
    parts = [terms(plain, class_="settings")] if plain else []
    written = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Markup("".join([*parts, tag("p", f"Versions: {written}.", class_="small")]))


def _plain(value: Any) -> str:
    """Write a setting as a reader would."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_plain(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value)) or "-"
    return str(value)


def _interval(report: "BeatReport", label: Any, name: str) -> tuple[float, float, float]:
    """Return a figure of a class and its bounds, NaN where there are none."""
    if report.intervals is not None:
        return tuple(report.intervals.loc[(label, name)])
    return report.per_class.loc[label, name], np.nan, np.nan


def _interval_words(report: "BeatReport") -> str:
    """Say how the intervals were made, with each "%" beside its number."""
    return report._interval_words().replace(" %", "\u00a0%")


def _few(report: "BeatReport") -> bool:
    """Whether a class has so few people that its intervals are too narrow."""
    return any(map(_is_few, report.per_class["subjects"]))


def _is_few(n_subjects: int) -> bool:
    """Whether an interval over so many people is too narrow."""
    return 0 < n_subjects < _text.FEW_SUBJECTS


def _figure(report: "BeatReport", name: str) -> str:
    """Write a share over all classes, with its interval if there is one."""
    if not report._has_intervals():
        return _percent(report._value(name))
    value, low, high = report.intervals.loc[("", name)]
    return _percent(value) + ("" if np.isnan(low) else f" [{_between(low, high)}]")


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
        width = max(100 * (high - low), 0.5)
        parts.append(
            tag("rect", x=f"{100 * low:.1f}", width=f"{width:.1f}", height=6, y=2, class_="range")
        )
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
