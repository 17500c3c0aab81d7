"""Fit networks with their pipelines, evaluate them on unseen subjects, and save everything."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..utils import count
from ._plans import Plan
from ._terminal import Terminal, command_line

if TYPE_CHECKING:
    from imblearn.pipeline import Pipeline
    from keras.callbacks import Callback
    from rich.progress import Progress

    from ..beats import Beats
    from ..classifiers._base import BaseNetworkClassifier
    from ..report import Evaluation
    from ._search import Search

    Splits = Mapping[str, Beats]  # training, validation (if any) and test


Logs: TypeAlias = Mapping[str, float] | None  # metrics of Keras by their names


def run(
    terminal: Terminal,
    plans: Sequence[Plan],
    splits: "Mapping[str, Splits]",
    *,
    folder: Path,
    dataset: str,
    checkpoints: Path | None = None,
    search: "Search | None" = None,
    false_positives: str = "one_vs_rest",
    options: Mapping[str, object] | None = None,
    seed: int = 0,
) -> "Evaluation":
    """Fit each planned network, evaluate all of them, and write the files into a folder.

    ``splits`` are the beats of each network, by its name; ``options`` chose them.
    """
    import matplotlib

    from .. import evaluate

    matplotlib.use("Agg")
    _show_splits(terminal, splits)
    terminal.rule("Training")
    models, tables = {}, []
    for plan in plans:
        own = splits[plan.name]
        if search is not None:
            plan, table = search.run(terminal, plan, own, folder, checkpoints)
            tables.append(table)
        models[plan.name] = fit(terminal, plan, own, checkpoints)
    by_split = {
        split: {name: own[split] for name, own in splits.items()}
        for split in next(iter(splits.values()))
    }
    evaluation = evaluate(
        models,
        by_split["test"],
        trained_on=by_split["training"],
        validated_on=by_split.get("validation"),
        false_positives=false_positives,
        dataset=dataset,
        command=command_line(),
        options=options,
        warnings=terminal.warnings,
        random_state=seed,
    )
    for name, report in evaluation.reports.items():
        terminal.rule(f"{name} on the test subjects")
        terminal.say(str(report))
    terminal.rule(f"{evaluation.comparison_title} on the test subjects")
    terminal.say(*evaluation.comparison_parts())
    evaluation._write(folder, tables)
    return evaluation


def show_files(terminal: Terminal, folder: Path, names: Sequence[str]) -> None:
    """Print the files that were written to the folder of results."""
    terminal.rule("Files")
    terminal.say(f"{len(names)} files in {folder}/:", ", ".join(sorted(names)))


def fit(
    terminal: Terminal, plan: Plan, splits: "Splits", checkpoints: Path | None = None
) -> "Pipeline":
    """Fit the pipeline of a network, showing each epoch; a checkpoint goes on."""
    import sklearn

    train, val = splits["training"], splits.get("validation")
    pipeline = plan.make_pipeline(train.layout, validates=val is not None)
    validation = {} if val is None else {"X_val": (val.data,), "y_val": val.target}
    classifier = pipeline.steps[-1][1]
    classifier.set_params(checkpoint=checkpoints)
    with (
        sklearn.config_context(enable_metadata_routing=True),
        epochs_shown(terminal, plan.name, pipeline),
    ):
        pipeline.fit(train.data, train.target, **validation)
    classifier.set_params(checkpoint=None)  # the folder will be gone
    terminal.say(_training_line(plan.name, classifier))
    return pipeline


def _show_splits(terminal: Terminal, splits: "Mapping[str, Splits]") -> None:
    """Print the beats of each split, exclusions, and what the splits share, before training."""
    from ..report._overlap import compare_splits, warn_of_seen_subjects, widest_rows
    from ..report._tables import (
        beats_table,
        excluded_lines,
        merge_excluded,
        records_by_subject,
        shared_subjects_line,
    )

    first = next(iter(splits.values()))
    for own in splits.values():
        terminal.detail(f"rows by {own['training'].extractor!r}")
    terminal.rule("Beats")
    terminal.say(beats_table(first))
    if shared := shared_subjects_line(records_by_subject(first)):
        terminal.say("", shared)
    if excluded := excluded_lines(merge_excluded(first)):
        terminal.say("", *(f"Excluded: {line}" for line in excluded))
    overlap = compare_splits(widest_rows(splits))
    terminal.say("", *map(str, overlap.values()))
    warn_of_seen_subjects(overlap["training"])  # before hours of training


def _training_line(name: str, classifier: "BaseNetworkClassifier") -> str:
    """Write how the training of a network went."""
    from ..report._tables import seconds

    last = {key: values[-1] for key, values in classifier.history_.items() if values}
    line = f"{name}: {count(classifier.n_iter_, 'epoch')} in {seconds(classifier.fit_time_)}"
    if trained := _metrics(last, accuracy="accuracy"):
        line += f"; {trained}"
    if validated := _metrics(last, "val_", accuracy="accuracy"):
        line += f"; validation {validated}"
    return line


@contextmanager
def epochs_shown(terminal: Terminal, name: str, pipeline: "Pipeline") -> Iterator[None]:
    """Show each epoch of the training that happens inside.

    A bar on a terminal; elsewhere, as in a log file, a line per epoch; nothing with --quiet.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[metrics]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    bar = Progress(
        *columns, console=terminal.err, transient=True, disable=not terminal.shows_progress
    )
    classifier = pipeline.steps[-1][0]
    try:
        with bar:
            callback = Epochs(terminal, name, bar).callback()
            pipeline.set_params(**{f"{classifier}__callbacks": [callback]})
            yield
    finally:
        # a model with a callback cannot be saved as data
        pipeline.set_params(**{f"{classifier}__callbacks": None})


