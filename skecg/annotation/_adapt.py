"""Fine-tune a model to the person of a recording, on the beats that were reviewed."""

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from ..annotated import REVIEWED, AnnotatedRecord
from ..beats import BeatExtractor
from ..utils import Classifier, count, fitted_pipeline, last_step, warn
from ._merge import Changes

__all__ = ["adapt_model", "check_adaptable"]

LEAST = 50  # reviewed beats with rows: about a minute
EPOCHS = 10
#: Of a network that is trained on; those of benchmarks/accuracy/finetune.py.
SETTINGS = {"learning_rate": 5e-4, "batch_size": 32}


def check_adaptable(model: object) -> None:
    """Raise unless a model can be trained on."""
    if not hasattr(last_step(model), "partial_fit"):
        raise ValueError(
            "The 'adapt' parameter of annotate needs a model with partial_fit, such as the "
            f"networks of skecg. Got {type(last_step(model)).__name__}. Leave it out: corrections "
            "are merged all the same."
        )


def adapt_model(
    model: Classifier, extractor: BeatExtractor, found: AnnotatedRecord, changes: Changes
) -> Classifier | None:
    """Return a copy of a model that was trained on the reviewed beats of a recording.

    None, with a warning, if they are too few. Rows with context need the signal around the beats
    as well, which is read up to the context's reach.

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
    beats = found.beats
    at = beats["sample"].to_numpy()
    chosen = beats[REVIEWED].to_numpy(dtype=bool)
    sample = at[chosen]
    if not len(sample):
        _warn_of_few(found, 0)
        return None
    around = (extractor.context or 0) + 60
    start = max(0.0, float(sample[0]) / found.fs - around)
    stop = min(found.duration, float(sample[-1]) / found.fs + around)
    record = found.read(start, None if stop >= found.duration else stop)
    rows = clone(extractor).set_params(classes="symbols").extract(record)
    first = round(start * found.fs)
    network = last_step(model)
    use = np.isin(rows.meta["sample"].to_numpy() + first, sample)
    use &= np.isin(rows.target, network.classes_)
    if int(use.sum()) < LEAST:
        _warn_of_few(found, int(use.sum()))
        return None
    _warn_of_missing(found, chosen, rows.target[use].tolist(), network.classes_.tolist())
    tuned = copy.deepcopy(model)
    network = last_step(tuned)
    known = network.get_params(deep=False)
    network.set_params(**{k: v for k, v in SETTINGS.items() if k in known})
    X, y = rows.data[use], rows.target[use]
    pipeline = fitted_pipeline(tuned)
    if len(getattr(pipeline, "steps", ())) > 1:
        X = pipeline[:-1].transform(X)
    for epoch in range(EPOCHS):
        if "random_state" in known:
            network.set_params(random_state=epoch)
        network.partial_fit(X, y)
    return tuned


def _warn_of_missing(
    found: AnnotatedRecord,
    reviewed: NDArray[np.bool_],
    labels: Sequence[str],
    classes: Sequence[str],
) -> None:
    """Warn of classes that the model finds and no reviewed beat has: it may forget them."""
    counts = found.beats["symbol"][~reviewed].value_counts()
    missing = [
        f"{label} ({counts[label]:,} found)"
        for label in classes
        if label in counts and label not in labels
    ]
    if missing:
        warn(
            f"Record {found.name!r}: none of its reviewed beats is {' or '.join(missing)}. The "
            "adapted model may miss such beats: review some of them, too."
        )


def _warn_of_few(found: AnnotatedRecord, n: int) -> None:
    warn(
        f"Record {found.name!r}: {count(n, 'reviewed beat')} of the model's classes, and adapting "
        f"needs {LEAST}: the model was not adapted."
    )
