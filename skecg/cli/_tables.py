"""Tables and sentences about beats, rows and models; all fit 80 columns."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table
    from rich.text import Text

HIGHER_IS_WORSE = ("test loss", "training time (s)", "parameters", "epochs")


def make_table(*columns: str, left: Sequence[str] = (), title: str | None = None) -> "Table":
    """Make an empty table of the kind that all commands print."""
    from rich import box
    from rich.table import Table

    table = Table(
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
        justify = "left" if column in left else "right"
        overflow = "fold" if column in left else "ellipsis"
        table.add_column(column, justify=justify, overflow=overflow)
    return table


def beats_table(sides: Mapping[str, Any]) -> "Table":
    """Make a table of subjects, records and beats of each class, a row a side."""
    from ..tables import ordered_labels

    labels = ordered_labels({label for beats in sides.values() for label in beats.target_names})
    table = make_table("", "subjects", "records", "beats", *labels, left=[""])
    for name, beats in sides.items():
        counts = Counter(beats.target.tolist())
        table.add_row(
            name,
            f"{len(set(beats.groups.tolist())):,}",
            f"{beats.meta['record'].nunique():,}",
            f"{len(beats.target):,}",
            *(f"{counts[label]:,}" for label in labels),
        )
    return table


def comparison_table(figures: "pd.DataFrame") -> "Table":
    """Make a table of what `compare_models` returns, a column a model, the better one bold."""
    names = list(figures.index)
    table = make_table("", *names, left=[""])
    seen_class = False
    for figure in figures.columns:
        values = [None if v != v else float(v) for v in figures[figure].astype(float)]
        is_class = figure.startswith(("Se ", "+P "))
        if is_class != seen_class:
            table.add_section()
            seen_class = is_class
        best = _best(figure, values)
        table.add_row(
            _figure_name(figure),
            *(_bold(_number(figure, v), i in best) for i, v in enumerate(values)),
        )
    return table


def differences_table(differences: "pd.DataFrame") -> list[Any]:
    """Make tables of the differences that `compare_models` returns, one a pair of models."""
    attrs = differences.attrs
    parts: list[Any] = []
    for (model, against), rows in differences.groupby(level=[0, 1], sort=False):
        title = f"{model} less {against}"
        table = make_table(title, "difference", "interval", "p", "p (Holm)", left=[title])
        for (*_, figure), row in rows.iterrows():
            decimals = 2 if _is_share(figure) else 4
            scale = 100 if _is_share(figure) else 1
            value, low, high = (
                "-" if v != v else f"{scale * v:+.{decimals}f}"
                for v in (row["difference"], row["low"], row["high"])
            )
            table.add_row(
                _figure_name(figure),
                value,
                f"[{low}, {high}]",
                *("-" if p != p else f"{p:.4f}" for p in (row["p"], row["p_holm"])),
            )
        parts += [table, ""]
    subjects = attrs.get("n_subjects")
    parts.append(
        f"{100 * attrs.get('confidence', 0.95):g} % intervals and p values over the "
        f"{subjects or 'test'} subjects, paired; Holm corrects for looking at all rows."
    )
    return parts


def verdict(figures: "pd.DataFrame", differences: "pd.DataFrame | None" = None) -> str:
    """Say which of two models is better in what, and what of it may be chance."""
    if len(figures) != 2:
        return ""
    a, b = figures.index
    sentences = [_compared(figures, "macro F1", "has the better macro F1")]
    for kind, words in (("Se", "finds more of"), ("+P", "is more often right when it says")):
        for name in (a, b):
            better = [
                _between(figures, figure, name)
                for figure in figures.columns
                if figure.startswith(kind) and _winner(figures, figure) == name
            ]
            if better:
                sentences.append(f"{name} {words} {_listed(better)}.")
    seconds = figures["training time (s)"].astype(float)
    if seconds.notna().all() and seconds.min() > 0:
        fast = seconds.idxmin()
        ratio = seconds.max() / seconds.min()
        if ratio >= 1.1:
            sentences.append(
                f"{fast} trained {ratio:.1f} times as fast "
                f"({_seconds(seconds.min())} against {_seconds(seconds.max())})."
            )
    if differences is not None:
        sentences.append(_beyond_chance(differences))
    return " ".join(sentences)


def _beyond_chance(differences: "pd.DataFrame") -> str:
    """Name the figures whose difference luck with the subjects does not explain."""
    p = differences["p_holm"].droplevel([0, 1])
    sure = [figure for figure, value in p.items() if value < 0.05]
    if sure:
        return f"More than chance among these subjects (corrected p < 0.05): {', '.join(sure)}."
    least = f" (least corrected p {p.min():.2g})" if p.notna().any() else ""
    return f"All of it may be chance among these subjects{least}."


def training_line(name: str, classifier: Any) -> str:
    """Say how the training of a network went."""
    history = {key: values[-1] for key, values in classifier.history_.items() if values}
    n_epochs = classifier.n_iter_
    words = f"{name}: {count(n_epochs, 'epoch')} in {_seconds(classifier.fit_time_)}"
    for side, prefix in ((", loss ", ""), ("; val. ", "val_")):
        if prefix + "loss" in history:
            words += f"{side}{history[prefix + 'loss']:.3f}"
        if prefix + "accuracy" in history:
            name = "" if prefix else "accuracy "
            words += f", {name}{100 * history[prefix + 'accuracy']:.1f} %"
    return words


def skipped_lines(skipped: "pd.DataFrame") -> list[str]:
    """Say what made no row, a line a reason; records that were left out one by one."""
    lines = []
    beats = skipped[skipped["count"] > 0]
    for reason, rows in beats.groupby("reason", sort=True):
        lines.append(f"{count(int(rows['count'].sum()), 'beat')}: {reason}")
    for row in skipped[skipped["count"] == 0].itertuples():
        lines.append(f"{row.record}: {row.reason}")
    return lines


def count(n: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def clock(seconds: float) -> str:
    """Write a duration as 30:05 or 2:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def duration(seconds: float) -> str:
    """Write a duration in words."""
    if seconds >= 3600:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 60:.1f} minutes"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def _is_share(figure: str) -> bool:
    return figure not in HIGHER_IS_WORSE


