"""The pictures that commands write, all from what was predicted once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._files import write_figure

if TYPE_CHECKING:
    from ._judged import Judged

OF_EACH_MODEL = (
    "confusion",
    "roc",
    "precision-recall",
    "calibration",
    "uncertainty",
    "subjects",
    "beats",
    "errors",
)


def write_pictures(
    folder: Path, models: Sequence["Judged"], beats: Any, *, of: str, seed: int | None = None
) -> list[Path]:
    """Write what there is to see of each model; return the files.

    A picture that these beats cannot make, such as the errors of a model without any, is left
    out.
    """
    import matplotlib

    matplotlib.use("Agg")
    files = []
    for model in models:
        for name in OF_EACH_MODEL:
            display = _draw(name, model, beats, seed)
            if display is not None:
                path = folder / f"{model.stem}-{name}.png"
                files.append(write_figure(path, display, title=f"{model.name}, {of}"))
    return files


def write_training_pictures(
    folder: Path,
    models: Sequence["Judged"],
    training: Sequence[Any],
    *,
    of: str,
    simulated: bool = False,
) -> list[Path]:
    """Write histories, the balance of the classes, and in what two models differ.

    ``training`` holds the training beats of each model.
    """
    import matplotlib

    matplotlib.use("Agg")
    from .. import ClassBalanceDisplay, ConfusionDifferenceDisplay, HistoryDisplay

    on = " on simulated subjects" * simulated
    by_name = {model.name: model for model in models}
    files = [
        write_figure(
            folder / "history.png", HistoryDisplay.from_estimators(by_name), title=f"Training{on}"
        )
    ]
    for model, beats in zip(models, training, strict=True):
        if any(hasattr(step, "fit_resample") for _, step in model.steps):
            display = ClassBalanceDisplay.from_estimator(
                model.model, beats.data, beats.target, groups=beats.groups
            )
            title = f"Training beats{on}"
            files.append(write_figure(folder / "balance.png", display, title=title))
            break  # the resampling of all models is the same
    if len(models) == 2:
        tables = {name: model.table for name, model in by_name.items()}
        display = ConfusionDifferenceDisplay.from_tables(tables)
        title = f"{' and '.join(tables)}, {of}"
        files.append(write_figure(folder / "difference.png", display, title=title))
    return files


def _draw(name: str, model: "Judged", beats: Any, seed: int | None) -> Any:
    """One picture of one model, or None where there is nothing to see."""
    from .. import (
        BeatDisplay,
        CalibrationDisplay,
        ConfusionMatrixDisplay,
        PrecisionRecallDisplay,
        RocCurveDisplay,
        SubjectDisplay,
        UncertaintyDisplay,
    )

    table = model.table
    wrong = bool((table["truth"] != table["prediction"]).any())
    of_table = {
        "confusion": ConfusionMatrixDisplay,
        "roc": RocCurveDisplay,
        "precision-recall": PrecisionRecallDisplay,
        "calibration": CalibrationDisplay,
        "uncertainty": UncertaintyDisplay,
        "subjects": SubjectDisplay,
    }
    if name in ("roc", "precision-recall", "calibration", "uncertainty"):
        if not model.has_probabilities or (name == "uncertainty" and not wrong):
            return None
    if name in of_table:
        return of_table[name].from_table(table)
    if name == "errors" and not wrong:
        return None
    return BeatDisplay.from_table(
        table,
        beats.data,
        layout=beats.layout,
        fs=beats.fs,
        lead_names=_lead_names(beats),
        random_state=seed,
        errors=True if name == "errors" else None,
    )


def _lead_names(beats: Any) -> list[str] | None:
    """Names of the leads of a row, where it has several and all records the same."""
    found = set(beats.meta["leads"].tolist())
    return next(iter(found)).split("+") if beats.layout.leads > 1 and len(found) == 1 else None
