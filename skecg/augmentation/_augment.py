"""Augmentation: new beats of the minority classes, made by changing real ones."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_target_type
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import Tags, check_random_state, column_or_1d

from ..layout import BeatLayout, check_layout
from ..utils import (
    Label,
    RandomState,
    Rule,
    ScratchRows,
    change_rows,
    check_finite,
    check_labels,
    check_params,
    check_rows,
    count,
    is_int,
    is_mapped,
    is_number,
    mapped_folder,
    one_of,
    read_rows,
    row_blocks,
    warn,
)
from ._draws import DrawsInBlocks
from ._methods import METHODS, Method

__all__ = ["BeatAugmenter"]

_RULES = {
    "mix": one_of("one", "all"),
    "max_copies_per_group": Rule(
        lambda v: v is None or (is_int(v) and v >= 1), "an int of at least 1, or None"
    ),
}


class BeatAugmenter(BaseOverSampler):
    """Balance classes by new beats of the minority classes, made by changing real ones.

    An imbalanced-learn over-sampler: in its pipelines it changes only the training rows. Where
    other over-samplers repeat rows or mix two of them, this one takes a real beat and changes
    it as electrodes, muscles and the body do.

    Parameters
    ----------
    sampling_strategy : float, str, dict or callable, default="auto"
        Number of rows of each class, as for every over-sampler of imbalanced-learn. "auto"
        brings all classes up to the most frequent one; `double_minority` makes one copy of each
        beat of the minority classes, as the notebook that skecg replaces.
    methods : str, iterable or dict, default=("frequency_noise",)
        Changes of the beats: names, pairs ``(name, strength)``, or a dict name -> strength.
        A name without strength has the strength given here.

        - "frequency_noise" (0.01): real Gaussian noise of this standard deviation is added to
          the Fourier transform, as in the notebook. In the signal that is noise of
          ``strength / sqrt(2 * n_samples)``, so 0.001 mV for 50 samples: the default makes
          near copies.
        - "amplitude" (0.1): each lead is multiplied by a factor between 1 - strength and
          1 + strength.
        - "shift" (0.04): all of a row is shifted in either direction by at most this share of
          ``n_samples``, by one sample at least: 0.04 is 2 samples of 50. Ends repeat the last
          sample.
        - "wander" (0.1): a slow sine of this amplitude in mV, its period 2 to 20 lengths of a
          signal.
        - "muscle" (0.02): Gaussian noise of this standard deviation in mV above 0.08 of the
          sampling frequency (20 Hz at 250 Hz).
    mix : {"one", "all"}, default="one"
        With several methods, whether each new beat is changed by one of them, drawn at random,
        or by all in their order.
    max_copies_per_group : int, default=None
        Largest number of new rows of one class that are made of the beats of one subject;
        needs `groups`. It keeps few subjects with many beats from making up a class. None sets
        no limit.
    layout : BeatLayout, default=None
        Meaning of the columns of a row; None means that all are samples of one lead. Scalar
        columns are copied as they are.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int gives the same rows every time.

    Attributes
    ----------
    sampling_strategy_ : dict
        Label -> number of new rows requested.
    sample_indices_ : ndarray of shape (n_rows_after,)
        The source row of every row: all given rows in their order, then those of the new
        ones. The subjects of all rows are ``groups[sample_indices_]``.
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of str
        Names of the columns, if X has any.

    See Also
    --------
    double_minority : Twice the rows of every class but the most frequent.
    balance_majority : Strategy of an under-sampler after this one.

    Notes
    -----
    Every beat of a class is a source once before any is one twice; the beats that are taken once
    more are drawn at random. The channels of a lead are changed alike; noise differs between
    leads and between neighbouring beats, a shift is the same for all of a row. A lead whose
    waveform is zero throughout is missing (``BeatExtractor(missing_leads="zeros")``) and stays so.

    In a pipeline, put it before any under-sampler, since imbalanced-learn does not remove rows
    from `groups`, and before the scaling, since strengths are in mV.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatAugmenter, double_minority
    >>> X = np.random.default_rng(0).normal(size=(6, 50))
    >>> y = np.array(["N", "N", "N", "V", "V", "S"])
    >>> augmenter = BeatAugmenter(double_minority, methods={"shift": 0.04}, random_state=0)
    >>> X_new, y_new = augmenter.fit_resample(X, y)
    >>> y_new
    array(['N', 'N', 'N', 'V', 'V', 'S', 'S', 'V', 'V'], dtype='<U1')
    >>> augmenter.sample_indices_
    array([0, 1, 2, 3, 4, 5, 5, 3, 4])
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseOverSampler._parameter_constraints,
        "random_state": ["random_state"],
    }

    # with routing on, pipelines and searches pass groups without a request; else no effect
    __metadata_request__fit_resample = {"groups": True}  # noqa: RUF012

    def __init__(
        self,
        sampling_strategy: float
        | str
        | dict[Label, int]
        | Callable[[ArrayLike], dict[Label, int]] = "auto",
        *,
        methods: str | Iterable[str | tuple[str, float]] | Mapping[str, float] = (
            "frequency_noise",
        ),
        mix: str = "one",
        max_copies_per_group: int | None = None,
        layout: BeatLayout | None = None,
        random_state: RandomState = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.methods = methods
        self.mix = mix
        self.max_copies_per_group = max_copies_per_group
        self.layout = layout
        self.random_state = random_state

    def fit_resample(
        self, X: ArrayLike, y: ArrayLike, *, groups: ArrayLike | None = None
    ) -> tuple[Any, Any]:
        """Return all rows, followed by new ones of the minority classes.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats in mV.
        y : array-like of shape (n_beats,)
            Labels.
        groups : array-like of shape (n_beats,), default=None
            Subject of each row, needed with `max_copies_per_group`.

        Returns
        -------
        X_new : ndarray or DataFrame of shape (n_rows_after, n_features)
            The given rows in their order, then the new ones; float32 if X is float32.
        y_new : ndarray or Series of shape (n_rows_after,)
            Their labels.

        Raises
        ------
        ValueError
            If a parameter is invalid, `groups` has another length than X, or values are too
            large for their type.

        Warns
        -----
        UserWarning
            If `max_copies_per_group` allows fewer new rows than requested.
        """
        check_labels(y, type(self).__name__)
        return super().fit_resample(_with_float_columns(X), y, groups=groups)

    def _check_X_y(self, X: Any, y: Any) -> tuple[NDArray[np.floating], NDArray[Any], bool]:
        """Validate input; called by imbalanced-learn from fit and fit_resample."""
        if getattr(y, "shape", ())[1:] == (1,):
            y = column_or_1d(y, warn=True)  # as scikit-learn's estimators do
        y, binarize_y = check_target_type(y, indicate_one_vs_all=True)
        if hasattr(X, "sparse") and hasattr(X, "dtypes"):
            X = X.sparse.to_dense() if _all_sparse(X) else X
        X, y = check_rows(self, X, y, reset=True, dtype=[np.float64, np.float32])
        check_layout(self.layout, X.shape[1], type(self).__name__)
        _check_methods(self.methods)
        check_params(self, _RULES)
        return X, y, binarize_y

    def _fit_resample(
        self, X: NDArray[np.floating], y: NDArray[Any], groups: ArrayLike | None = None
    ) -> tuple[NDArray[np.floating], NDArray[Any]]:
        """Make the rows; called by imbalanced-learn with validated input."""
        layout = check_layout(self.layout, X.shape[1], type(self).__name__)
        subjects = self._check_groups(groups, len(X))
        seed = check_random_state(self.random_state).randint(2**32, size=4, dtype=np.uint32)
        rng = np.random.default_rng(seed)

        sources = [np.arange(len(X))]
        for label, n_new in self.sampling_strategy_.items():
            rows = np.flatnonzero(y == label)
            if subjects is None:
                sources.append(_take_evenly(rows, n_new, rng))
            else:
                sources.append(self._sources_by_group(rows, subjects[rows], n_new, rng, label))
        self.sample_indices_ = np.concatenate(sources)

        y_new = y[self.sample_indices_]
        if is_mapped(X):
            return self._new_mapped(X, layout, rng), y_new
        X_new = X[self.sample_indices_]
        new = layout.waveform(X_new)[len(X) :]
        missing = _missing(new)
        with np.errstate(over="ignore", invalid="ignore"):
            self._change(new, rng)
        new[missing] = 0
        check_finite(new, X, type(self).__name__)
        return X_new, y_new

    def _new_mapped(
        self, X: NDArray[np.floating], layout: BeatLayout, rng: np.random.Generator
    ) -> NDArray[np.floating]:
        """Make the rows in a file, the same as in memory, in blocks."""
        source = self.sample_indices_
        with ScratchRows(mapped_folder(X), X.shape[1:], X.dtype) as scratch:
            for block in row_blocks(len(source), X.shape[1] * X.itemsize):
                scratch.append(read_rows(X, source[block]))
            X_new = scratch.map("r+")
        new = X_new[len(X) :]
        owner = type(self).__name__
        for methods, rows in self._shares(len(new), rng):
            for change, strength in methods:
                draws = DrawsInBlocks(rng, len(rows))

                def apply(part: NDArray[np.floating], place: slice) -> None:
                    waveform = layout.waveform(part)
                    with np.errstate(over="ignore", invalid="ignore"):
                        change(waveform, strength, draws.at(place))  # noqa: B023
                    # rows as they were: a lead of zeros is one that the recording lacks
                    before = read_rows(X, source[len(X) + rows[place]])  # noqa: B023
                    waveform[_missing(layout.waveform(before))] = 0
                    check_finite(waveform, X, owner)

                change_rows(new, rows, apply)
        X_new.flush()  # type: ignore[attr-defined]
        return X_new

    def _shares(
        self, n_new: int, rng: np.random.Generator
    ) -> list[tuple[list[tuple[Method, float]], NDArray[np.intp]]]:
        """Return the new rows that get the same methods, with these."""
        methods = _check_methods(self.methods)
        if self.mix == "all" or len(methods) == 1:
            return [(methods, np.arange(n_new))]
        drawn = rng.integers(len(methods), size=n_new)
        return [([method], np.flatnonzero(drawn == i)) for i, method in enumerate(methods)]

    def _change(self, waveform: NDArray[np.floating], rng: np.random.Generator) -> None:
        """Change new beats in place, by all methods or each by one."""
        for methods, rows in self._shares(len(waveform), rng):
            part = waveform if len(rows) == len(waveform) else waveform[rows]  # a copy
            for change, strength in methods:
                change(part, strength, rng)
            if part is not waveform:
                waveform[rows] = part

    def _check_groups(self, groups: ArrayLike | None, n_rows: int) -> NDArray[Any] | None:
        """Return the subject of each row if copies are limited by subject, else None."""
        if groups is None:
            if self.max_copies_per_group is None:
                return None
            raise ValueError(
                "The 'max_copies_per_group' parameter of BeatAugmenter needs 'groups', the "
                "subject of each row, in fit_resample. In a pipeline call "
                "sklearn.set_config(enable_metadata_routing=True) and fit(..., groups=groups)."
            )
        subjects = np.asarray(groups)
        if subjects.shape != (n_rows,):
            raise ValueError(
                f"The 'groups' of BeatAugmenter.fit_resample must have shape ({n_rows},), one "
                f"subject for each row of X. Got shape {subjects.shape} instead. In a pipeline "
                "put the augmenter before steps that change the number of rows."
            )
        return None if self.max_copies_per_group is None else subjects

    def _sources_by_group(
        self,
        rows: NDArray[np.intp],
        groups: NDArray[Any],
        n_new: int,
        rng: np.random.Generator,
        label: Label,
    ) -> NDArray[np.intp]:
        """Choose source rows, no more of one subject than allowed; warn if that is too few."""
        most = self.max_copies_per_group
        subjects, which, n_rows = np.unique(groups, return_inverse=True, return_counts=True)
        quota = _share_out(n_new, n_rows, most or n_new, rng)
        if quota.sum() < n_new:
            warn(
                f"BeatAugmenter made {count(quota.sum(), 'new row')} of class '{label}' instead "
                f"of {n_new:,}: it has {count(subjects.size, 'subject')}, and "
                f"max_copies_per_group={most}."
            )
        chosen = [_take_evenly(rows[which == i], n, rng) for i, n in enumerate(quota)]
        return np.concatenate(chosen)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = False
        tags.sampler_tags.sample_indices = True
        return tags


def _missing(waveform: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Tell which leads, or neighbours, of a row are all zeros: those that the recording lacks."""
    return np.logical_not(waveform.any(axis=(3, 4)))


def _check_methods(methods: object) -> list[tuple[Method, float]]:
    """Return each method with its strength, or raise."""
    pairs: list[object] = []
    if isinstance(methods, str):
        pairs = [methods]
    elif isinstance(methods, Mapping):
        pairs = list(methods.items())
    elif isinstance(methods, Iterable) and not isinstance(methods, Iterator):  # read twice
        pairs = list(methods)
    if not pairs:
        raise ValueError(
            "The 'methods' parameter of BeatAugmenter must be names, pairs of name and "
            f"strength, or a dict of them, from {list(METHODS)}. Got {methods!r} instead."
        )
    return [_check_method(pair) for pair in pairs]


def _check_method(pair: object) -> tuple[Method, float]:
    """Return a method with its strength for a name or a pair of both, or raise."""
    name, *strength = pair if isinstance(pair, list | tuple) and pair else (pair,)
    if not isinstance(name, str) or name not in METHODS or len(strength) > 1:
        raise ValueError(
            "The 'methods' parameter of BeatAugmenter must name methods from "
            f"{list(METHODS)}, with or without a strength. Got {pair!r} instead."
        )
    change, usual = METHODS[name]
    value = strength[0] if strength else usual
    if not is_number(value) or value < 0:
        raise ValueError(
            "The 'methods' parameter of BeatAugmenter must give each method a strength of "
            f"zero or more. Got {value!r} for '{name}' instead."
        )
    return change, float(value)


def _take_evenly(rows: NDArray[np.intp], n_new: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Take each row equally often, and a random choice of them once more."""
    rounds, rest = divmod(int(n_new), len(rows))
    return np.concatenate((np.tile(rows, rounds), rng.permutation(rows)[:rest]))


def _share_out(
    total: int, n_rows: NDArray[np.intp], most: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Share new rows out to subjects in proportion to their rows, none more than `most`.

    Subjects whose share exceeds `most` get that many, and the others share the rest, until no
    share exceeds it.
    """
    quota = np.zeros(len(n_rows), dtype=np.int64)
    open_ = np.ones(len(n_rows), dtype=bool)
    while open_.any():
        share = (total - quota[~open_].sum()) * n_rows / n_rows[open_].sum()
        full = open_ & (share >= most)
        if not full.any():
            quota[open_] = share[open_].astype(np.int64)
            break
        quota[full] = most
        open_ &= ~full
    # the rest from rounding, fewer rows than subjects, goes one by one to those below `most`
    below = rng.permutation(np.flatnonzero(quota < most))
    quota[below[: total - quota.sum()]] += 1
    return quota


def _with_float_columns(X: Any) -> Any:
    """Make the columns of a DataFrame floats, or new rows would be rounded to their types."""
    dtypes = getattr(X, "dtypes", None)
    if dtypes is None or not hasattr(X, "columns"):
        return X
    if not hasattr(X, "iloc"):
        raise TypeError(
            "BeatAugmenter, like imbalanced-learn, takes arrays and DataFrames of pandas. "
            f"Got {type(X).__module__}.{type(X).__name__} instead: pass X.to_pandas() or "
            "X.to_numpy(), or in a pipeline set_output(transform='pandas')."
        )
    if all(dtype.kind == "f" and getattr(dtype, "itemsize", 8) >= 4 for dtype in dtypes):
        return X
    # complex columns stay, to be refused
    return X if any(dtype.kind == "c" for dtype in dtypes) else X.astype(np.float64)


def _all_sparse(X: Any) -> bool:
    """Tell whether all columns of a DataFrame are sparse."""
    return all(type(dtype).__name__ == "SparseDtype" for dtype in X.dtypes)