def _figure_name(figure: str) -> str:
    return f"{figure} (%)" if _is_share(figure) else figure


def _number(figure: str, value: float | None) -> str:
    if value is None:
        return "-"
    if figure == "test loss":
        return f"{value:.4f}"
    if figure == "training time (s)":
        return f"{value:,.1f}"
    if not _is_share(figure):
        return f"{value:,.0f}"
    return f"{100 * value:.2f}"


def _bold(text: str, wanted: bool) -> "Text":
    from rich.text import Text

    return Text(text, style="bold green" if wanted else "")


def _best(figure: str, values: list[float | None]) -> set[int]:
    """Which of several models is best; none if all are equal as printed."""
    known = [v for v in values if v is not None]
    if len(known) < 2 or figure == "epochs" or len({_number(figure, v) for v in known}) == 1:
        return set()
    best = min(known) if figure in HIGHER_IS_WORSE else max(known)
    return {i for i, v in enumerate(values) if v == best}


def _winner(figures: "pd.DataFrame", figure: str) -> str | None:
    """Name of the better of two models, None if they are equal to a tenth of a percent."""
    values = figures[figure].astype(float)
    if values.isna().any() or f"{100 * values.iloc[0]:.1f}" == f"{100 * values.iloc[1]:.1f}":
        return None
    return values.idxmax()


def _compared(figures: "pd.DataFrame", figure: str, words: str) -> str:
    winner = _winner(figures, figure)
    if winner is None:
        a, b = figures.index
        return f"{a} and {b} are equal in {figure}."
    high, low = sorted(figures[figure].astype(float), reverse=True)
    return f"{winner} {words} ({100 * high:.1f} against {100 * low:.1f} %)."


def _between(figures: "pd.DataFrame", figure: str, winner: str) -> str:
    """Return a class with both figures, as in "V (95.1 against 80.2 %)"."""
    (other,) = (name for name in figures.index if name != winner)
    a, b = (100 * float(figures.loc[name, figure]) for name in (winner, other))
    return f"{figure.partition(' ')[2]} ({a:.1f} against {b:.1f} %)"


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
