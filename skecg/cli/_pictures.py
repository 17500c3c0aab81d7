"""The pictures that commands write, all from what was predicted once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._files import write_figure

if TYPE_CHECKING:
    from ._judged import Judged


def draw(model: "Judged", beats: Any, seed: int | None = 0) -> dict[str, Any]:
    """Draw what there is to see of a model.

    A picture that these beats cannot make, such as the errors of a model without any, is left
    out.
    """
    import matplotlib

    matplotlib.use("Agg")
    from .. import draw_predictions

    return draw_predictions(
        model.table,
        beats.data,
        layout=beats.layout,
        fs=beats.fs,
        lead_names=_lead_names(beats),
        random_state=seed,
    )


def write_pictures(
    folder: Path, model: "Judged", drawn: Mapping[str, Any], *, of: str
) -> list[Path]:
    """Write the pictures of a model, which get titles; return the files."""
    return [
        write_figure(
            folder / f"{model.stem}-{name}.png", picture.display, title=f"{model.name}, {of}"
        )
        for name, picture in drawn.items()
    ]


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


def _lead_names(beats: Any) -> list[str] | None:
    """Names of the leads of a row, where it has several and all records the same."""
    found = set(beats.meta["leads"].tolist())
    return next(iter(found)).split("+") if beats.layout.leads > 1 and len(found) == 1 else None
