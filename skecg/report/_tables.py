"""Tables and sentences about beats and models, for terminals and text reports of 80 columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..metrics._class_metrics import CLASS_METRICS, of_class
from ..tables import ordered_labels
from ..utils import count, listed, printable

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table
    from rich.text import Text

    from ..beats import Beats
    from ..ec57 import PredictedRuns

_MOST_SUBJECTS = 10  # named in a line
RUNS_TITLE = "Runs of ectopic beats, in percent of runs and their numbers"
RUNS_NOTE = (
    "Short runs are of 3 to 5 beats, long ones of more. A couplet is found by 2 beats or more "
    "where it is, a short run by 3 or more, a long run by a long one"
)
NO_SHARES = ("test loss", "training time (s)", "parameters", "epochs")  # lower is better


def make_table(*columns: str, left: Sequence[str] = (), title: str | None = None) -> "Table":
    """Make an empty table in the style of all commands."""
    from rich import box

    from ._rich import TextTable

    table = TextTable(
        box=box.SIMPLE_HEAD,
        header_style="bold",
        title=title,
        title_justify="left",
        title_style="bold",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in columns:
        if column in left:
            table.add_column(column, justify="left", overflow="fold")
        else:
            table.add_column(column, justify="right", overflow="ellipsis")
    return table


def beats_table(splits: "Mapping[str, Beats]") -> "Table":
    """Make a table of subjects, records and beats of each class, one row per split."""
    labels = ordered_labels({label for beats in splits.values() for label in beats.target_names})
    table = make_table("", "subjects", "records", "beats", *labels, left=[""])
    for name, beats in splits.items():
        counts = Counter(beats.target.tolist())
        table.add_row(
            name,
            f"{len(beats.subjects):,}",
            f"{len(beats.records):,}",
            f"{len(beats):,}",
            *(f"{counts[label]:,}" for label in labels),
        )
    return table


def shared_subjects_line(records: Mapping[str, Sequence[str]]) -> str:
    """Write which records are of one subject; "" if there are none."""
    if not records:
        return ""
    shown = [f"{printable(who)} ({listed(names, 5)})" for who, names in records.items()]
    return f"Subjects of several records, {len(records):,} in all: {listed(shown, _MOST_SUBJECTS)}"


def records_by_subject(splits: "Mapping[str, Beats]") -> dict[str, list[str]]:
    """Return the records of each subject who has several, in all splits together."""
    records: dict[str, list[str]] = {}
    for beats in splits.values():
        pairs = beats.meta[["subject", "record"]].drop_duplicates()
        for who, name in pairs.itertuples(index=False):
            if name not in records.setdefault(str(who), []):
                records[str(who)].append(str(name))
    return {who: names for who, names in sorted(records.items()) if len(names) > 1}


def comparison_table(comparison: "pd.DataFrame") -> "Table":
    """Make the table of `compare_models` with one column per model, the best value bold."""
    names = list(comparison.index)
    table = make_table("", *names, left=[""])
    seen_class = False
    for column in comparison.columns:
        values = [None if v != v else float(v) for v in comparison[column].astype(float)]
        is_class = of_class(column) is not None
        if is_class != seen_class:
            table.add_section()
            seen_class = is_class
        best = _best(column, values)
        table.add_row(
            metric_title(column),
            *(_bold(written_metric(column, v), i in best) for i, v in enumerate(values)),
        )
    return table


def differences_table(differences: "pd.DataFrame") -> list[Any]:
    """Make tables of the differences that `compare_models` returns, one per pair of models."""
    subjects = differences.attrs.get("n_subjects")
    if subjects == 1:
        return ["One test subject: differences have neither intervals nor p values."]
    parts: list[Any] = []
    for (model, against), rows in differences.groupby(level=[0, 1], sort=False):
        title = f"{model} minus {against}"
        table = make_table(title, "difference", "interval", "p", "p (Holm)", left=[title])
        for index, row in rows.droplevel([0, 1]).iterrows():
            column = str(index)
            decimals = 2 if _is_share(column) else 4
            scale = 100 if _is_share(column) else 1
            value, low, high = (
                "-" if v != v else f"{scale * v:+.{decimals}f}"
                for v in (row["difference"], row["low"], row["high"])
            )
            table.add_row(
                metric_title(column),
                value,
                "-" if low == "-" else f"[{low}, {high}]",
                *("-" if p != p else f"{p:.4f}" for p in (row["p"], row["p_holm"])),
            )
        parts += [table, ""]
    confidence = 100 * differences.attrs.get("confidence", 0.95)
    parts.append(
        f"{confidence:g} % intervals and p values over the {subjects or 'test'} subjects, paired; "
        "p (Holm) is corrected for the number of rows."
    )
    return parts


def verdict(comparison: "pd.DataFrame", differences: "pd.DataFrame | None" = None) -> str:
    """Write which of two models is better by which metric, and which difference may be chance."""
    if len(comparison) != 2:
        return ""
    a, b = comparison.index
    sentences = [_compared(comparison, "macro F1", "has the better macro F1")]
    for kind, metric in CLASS_METRICS.items():
        for name in (a, b):
            better = [
                _between(comparison, column, name)
                for column in comparison.columns
                if (of_class(column) or ("",))[0] == kind and _winner(comparison, column) == name
            ]
            if better:
                sentences.append(f"{name} {metric.compared} {_listed(better)}.")
    times = comparison["training time (s)"].astype(float)
    if times.notna().all() and times.min() > 0:
        fast = times.idxmin()
        ratio = times.max() / times.min()
        if ratio >= 1.1:
            sentences.append(
                f"{fast} trained {ratio:.1f} times as fast "
                f"({seconds(times.min())} against {seconds(times.max())})."
            )
    if differences is not None:
        sentences.append(_beyond_chance(differences))
    return printable(" ".join(sentences))


def _beyond_chance(differences: "pd.DataFrame") -> str:
    """Name the metrics whose difference chance among the subjects does not explain."""
    p = differences["p_holm"].droplevel([0, 1])
    sure = [str(column) for column, value in p.items() if value < 0.05]
    if sure:
        return f"More than chance among these subjects (corrected p < 0.05): {', '.join(sure)}."
    least = f" (least corrected p {p.min():.2g})" if p.notna().any() else ""
    return f"All differences may be chance among these subjects{least}."


def excluded_lines(skipped: "pd.DataFrame") -> list[str]:
    """Write the excluded beats, one line per reason, and the excluded records one by one."""
    lines = []
    beats = skipped[skipped["count"] > 0]
    for reason, rows in beats.groupby("reason", sort=True):
        lines.append(f"{count(int(rows['count'].sum()), 'beat')}: {reason}")
    for row in skipped[skipped["count"] == 0].itertuples():
        lines.append(f"{row.record}: {row.reason}")
    return [printable(line) for line in lines]


def merge_excluded(splits: "Mapping[str, Beats]") -> "pd.DataFrame":
    """Join the exclusions of all splits; splits of one load have the same."""
    import pandas as pd

    tables: list[pd.DataFrame] = []
    for beats in splits.values():
        if not any(beats.skipped.equals(table) for table in tables):
            tables.append(beats.skipped)
    return pd.concat(tables, ignore_index=True)


def clock(seconds: float) -> str:
    """Write a duration as 30:05 or 2:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def duration(seconds: float) -> str:
    """Write a duration in hours or minutes."""
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.1f} minutes"


