"""Train networks with their pipelines, and try them on beats that they have not seen."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._tables import training_line
from ._terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from ..metrics import BeatReport

NAMES = {"rnn": "RNN", "lstm": "LSTM"}


@dataclass
class Trained:
    """A fitted model and what it says of the test beats."""

    name: str
    model: Any
    proba: "pd.DataFrame"
    predicted: Any
    report: "BeatReport"

    @property
    def stem(self) -> str:
        """Beginning of the names of its files."""
        return self.name.lower()

    # What `compare_models` and the displays ask of a model, without predicting again.

    @property
    def steps(self) -> list:
        """Steps of the pipeline."""
        return self.model.steps

    @property
    def classes_(self) -> Any:
        """Classes of the model."""
        return self.model.classes_

    def predict(self, X: Any) -> Any:
        """Return the labels of the test beats."""
        return self.predicted

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the test beats."""
        return self.proba[list(self.classes_)].to_numpy()


def make_pipeline(
    network: str,
    *,
    units: tuple[int, ...] | None,
    layout: Any,
    steps: Mapping[str, Any],
    validates: bool,
    params: Mapping[str, Any],
) -> Any:
    """Make the whole pipeline of one network, with its published units if none are given."""
    from .. import LSTMClassifier, RNNClassifier, make_beat_pipeline

    cls = {"rnn": RNNClassifier, "lstm": LSTMClassifier}[network]
    classifier = cls(**({} if units is None else {"units": units}), **params)
    return make_beat_pipeline(
        classifier, layout=layout, transform_input=["X_val"] if validates else None, **steps
    )


def train_and_test(
    terminal: Terminal, name: str, pipeline: Any, train: Any, val: Any, test: Any
) -> Trained:
    """Fit a pipeline, showing each epoch, and predict the test beats."""
    import pandas as pd

    from .. import beat_report
    from ..tables import ordered_labels

    with epochs_shown(terminal, name, pipeline):
        validation = {} if val is None else {"X_val": val.data, "y_val": val.target}
        pipeline.fit(train.data, train.target, **validation)
    terminal.say(training_line(name, pipeline.steps[-1][1]))
    classes = list(pipeline.classes_)
    values = pipeline.predict_proba(test.data)
    predicted = pipeline.classes_[values.argmax(axis=1)]
    proba = pd.DataFrame(values, columns=classes)[ordered_labels(classes)]
    report = beat_report(test.target, predicted, y_proba=proba, groups=test.groups)
    return Trained(name, pipeline, proba, predicted, report)


@contextmanager
def epochs_shown(terminal: Terminal, name: str, pipeline: Any) -> Any:
    """Show each epoch of the training that happens inside.

    A bar on a terminal; elsewhere, as in a log file, a line an epoch.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    if terminal.quiet:
        yield
        return
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
    pipeline.set_params(**{f"{classifier}__callbacks": [_make_callback(terminal, name, bar)]})
    try:
        with bar:
            yield
    finally:
        # a model with a callback cannot be saved as data
        pipeline.set_params(**{f"{classifier}__callbacks": None})


def _make_callback(terminal: Terminal, name: str, bar: Any) -> Any:
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