class Epochs:
    """Show the progress of training on a bar, or in lines where there is none."""

    def __init__(self, terminal: Terminal, name: str, bar: "Progress") -> None:
        self.terminal, self.name, self.bar = terminal, name, bar
        self.validated = ""  # metrics of the last validation
        self.n_begun = 0  # epochs

    def callback(self) -> "Callback":
        """Make a callback of Keras's own class, after which a network may be used again."""
        from ..classifiers._keras import import_keras

        self._callback = import_keras().callbacks.LambdaCallback(
            on_train_begin=self.begin,
            on_epoch_begin=self.begin_epoch,
            on_train_batch_end=self.end_batch,
            on_epoch_end=self.end_epoch,
        )
        return self._callback

    def begin(self, logs: Logs) -> None:
        """Start a bar of all batches of all epochs."""
        self.n_epochs = self._callback.params["epochs"]
        self.n_steps = self._callback.params.get("steps") or 1
        self.task = self.bar.add_task(self.name, total=self.n_epochs * self.n_steps, metrics="")

    def begin_epoch(self, epoch: int, logs: Logs) -> None:
        """Name the epoch; say where a training goes on."""
        if epoch and not self.n_begun:
            self.terminal.note(f"{self.name} goes on after epoch {epoch}/{self.n_epochs}")
            self.bar.update(self.task, advance=epoch * self.n_steps)
        self.n_begun += 1
        self.bar.update(self.task, description=self._title(epoch))

    def end_batch(self, batch: int, logs: Logs) -> None:
        """Move the bar."""
        self.terminal.interruption.check()
        self.bar.update(self.task, advance=1, metrics=_metrics(logs) + self.validated)

    def end_epoch(self, epoch: int, logs: Logs) -> None:
        """Keep the validation metrics until the next epoch ends; write a line without a bar."""
        if validated := _metrics(logs, "val_"):
            self.validated = f"; val. {validated}"
        if not self.terminal.shows_progress:
            self.terminal.note(f"{self._title(epoch)}: {_metrics(logs)}{self.validated}")

    def _title(self, epoch: int) -> str:
        """Write which epoch it is."""
        return f"{self.name} epoch {epoch + 1}/{self.n_epochs}"


def _metrics(logs: Logs, prefix: str = "", *, accuracy: str = "acc") -> str:
    """Write loss and accuracy, as short as a bar needs them; "" if there are none."""
    logs = logs or {}
    parts = [f"loss {logs[prefix + 'loss']:.3f}"] if prefix + "loss" in logs else []
    if prefix + "accuracy" in logs:
        parts.append(f"{accuracy} {100 * logs[prefix + 'accuracy']:.1f} %")
    return ", ".join(parts)
