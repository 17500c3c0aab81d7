"""Fit networks with their pipelines, evaluate them on unseen beats, and save everything."""

import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from ..utils import count
from ._networks import Plan
from ._terminal import Terminal

if TYPE_CHECKING:
    from ..beats import Beats
    from ..report import Evaluation


def run(
    terminal: Terminal,
    plans: Sequence[Plan],
    splits: "Mapping[str, Mapping[str, Beats]]",
    steps: Mapping[str, Mapping[str, Any]],
    *,
    folder: Path,
    title: str,
    false_positives: str = "one_vs_rest",
    command: str | None = None,
) -> "Evaluation":
    """Fit each planned network, evaluate all of them, and write the folder of results.

    ``splits`` are the beats of each network, ``steps`` the steps before it, both by its name.
    """
    import matplotlib

    from .. import evaluate
    from ..report._write import write_model

    matplotlib.use("Agg")
    _show_splits(terminal, splits)
    terminal.rule("Training")
    models = {}
    for plan in plans:
        own = splits[plan.name]
        models[plan.name] = fit(terminal, plan, own, steps[plan.name])
        # a model is safe before the next one is trained
        write_model(folder, plan.name, models[plan.name], own["training"])
    by_split = {
        split: {name: own[split] for name, own in splits.items()}
        for split in ("training", "validation", "test")
        if split in next(iter(splits.values()))
    }
    evaluation = evaluate(
        models,
        by_split["test"],
        trained_on=by_split["training"],
        validated_on=by_split.get("validation"),
        false_positives=false_positives,
        title=title,
        command=command,
        warnings=terminal.warnings,
    )
    for name, report in evaluation.reports.items():
        terminal.rule(f"{name} on the test subjects")
        terminal.say(str(report))
    terminal.rule("Comparison on the test subjects")
    terminal.say(*evaluation.comparison_parts())
    files = evaluation.save(folder)
    terminal.rule("Files")
    terminal.say(f"{len(files)} files in {folder}/:", ", ".join(sorted(p.name for p in files)))
    return evaluation


def fit(
    terminal: Terminal, plan: Plan, splits: "Mapping[str, Beats]", steps: Mapping[str, Any]
) -> Any:
    """Fit the pipeline of a network, showing each epoch."""
    import sklearn

    from .. import classifiers, make_beat_pipeline

    train, val = splits["training"], splits.get("validation")
    pipeline = make_beat_pipeline(
        getattr(classifiers, plan.network.classifier)(**plan.params),
        layout=train.layout,
        transform_input=None if val is None else ["X_val"],
        **steps,
    )
    validation = {} if val is None else {"X_val": (val.data,), "y_val": val.target}
    with (
        sklearn.config_context(enable_metadata_routing=True),
        epochs_shown(terminal, plan.name, pipeline),
    ):
        pipeline.fit(train.data, train.target, **validation)
    terminal.say(_training_line(plan.name, pipeline.steps[-1][1]))
    return pipeline


def _show_splits(terminal: Terminal, splits: "Mapping[str, Mapping[str, Beats]]") -> None:
    """Print the beats of each split, exclusions, and what the splits share, before training."""
    from ..report._evaluation import leak_reports, merge_excluded
    from ..report._tables import beats_table, excluded_lines

    first = next(iter(splits.values()))
    for own in splits.values():
        terminal.detail(f"rows by {own['training'].extractor!r}")
    terminal.rule("Beats")
    terminal.say(beats_table(first))
    if excluded := excluded_lines(merge_excluded(first)):
        terminal.say("", *(f"Excluded: {line}" for line in excluded))
    terminal.say("", *map(str, leak_reports(first).values()))


def _training_line(name: str, classifier: Any) -> str:
    """Write how the training of a network went."""
    from ..report._tables import seconds

    history = {key: values[-1] for key, values in classifier.history_.items() if values}
    words = f"{name}: {count(classifier.n_iter_, 'epoch')} in {seconds(classifier.fit_time_)}"
    for before, prefix in ((", loss ", ""), ("; val. ", "val_")):
        if prefix + "loss" in history:
            words += f"{before}{history[prefix + 'loss']:.3f}"
        if prefix + "accuracy" in history:
            metric = "" if prefix else "accuracy "
            words += f", {metric}{100 * history[prefix + 'accuracy']:.1f} %"
    return words


@contextmanager
def epochs_shown(terminal: Terminal, name: str, pipeline: Any) -> Any:
    """Show each epoch of the training that happens inside.

    A bar on a terminal; elsewhere, as in a log file, a line an epoch; with --quiet nothing.
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
        with bar, _interrupts_kept() as interrupted:
            callback = _make_callback(terminal, name, bar, interrupted)
            pipeline.set_params(**{f"{classifier}__callbacks": [callback]})
            yield
    finally:
        # a model with a callback cannot be saved as data
        pipeline.set_params(**{f"{classifier}__callbacks": None})


@contextmanager
def _interrupts_kept() -> Iterator[Event]:
    """Give an event that Ctrl-C sets, too.

    Python raises KeyboardInterrupt wherever the program is; in a finalizer, of which training
    runs many, it would be printed and forgotten.
    """
    interrupted = Event()

    def interrupt(number: int, frame: Any) -> None:
        interrupted.set()
        signal.default_int_handler(number, frame)

    try:
        before = signal.signal(signal.SIGINT, interrupt)
    except ValueError:  # signals are for the main thread
        yield interrupted
        return
    try:
        yield interrupted
    finally:
        signal.signal(signal.SIGINT, before)


def _make_callback(terminal: Terminal, name: str, bar: Any, interrupted: Event) -> Any:
    """Make a Keras callback that moves the bar, or writes lines where there is none."""
    from ..classifiers._keras import import_keras

    keras = import_keras()

    class Epochs(keras.callbacks.Callback):  # type: ignore[name-defined]
        """Show how the training goes on."""

        def on_train_begin(self, logs: dict | None = None) -> None:
            """Begin a bar of all batches of all epochs."""
            self._total = self.params["epochs"]
            self._steps = self.params.get("steps") or 1
            self._task = bar.add_task(name, total=self._total * self._steps, metrics="")

        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            """Name the epoch."""
            self._validated = getattr(self, "_validated", "")
            bar.update(self._task, description=f"{name} epoch {epoch + 1}/{self._total}")

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            """Move the bar."""
            if interrupted.is_set():
                raise KeyboardInterrupt
            metrics = _metrics(logs) + self._validated
            bar.update(self._task, advance=1, metrics=metrics)

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            """Show the validation metrics until the next epoch ends."""
            logs = logs or {}
            if "val_loss" in logs:
                self._validated = f", val. {_metrics(logs, 'val_')}"
            if not terminal.shows_progress:
                terminal.note(
                    f"{name} epoch {epoch + 1}/{self._total}: {_metrics(logs)}{self._validated}"
                )

    return Epochs()


def _metrics(logs: Mapping[str, float] | None, prefix: str = "") -> str:
    """Loss and accuracy as short as a bar needs them."""
    logs = logs or {}
    parts = [f"loss {logs[prefix + 'loss']:.3f}"] if prefix + "loss" in logs else []
    if prefix + "accuracy" in logs:
        parts.append(f"acc {100 * logs[prefix + 'accuracy']:.1f} %")
    return " ".join(parts)
