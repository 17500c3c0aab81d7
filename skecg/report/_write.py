"""Write an evaluation to a folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..display import ClassBalanceDisplay, ConfusionDifferenceDisplay, HistoryDisplay
from ..persistence import save
from ..utils import (
    fitted_pipeline,
    last_step,
    naming,
    replacing,
    warn,
    write_csv,
    write_json,
    write_text,
)

if TYPE_CHECKING:
    from ..beats import Beats
    from ._evaluation import Evaluation
    from ._figures import ReportFigure

__all__ = ["file_stem", "write_evaluation", "write_figure", "write_model"]


def write_evaluation(evaluation: "Evaluation", folder: Path) -> list[Path]:
    """Write models first, then predictions, figures, pages and reports; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, model in evaluation.models.items():
        training = evaluation.splits[name].get("training")
        if training is not None:
            files += _write_model_if_possible(folder, name, model, training)
    for name, predictions in evaluation.predictions.items():
        path = folder / f"{file_stem(name)}-predictions.csv"
        predictions.to_csv(path)
        files.append(path)
    import matplotlib.pyplot as plt

    with plt.ioff():  # figures are written and closed, not shown
        files += _write_training_figures(evaluation, folder)
        for name in evaluation.models:
            files += _write_model_pages(evaluation, name, folder)
    files += [
        write_text(folder / "report.txt", evaluation.to_text()),
        write_json(folder / "report.json", evaluation.to_dict()),
        write_csv(folder / "comparison.csv", evaluation.comparison, index=True),
    ]
    if evaluation.differences is not None:
        files.append(write_csv(folder / "differences.csv", evaluation.differences, index=True))
    return files


def file_stem(name: str) -> str:
    """Return the beginning of the names of a model's files."""
    return "".join(c if c.isalnum() or c in "-_." else "-" for c in name.lower())


def write_model(folder: Path, name: str, model: Any, training: "Beats") -> Path:
    """Write a model file, with what it needs to make rows of other recordings."""
    path = folder / f"{file_stem(name)}.skecg"
    with naming(path):
        save(model, path, beats=training)
    return path


def _write_model_if_possible(folder: Path, name: str, model: Any, training: "Beats") -> list[Path]:
    """Write a model file, or warn that this kind of model cannot be kept in one."""
    try:
        return [write_model(folder, name, model, training)]
    except TypeError as error:
        reason = str(error).partition(". ")[0]
        warn(f"The model {name!r} is not saved: {reason}. joblib.dump keeps it, for trusted use.")
        return []


def _write_model_pages(evaluation: "Evaluation", name: str, folder: Path) -> list[Path]:
    """Write the figures of a model, and the page that shows them."""
    figures = evaluation.figures(name)
    try:
        page = write_text(folder / f"{file_stem(name)}.html", evaluation._page(name, figures))
        title = f"{name}, {evaluation._figure_title}"
        return [
            page,
            *(
                write_figure(folder / f"{file_stem(name)}-{key}.png", figure.display, title)
                for key, figure in figures.items()
            ),
        ]
    finally:
        close_figures(figures)


def _write_training_figures(evaluation: "Evaluation", folder: Path) -> list[Path]:
    """Write histories, the balance of the classes, and where two models differ."""
    models = evaluation.models
    files = []
    networks = {n: m for n, m in models.items() if getattr(last_step(m), "history_", None)}
    training = {n: own["training"] for n, own in evaluation.splits.items() if "training" in own}
    if networks and training:
        history = HistoryDisplay.from_estimators(networks)
        files.append(write_figure(folder / "history.png", history, "Training"))
    for name, beats in training.items():
        steps = getattr(fitted_pipeline(models[name]), "steps", ())
        if any(hasattr(step, "fit_resample") for _, step in steps):
            balance = ClassBalanceDisplay.from_estimator(
                fitted_pipeline(models[name]), beats.data, beats.target, groups=beats.groups
            )
            files.append(write_figure(folder / "balance.png", balance, "Training beats"))
            break  # the resampling of all models is the same
    if len(models) == 2:
        difference = ConfusionDifferenceDisplay.from_tables(evaluation.predictions)
        title = f"{' and '.join(models)}, {evaluation._figure_title}"
        files.append(write_figure(folder / "difference.png", difference, title))
    return files


def write_figure(path: Path, display: Any, title: str | None = None) -> Path:
    """Write the figure of a display as PNG, and close it."""
    import matplotlib.pyplot as plt

    figure = display.figure_
    try:
        if title:
            figure.suptitle(title, fontsize=11)
        with naming(path), replacing(path) as beside:
            figure.savefig(beside, dpi=150)
    finally:
        plt.close(figure)
    return path


def close_figures(figures: "Mapping[str, ReportFigure]") -> None:
    """Close figures, which matplotlib would keep."""
    import matplotlib.pyplot as plt

    for figure in figures.values():
        plt.close(figure.display.figure_)
