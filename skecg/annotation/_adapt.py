"""Fine-tune a model to the person of a recording, on the beats that were reviewed."""

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..annotated import PREFIX, REVIEWED, AnnotatedRecord
from ..beats import BeatExtractor, Beats
from ..utils import Classifier, count, fitted_pipeline, last_step, warn
from ._merge import Changes

__all__ = ["adapt_model", "check_adaptable"]

LEAST = 50  # reviewed beats with rows: about a minute
EPOCHS = 10
#: Of the further training of a network; those of benchmarks/accuracy/finetune.py.
SETTINGS = {"learning_rate": 5e-4, "batch_size": 32}
WINDOW = 7200.0  # seconds from which rows are taken
#: Of each class without a reviewed beat: lowest probability, fewest and most beats.
CERTAIN, FEWEST, MOST = 0.9, 10, 100


def check_adaptable(model: object) -> None:
    """Raise unless a model can be trained further."""
    if not hasattr(last_step(model), "partial_fit"):
        raise ValueError(
            "The 'adapt' parameter of annotate needs a model with partial_fit, such as the "
            f"networks of skecg. Got {type(last_step(model)).__name__}. Omit it: corrections "
            "are merged all the same."
        )


def adapt_model(
    model: Classifier, extractor: BeatExtractor, found: AnnotatedRecord, changes: Changes
) -> Classifier | None:
    """Return a copy of a model that was trained on the reviewed beats of a recording.

    None, with a warning, if they are too few. Of classes without a reviewed beat the model is
    trained on beats of the same two hours of which it is certain, so that it does not forget them.

    Parameters
    ----------
    model : estimator
        A fitted network, or a pipeline with one.
    extractor : BeatExtractor
        The extractor of its rows.
    found : AnnotatedRecord
        The recording with the corrections.
    changes : Changes
        The reviewed beats.
    """
    at = found.beats["sample"].to_numpy()
    chosen = found.beats[REVIEWED].to_numpy(dtype=bool)
    if not chosen.any():
        _warn_of_few(found, 0)
        return None
    classes = last_step(model).classes_.tolist()
    rows, sample = _rows_around(found, extractor, at[chosen])
    use = np.isin(sample, at[chosen]) & np.isin(rows.target, classes)
    if int(use.sum()) < LEAST:
        _warn_of_few(found, int(use.sum()))
        return None
    missing = [label for label in classes if label not in rows.target[use]]
    use |= np.isin(sample, at[_rehearsed(found, ~chosen, missing)])
    return _trained(model, rows.data[use], rows.target[use])


def _rows_around(
    found: AnnotatedRecord, extractor: BeatExtractor, reviewed: NDArray[np.int64]
) -> tuple[Beats, NDArray[np.int64]]:
    """Return the rows of the reviewed beats and others near them, with their positions."""
    extent = extractor.context_extent
    around = 60 + (0 if extent is None else extent.seconds)  # 60 s hold the beats of the extent
    start = max(0.0, float(reviewed[0]) / found.fs - around)
    stop = max(float(reviewed[-1]) / found.fs + around, start + WINDOW)
    record = found.read(start, None if stop >= found.duration else stop)
    rows = clone(extractor).set_params(classes="symbols").extract(record)
    return rows, rows.meta["sample"].to_numpy() + round(start * found.fs)


def _rehearsed(
    found: AnnotatedRecord, unseen: NDArray[np.bool_], missing: Sequence[str]
) -> NDArray[np.intp]:
    """Return certain beats of the classes of which no beat was reviewed.

    Without them a model forgets these classes. Fewer than ten are not used: their weight is large.
    """
    chosen = [np.zeros(0, dtype=np.intp)]
    for label in missing:
        if PREFIX + label not in found.beats.columns:
            continue
        certain = found.beats[PREFIX + label].to_numpy() >= CERTAIN
        own = np.flatnonzero(unseen & certain & (found.beats["symbol"] == label).to_numpy())
        if len(own) >= FEWEST:
            chosen.append(own[np.linspace(0, len(own) - 1, min(len(own), MOST)).astype(int)])
    return np.concatenate(chosen)


def _trained(model: Classifier, X: NDArray[np.float32], y: NDArray[np.str_]) -> Classifier:
    """Return a copy of a model that was trained further on rows."""
    tuned = copy.deepcopy(model)
    network = last_step(tuned)
    known = network.get_params(deep=False)
    network.set_params(**{k: v for k, v in SETTINGS.items() if k in known})
    pipeline = fitted_pipeline(tuned)
    if len(getattr(pipeline, "steps", ())) > 1:
        X = pipeline[:-1].transform(X)
    for epoch in range(EPOCHS):
        if "random_state" in known:
            network.set_params(random_state=epoch)
        network.partial_fit(X, y)
    return tuned


def _warn_of_few(found: AnnotatedRecord, n: int) -> None:
    warn(
        f"Record {found.name!r}: {count(n, 'reviewed beat')} of the model's classes, and adapting "
        f"needs {LEAST}: the model was not adapted."
    )
