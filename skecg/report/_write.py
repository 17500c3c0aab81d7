"""Write the parts of an evaluation to a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..display import ClassBalanceDisplay, ConfusionDifferenceDisplay, HistoryDisplay
from ..persistence import save
from ..utils import Classifier, fitted_pipeline, last_step, naming, replacing, warn
from ._figures import Drawn, ReportFigure
from ._page._figure import show_as_text

if TYPE_CHECKING:
    from ..beats import Beats
    from ..predictions import Predictions

__all__ = [
    "close_figures",
    "file_stem",
    "write_difference",
    "write_figure",
    "write_model",
    "write_model_if_possible",
    "write_training_figures",
]


def file_stem(name: str) -> str:
    """Return the beginning of the names of a model's files."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name.lower())


def write_model(folder: Path, name: str, model: Classifier, training: "Beats") -> Path:
    """Write a model file, with what it needs to make rows of other recordings."""
    path = folder / f"{file_stem(name)}.skecg"
    with naming(path):
        save(model, path, beats=training)
    return path


def write_model_if_possible(
    folder: Path, name: str, model: Classifier, training: "Beats"
) -> Path | None:
    """Write a model file, or warn that the model cannot be kept in one."""
    try:
        return write_model(folder, name, model, training)
    except (TypeError, ValueError) as error:
        reason = str(error).partition(". ")[0]
        warn(f"The model {name!r} is not saved: {reason}. joblib.dump keeps it, for trusted use.")
        return None


def write_training_figures(
    folder: Path, models: Mapping[str, Classifier], training: "Mapping[str, Beats]"
) -> list[Path]:
    """Write the histories of networks, and the balance of the training beats."""
    files = []
    networks = {n: m for n, m in models.items() if getattr(last_step(m), "history_", None)}
    if networks and training:
        history = HistoryDisplay.from_estimators(networks)
        files.append(write_figure(folder / "history.png", history, "Training"))
    samplers = {name: _samplers(models[name]) for name in training}
    for name, beats in training.items():
        if samplers[name]:
            balance = ClassBalanceDisplay.from_estimator(
                fitted_pipeline(models[name]), beats.data, beats.target, groups=beats.groups
            )
            title = "Training beats"
            if len(set(samplers.values())) > 1:
                title += f" of {name}"
            files.append(write_figure(folder / "balance.png", balance, title))
            break
    return files


def _samplers(model: Classifier) -> tuple[str, ...]:
    """Write the resampling steps of a model."""
    steps = getattr(fitted_pipeline(model), "steps", ())
    return tuple(repr(step) for _, step in steps if hasattr(step, "fit_resample"))


def write_difference(
    folder: Path, predictions: "Mapping[str, Predictions]", subjects: str
) -> Path:
    """Write the difference of the confusion matrices of two models."""
    tables = {name: one.table for name, one in predictions.items()}
    difference = ConfusionDifferenceDisplay.from_tables(tables)
    title = f"{' and '.join(predictions)}, {subjects}"
    return write_figure(folder / "difference.png", difference, title)


def write_figure(path: Path, display: Drawn, title: str | None = None) -> Path:
    """Write the figure of a display as PNG, and close it."""
    import matplotlib.pyplot as plt

    figure = display.figure_.figure  # also of a part of a figure
    try:
        if title:
            # matplotlib takes what is between two dollars for a formula when it wraps a text
            figure.suptitle(title.replace("$", r"\$"), fontsize=11, wrap=True)
        show_as_text(figure)
        with naming(path), replacing(path) as beside:
            figure.savefig(beside, dpi=150)
    finally:
        plt.close(figure)
    return path


def close_figures(figures: Mapping[str, ReportFigure]) -> None:
    """Close figures, which matplotlib would keep."""
    import matplotlib.pyplot as plt

    for figure in figures.values():
        plt.close(figure.display.figure_.figure)
