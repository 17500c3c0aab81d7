"""Train networks with their pipelines, and try them on beats that they have not seen."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from ._judged import Judged, judge
from ._networks import Network
from ._tables import training_line
from ._terminal import Terminal


def make_pipeline(
    network: Network,
    *,
    layout: Any,
    steps: Mapping[str, Any],
    validates: bool,
    params: Mapping[str, Any],
) -> Any:
    """Make the whole pipeline of one network."""
    from .. import classifiers, make_beat_pipeline

    classifier = getattr(classifiers, network.classifier)(**params)
    return make_beat_pipeline(
        classifier, layout=layout, transform_input=["X_val"] if validates else None, **steps
    )


def train_and_test(
    terminal: Terminal,
    name: str,
    pipeline: Any,
    train: Any,
    val: Any,
    test: Any,
    false_positives: str = "one_vs_rest",
) -> Judged:
    """Fit a pipeline, showing each epoch, and predict the test beats."""
    with epochs_shown(terminal, name, pipeline):
        validation = {} if val is None else {"X_val": val.data, "y_val": val.target}
        pipeline.fit(train.data, train.target, **validation)
    terminal.say(training_line(name, pipeline.steps[-1][1]))
    return judge(name, pipeline, test, false_positives)


@contextmanager
def epochs_shown(terminal: Terminal, name: str, pipeline: Any) -> Any:
    """Show each epoch of the training that happens inside.

    A bar on a terminal; elsewhere, as in a log file, a line an epoch; with --quiet nothing.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[figures]}", markup=False),
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

    Python raises KeyboardInterrupt wherever the program stands; in the middle of a finalizer,
    of which training runs many, it would be printed and forgotten.
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

    class Epochs(import_keras().callbacks.Callback):
        """Show how the training goes on."""

        def on_train_begin(self, logs: dict | None = None) -> None:
            """Begin a bar of all batches of all epochs."""
            self._total = self.params["epochs"]
            self._steps = self.params.get("steps") or 1
            self._task = bar.add_task(name, total=self._total * self._steps, figures="")

        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            """Name the epoch."""
            self._validated = getattr(self, "_validated", "")
            bar.update(self._task, description=f"{name} epoch {epoch + 1}/{self._total}")

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            """Move the bar."""
            if interrupted.is_set():
                raise KeyboardInterrupt
            figures = _figures(logs) + self._validated
            bar.update(self._task, advance=1, figures=figures)

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            """Show the validation figures until the next epoch ends."""
            logs = logs or {}
            if "val_loss" in logs:
                self._validated = f", val. {_figures(logs, 'val_')}"
            if not terminal.shows_progress:
                terminal.note(
                    f"{name} epoch {epoch + 1}/{self._total}: {_figures(logs)}{self._validated}"
                )

    return Epochs()


def _figures(logs: Mapping[str, float] | None, prefix: str = "") -> str:
    """Loss and accuracy as short as a bar needs them."""
    logs = logs or {}
    parts = [f"loss {logs[prefix + 'loss']:.3f}"] if prefix + "loss" in logs else []
    if prefix + "accuracy" in logs:
        parts.append(f"acc {100 * logs[prefix + 'accuracy']:.1f} %")
    return " ".join(parts)