def seconds(value: float) -> str:
    """Write a duration in seconds or minutes."""
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def _is_share(column: str) -> bool:
    return column not in NO_SHARES


def metric_title(column: str) -> str:
    """Write the name of a column of `compare_models`, with its unit."""
    return f"{column} (%)" if _is_share(column) else column


def written_metric(column: str, value: float | None) -> str:
    """Write a value of a column of `compare_models`."""
    if value is None or value != value:
        return "-"
    if column == "test loss":
        return f"{value:.4f}"
    if column == "training time (s)":
        return f"{value:,.1f}"
    if not _is_share(column):
        return f"{value:,.0f}"
    return f"{100 * value:.2f}"


def _bold(text: str, wanted: bool) -> "Text":
    from rich.text import Text

    return Text(text, style="bold green" if wanted else "")


def _best(column: str, values: list[float | None]) -> set[int]:
    """Return the positions of the best models, an empty set if all are equal as printed."""
    known = [v for v in values if v is not None]
    if (
        len(known) < 2
        or column == "epochs"
        or len({written_metric(column, v) for v in known}) == 1
    ):
        return set()
    best = min(known) if column in NO_SHARES else max(known)
    return {i for i, v in enumerate(values) if v == best}


def _winner(comparison: "pd.DataFrame", column: str) -> str | None:
    """Return the name of the better of two models, None if they differ by under 0.1 %."""
    values = comparison[column].astype(float)
    if values.isna().any() or f"{100 * values.iloc[0]:.1f}" == f"{100 * values.iloc[1]:.1f}":
        return None
    return str(values.idxmax())


def _compared(comparison: "pd.DataFrame", column: str, words: str) -> str:
    winner = _winner(comparison, column)
    if winner is None:
        a, b = comparison.index
        return f"{a} and {b} are equal in {column}."
    high, low = sorted(comparison[column].astype(float), reverse=True)
    return f"{winner} {words} ({100 * high:.1f} against {100 * low:.1f} %)."


def _between(comparison: "pd.DataFrame", column: str, winner: str) -> str:
    """Return a class with both comparison, as in "V (95.1 against 80.2 %)"."""
    (other,) = (name for name in comparison.index if name != winner)
    a, b = (100 * comparison[column].astype(float)[name] for name in (winner, other))
    return f"{column.partition(' ')[2]} ({a:.1f} against {b:.1f} %)"


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def run_rows(runs: "PredictedRuns") -> list[list[str]]:
    """Write Se and +P of couplets, short and long runs as rows of cells, a header first."""
    rows = [["Runs", "Se", "+P"]]
    for title, found in (("VE", runs.ve), ("SVE", runs.sve)):
        numbers = found.statistics[["numerator", "denominator"]].to_dict(orient="index")
        for name in ("couplet", "short run", "long run"):
            cells = []
            for statistic in ("Se", "+P"):
                hits, n_runs = numbers[f"{name} {statistic}"].values()
                share = f"{100 * hits / n_runs:.1f}" if n_runs else "-"
                cells.append(f"{share} ({hits:,}/{n_runs:,})")
            rows.append([f"{title} {name}s", *cells])
    return rows
