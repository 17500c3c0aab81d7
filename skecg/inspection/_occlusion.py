"""Importance of the parts of a row: the drop in probability when a part is replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length

from ..layout import BeatLayout, check_layout
from ..utils import (
    POSITIVE_OR_NONE,
    Classifier,
    Label,
    check_value,
    class_probabilities,
    count,
    fitted_pipeline,
    ratio,
)
from ._parts import Part, make_parts, part_present, rows_without
from ._rows import leads_present, normal_shape, waveforms

__all__ = ["MeanOcclusion", "OcclusionResult", "occlusion"]

OWNER = "occlusion"
MOST_BYTES = 2**27  # of changed rows in one call of predict_proba

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class MeanOcclusion:
    """Mean of an occlusion over its beats; NaN for a part that no beat has.

    Attributes
    ----------
    probability : float
        Probability of the explained classes.
    waveform : ndarray of shape (n_leads, n_samples)
        The beat.
    normal : ndarray of shape (n_leads, n_samples) or None
        The normal beat that replaced stretches. None where straight lines did.
    part_importance : ndarray of shape (n_parts,)
        Importance of each part.
    importance : ndarray of shape (n_leads, n_samples)
        Importance of each sample.
    neighbor_importance : ndarray of shape (n_neighbors,)
        Importance of each neighbouring beat.
    group_importance : ndarray of shape (n_groups,)
        Importance of each group of columns.
    """

    probability: float
    waveform: Floats
    normal: Floats | None
    part_importance: Floats
    importance: Floats
    neighbor_importance: Floats
    group_importance: Floats


@dataclass(frozen=True, eq=False, repr=False)
class OcclusionResult:
    """Importance of the parts of rows, as `occlusion` returns it.

    The importance of a part is the probability of the explained class with the part, minus that
    without it: between -1 and 1, negative where the part speaks against the class, NaN where a
    beat does not have the part.

    Attributes
    ----------
    layout : BeatLayout
        The meaning of the columns.
    fs : float or None
        Sampling frequency of the rows in Hz.
    classes : tuple
        Classes of the model.
    labels : list
        The explained class of each beat.
    y_pred : list
        The predicted class of each beat.
    probability : ndarray of shape (n_beats,)
        Probability of the explained class.
    parts : tuple of Part
        The parts that were replaced, each with its kind ("stretch", "waveform", "neighbor" or
        "group"), name, lead, beat, start and stop.
    part_importance : ndarray of shape (n_beats, n_parts)
        Importance of each part.
    waveform : ndarray of shape (n_beats, n_leads, n_samples)
        The beats, NaN for a missing lead.
    normal : ndarray of shape (n_beats, n_leads, n_samples) or None
        The normal beats that replaced stretches. None where straight lines did.
    importance : ndarray of shape (n_beats, n_leads, n_samples)
        Importance of each sample: the mean over the stretches that hold it.
    neighbors : list of int
        Neighbouring beats, such as -1 for the one before.
    neighbor_importance : ndarray of shape (n_beats, n_neighbors)
        Importance of each.
    groups : list of (str, int or None)
        Groups of columns, each with the lead to which it belongs.
    group_importance : ndarray of shape (n_beats, n_groups)
        Importance of each.

    See Also
    --------
    occlusion : Compute it; has an example.
    OcclusionDisplay : Draw it.
    """

    layout: BeatLayout
    fs: float | None
    classes: tuple[Label, ...]
    labels: list[Label]
    y_pred: list[Label]
    probability: Floats
    parts: tuple[Part, ...]
    part_importance: Floats
    waveform: Floats
    normal: Floats | None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"<OcclusionResult: {count(len(self), 'beat')}, {count(len(self.parts), 'part')}>"

    @property
    def importance(self) -> Floats:
        """Importance of each sample, (n_beats, n_leads, n_samples)."""
        return self._of_samples(self.part_importance)

    @property
    def neighbors(self) -> list[int]:
        """Neighbouring beats, such as -1 for the one before."""
        return [part.beat for part in self.parts if part.kind == "neighbor"]

    @property
    def neighbor_importance(self) -> Floats:
        """Importance of each neighbouring beat, (n_beats, n_neighbors)."""
        return self.part_importance[:, self._are("neighbor")]

    @property
    def groups(self) -> list[tuple[str, int | None]]:
        """Groups of columns, each with the lead to which it belongs."""
        return [
            (part.name, part.lead) for part in self.parts if part.kind in ("waveform", "group")
        ]

    @property
    def group_importance(self) -> Floats:
        """Importance of each group of columns, (n_beats, n_groups)."""
        return self.part_importance[:, self._are("waveform", "group")]

    def mean(self) -> MeanOcclusion:
        """Return the mean over the beats, for each part over the beats that have it.

        Returns
        -------
        MeanOcclusion
            The same arrays without the axis of beats.
        """
        parts = _mean(self.part_importance)
        return MeanOcclusion(
            probability=float(self.probability.mean()),
            waveform=_mean(self.waveform),
            normal=None if self.normal is None else _mean(self.normal),
            part_importance=parts,
            importance=self._of_samples(parts),
            neighbor_importance=parts[self._are("neighbor")],
            group_importance=parts[self._are("waveform", "group")],
        )

    def frame(
        self, *, by_beat: bool = False, lead_names: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return the importance of the parts as a table.

        Parameters
        ----------
        by_beat : bool, default=False
            Whether to return rows for each beat, and not for the mean over the beats.
        lead_names : sequence of str, default=None
            Names of the leads. None: "lead 0", "lead 1", ...

        Returns
        -------
        DataFrame
            One row per part: part ("stretch", "neighbor" or the name of a group), lead (its
            name, or None), beat (0, or the number of the neighbour), start and stop (of a
            stretch, in ms or samples, else NaN), and importance (NaN where no beat has the
            part). With `by_beat` one row per beat and part, first the columns row, label and
            probability.
        """
        names = lead_names or [f"lead {i}" for i in range(self.layout.leads)]
        kinds = ("stretch", "neighbor", "waveform", "group")
        order = sorted(range(len(self.parts)), key=lambda i: kinds.index(self.parts[i].kind))
        parts = [self.parts[i] for i in order]
        bounds = [
            (part.start, part.stop) if part.kind == "stretch" else (None, None) for part in parts
        ]
        start, stop = np.array(bounds, dtype=float).T * (1000 / self.fs if self.fs else 1.0)
        columns = {
            "part": [part.name for part in parts],
            "lead": [None if part.lead is None else names[part.lead] for part in parts],
            "beat": [part.beat for part in parts],
            "start": start,
            "stop": stop,
        }
        table = pd.DataFrame(columns)
        if not by_beat:
            return table.assign(importance=_mean(self.part_importance)[order])
        keys = pd.DataFrame({"label": self.labels, "probability": self.probability})
        keys = keys.rename_axis("row").reset_index()
        table = keys.merge(table, how="cross")
        return table.assign(importance=self.part_importance[:, order].ravel())

    def _are(self, *kinds: str) -> NDArray[np.bool_]:
        """Return which parts are of these kinds."""
        return np.array([part.kind in kinds for part in self.parts], dtype=bool)

    def _of_samples(self, parts: Floats) -> Floats:
        """Return the importance (..., n_leads, n_samples) of samples from that of parts.

        ::

            samples      0   1   2   3
            stretch 0  [       ]              sample 1 has the mean of the stretches 0 and 1
            stretch 1      [       ]
            stretch 2          [       ]
        """
        stretches = [part for part in self.parts if part.kind == "stretch" and part.lead == 0]
        bounds = np.array([(part.start, part.stop) for part in stretches])
        samples = np.arange(self.layout.n_samples)
        holds = (bounds[:, :1] <= samples) & (samples < bounds[:, 1:])
        of_stretches = parts[..., self._are("stretch")]
        shape = (*parts.shape[:-1], self.layout.leads, len(stretches))
        return of_stretches.reshape(shape) @ (holds / holds.sum(axis=0))


def occlusion(
    estimator: Classifier,
    X: ArrayLike | pd.DataFrame,
    y: ArrayLike | None = None,
    *,
    label: Label | None = None,
    layout: BeatLayout | None = None,
    fs: float | None = None,
    background: ArrayLike | None = None,
    width: float | None = None,
    step: float | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> OcclusionResult:
    """Measure how far a probability drops when a part of a row is replaced.

    Part after part of each row is replaced by values without information, and the classifier
    predicts again. The drop in the probability of the explained class is the importance of the
    part. It works with every classifier that has ``predict_proba``.

    Parameters
    ----------
    estimator : estimator
        Fitted classifier, pipeline or search with ``predict_proba``. It predicts once, for all
        changed rows (for rows of more than 128 MB several times).
    X : array-like of shape (n_beats, n_features)
        Rows of beats, as they go into `estimator`.
    y : array-like of shape (n_beats,), default=None
        The class to explain for each beat, such as its reference label. None: `label`.
    label : label, default=None
        The class to explain for all beats. None: `y`, or else the predicted class of each beat.
    layout : BeatLayout, default=None
        The meaning of the columns of X. None: the layout of the first step of `estimator` that
        has one, and otherwise samples of one lead.
    fs : float, default=None
        Sampling frequency of the rows in Hz. None: that of the first step that has one;
        otherwise `width` and `step` count samples.
    background : array-like of shape (n_rows, n_features), default=None
        Rows, such as those of training, whose median replaces neighbours and scalars. None:
        zeros.
    width : float or int, default=None
        Width of a stretch, as a float in seconds, as an int in samples. None: 0.04 s, and
        without a sampling frequency a tenth of the row.
    step : float or int, default=None
        Distance from one stretch to the next, in seconds or samples. None: a fifth of the width.
    groups : dict of str to sequence of str, default=None
        Scalars of the beat itself, by their names in the layout, that are replaced together.
        None: scalars of rhythm (names that begin with ``rr``, ``rate`` or ``irregular``), those
        of each lead's shape, and others.

    Returns
    -------
    OcclusionResult
        The importance of each sample, neighbouring beat and group of columns, by beat.

    Raises
    ------
    ValueError
        If the model has no probabilities, `y` or `label` is not a class of the model, both are
        given, the layout or `background` does not fit the rows, or another parameter is invalid.

    See Also
    --------
    OcclusionDisplay : Draw the mean over beats.
    sklearn.inspection.permutation_importance : Importance of columns for a score.

    Notes
    -----
    Occlusion was introduced by Zeiler and Fergus [1]_, who moved a grey square over images. A
    part is replaced by

    - for a stretch of a lead, in rows with context: the normal beat of the surroundings, which
      is the signal minus the channel "difference", and that channel by 0. In other rows: a
      straight line between the samples next to the stretch, level at an end of the row;
    - for neighbours and scalars: zeros, which in rows with context mean that there is nothing to
      compare with, or the median of the rows in `background`.

    Stretches overlap, and the importance of a sample is the mean over those that hold it.
    Columns that are zero throughout are missing: such leads and neighbours cannot be replaced
    and have no importance.

    A classifier that recognizes the class by either of two parts does not need both: small
    values everywhere do not mean that nothing matters. Rows without a part did not occur in
    training either. The result describes the classifier, not the cause of an arrhythmia.

    References
    ----------
    .. [1] M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
       2014, LNCS 8689:818-833, section 4.2.

    Examples
    --------
    >>> import skecg
    >>> from sklearn.linear_model import LogisticRegression
    >>> beats = skecg.load_simulated(4, duration=60, random_state=0)
    >>> clf = LogisticRegression(max_iter=1000).fit(beats.data, beats.target)
    >>> v = beats.data[beats.target == "V"]
    >>> result = skecg.occlusion(clf, v, label="V", fs=beats.fs)
    >>> result.importance.shape == (len(v), 1, 50)
    True
    >>> result.frame().columns.tolist()
    ['part', 'lead', 'beat', 'start', 'stop', 'importance']
    """
    layout = _step_attribute(estimator, "layout") if layout is None else layout
    fs = _step_attribute(estimator, "fs") if fs is None else fs
    rows = check_array(X, dtype=[np.float64, np.float32], estimator=OWNER, input_name="X")
    layout = check_layout(layout, rows.shape[1], OWNER)
    check_value(fs, POSITIVE_OR_NONE, "fs", OWNER)
    parts = make_parts(layout, OWNER, fs=fs, width=width, step=step, groups=groups)
    fill = _background(background, rows)
    classes, proba = _predict_without(estimator, X, rows, parts, layout, fill)
    predicted = proba[:, 0].argmax(axis=1)
    explained = _explained(y, label, classes, predicted)
    # (n_beats, 1 + n_parts): of the explained class, with all parts and without each
    proba = np.take_along_axis(proba, explained[:, np.newaxis, np.newaxis], axis=2)[..., 0]
    importance = proba[:, :1] - proba[:, 1:]
    for i, part in enumerate(parts):
        importance[~part_present(rows, part, layout), i] = np.nan
    normal = normal_shape(rows, layout)
    if normal is not None:
        normal = np.where(leads_present(rows, layout)[..., np.newaxis], normal, np.nan)
    return OcclusionResult(
        layout=layout,
        fs=fs,
        classes=tuple(classes),
        labels=[classes[i] for i in explained],
        y_pred=[classes[i] for i in predicted],
        probability=proba[:, 0],
        parts=tuple(parts),
        part_importance=importance,
        waveform=waveforms(rows, layout),
        normal=normal,
    )


def _predict_without(
    estimator: Classifier,
    X: ArrayLike | pd.DataFrame,
    rows: Floats,
    parts: Sequence[Part],
    layout: BeatLayout,
    fill: Floats,
) -> tuple[Sequence[Label], Floats]:
    """Return the classes, and probabilities (n_beats, 1 + n_parts, n_classes).

    The first one of a beat is that of its row as it is, the others are those without one part.
    """
    n_rows = 1 + len(parts)
    at_once = max(1, MOST_BYTES // (n_rows * rows[0].nbytes))
    found = []
    for i in range(0, len(rows), at_once):
        some = rows[i : i + at_once]
        blocks = np.concatenate(
            (some[:, np.newaxis], rows_without(some, parts, layout, fill)), axis=1
        )
        found.append(class_probabilities(estimator, _like(X, blocks), OWNER))
    proba = pd.concat(found)
    classes = proba.columns.tolist()
    return classes, proba.to_numpy(float).reshape(len(rows), n_rows, len(classes))


def _like(X: ArrayLike | pd.DataFrame, blocks: Floats) -> Floats | pd.DataFrame:
    """Return blocks (n_beats, n_rows, n_features) as rows, with the names of columns of X."""
    rows = blocks.reshape(-1, blocks.shape[-1])
    return pd.DataFrame(rows, columns=X.columns) if isinstance(X, pd.DataFrame) else rows


def _explained(
    y: ArrayLike | None,
    label: Label | None,
    classes: Sequence[Label],
    predicted: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Return the explained class of each beat, as a position among the classes."""
    if y is None and label is None:
        return predicted
    if y is not None and label is not None:
        raise ValueError(
            f"{OWNER} takes either 'y', a class for each beat, or 'label', one class for all "
            "beats. Got both."
        )
    name, wanted = ("label", [label]) if y is None else ("y", np.asarray(y).tolist())
    if y is not None:
        check_consistent_length(predicted, wanted)
    if unknown := [one for one in wanted if one not in classes]:
        raise ValueError(
            f"The '{name}' parameter of {OWNER} must be one of the classes {list(classes)} of the "
            f"model, or None for the predicted ones. Got {unknown[0]!r} instead."
        )
    places = np.array([classes.index(one) for one in wanted], dtype=np.intp)
    return np.broadcast_to(places, predicted.shape)


def _background(background: ArrayLike | None, rows: Floats) -> Floats:
    """Return the values that replace neighbours and scalars: the median of rows, or zeros."""
    if background is None:
        return np.zeros(rows.shape[1], dtype=rows.dtype)
    others = np.asarray(check_array(background, estimator=OWNER, input_name="background"))
    if others.shape[1] != rows.shape[1]:
        raise ValueError(
            f"The 'background' parameter of {OWNER} must be rows like those of X, with "
            f"{rows.shape[1]} columns, such as training rows. Got {others.shape[1]} columns."
        )
    return np.median(others, axis=0).astype(rows.dtype)


def _step_attribute(estimator: Any, name: str) -> Any:
    """Return an attribute of the first step of a pipeline that has it, or of the model itself."""
    model = fitted_pipeline(estimator)
    steps = [step for _, step in getattr(model, "steps", [(None, model)])]
    for step in steps:
        step = fitted_pipeline(step)
        inner = _step_attribute(step, name) if hasattr(step, "steps") else None
        for value in (inner, getattr(step, f"{name}_", None), getattr(step, name, None)):
            if value is not None:
                return value
    return None


def _mean(values: Floats) -> NDArray[np.float64]:
    """Return the mean over the beats that have a part; NaN where none has."""
    values = np.asarray(values, dtype=float)
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0).sum(axis=0), known.sum(axis=0))
