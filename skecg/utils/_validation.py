"""Check rows and labels as scikit-learn does; errors add a way out for beats."""

from typing import Any

import numpy as np
from sklearn.utils.validation import validate_data

from ._mapped import are_finite, is_mapped, map_rows

__all__ = ["check_finite", "check_labels", "check_rows"]


def check_rows(estimator: Any, X: Any, y: Any = "no_validation", **params: Any) -> Any:
    """Check rows, and labels if any, by scikit-learn's ``validate_data``.

    Rows of another byte order or of pandas's own float types are rows of plain floats of the
    same size, so that equal beats give equal results whatever holds them.

    Parameters
    ----------
    estimator : estimator
        The estimator that got them.
    X : array-like of shape (n_beats, n_features)
        Rows of beats.
    y : array-like of shape (n_beats,), default="no_validation"
        Labels; not checked unless given.
    **params : dict
        Passed on to ``validate_data``.

    Returns
    -------
    ndarray or tuple of ndarray
        The result of ``validate_data``: the rows, or, if `y` is given, rows and labels.

    Raises
    ------
    ValueError
        If rows or labels are unusable.
    TypeError
        If they are of an unusable type.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatNormalizer
    >>> from skecg.utils._validation import check_rows
    >>> check_rows(BeatNormalizer(), np.ones((2, 3), dtype=">f4"), dtype=np.float32).dtype
    dtype('float32')
    """
    if not isinstance(y, str):
        check_labels(y, type(estimator).__name__)
    try:
        rows = _plain(X)
        if is_mapped(rows) and rows.ndim == 2 and rows.dtype.kind == "f" and are_finite(rows):
            # scikit-learn would read all of them at once to look for NaN, and copy what is not
            # contiguous; labels are checked as ever
            params = {"ensure_all_finite": False} | params
            if params.get("order") == "C" and not rows.flags.c_contiguous:
                rows = map_rows(rows, np.ascontiguousarray)
            return validate_data(estimator, rows, y, **params)
        with np.errstate(invalid="ignore"):  # huge values of both signs, summed to look for NaN
            return validate_data(estimator, rows, y, **params)
    except ValueError as error:
        if way_out := _way_out(X):
            # the next lines of scikit-learn's message list estimators that accept missing values
            raise ValueError(f"{str(error).splitlines()[0]} {way_out}") from error
        raise


def check_labels(y: Any, owner: str) -> None:
    """Raise if labels are missing or cannot be sorted; scikit-learn checks the rest.

    Parameters
    ----------
    y : array-like of shape (n_beats,)
        Labels.
    owner : str
        Name of the estimator, for the error.

    Raises
    ------
    ValueError
        If `y` is None or a label is missing (None, NaN or pandas's NA).
    TypeError
        If some labels are strings and some are not.

    Examples
    --------
    >>> from skecg.utils._validation import check_labels
    >>> check_labels(["N", "V", None], "BeatAugmenter")
    Traceback (most recent call last):
        ...
    ValueError: y of BeatAugmenter must have a label for each row. 1 of 3 is missing: ...
    """
    if y is None:
        raise ValueError(
            f"{owner} requires y to be passed, but the target y is None: "
            "give a label for each row."
        )
    dtype = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind not in "Of":
        return
    import pandas as pd

    try:
        labels = pd.Series(y, dtype=None if dtype is not None else object)
    except (TypeError, ValueError):  # not labels, or several per row
        return
    missing = int(labels.isna().sum())
    if missing:
        raise ValueError(
            f"y of {owner} must have a label for each row. {missing} of {len(labels)} "
            f"{'is' if missing == 1 else 'are'} missing: exclude these rows "
            "(keep = pandas.notna(y), then X[keep], y[keep])."
        )
    kinds = {type(label) for label in labels} if labels.dtype == object else ()
    names = [kind.__name__ for kind in kinds if not issubclass(kind, str)]
    if names and len(names) < len(kinds):
        raise TypeError(
            f"y of {owner} must hold labels of one type, which can be sorted. Got str and "
            f"{', '.join(sorted(names))}: make them strings (numpy.asarray(y).astype(str))."
        )


def check_finite(new: np.ndarray, X: np.ndarray, owner: str) -> None:
    """Raise if rows are so large that a result is out of the range of their type.

    Parameters
    ----------
    new : ndarray
        Result computed from the rows.
    X : ndarray of shape (n_beats, n_features)
        The rows.
    owner : str
        Name of the estimator, for the error.

    Raises
    ------
    ValueError
        If anything in `new` is NaN or infinite.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg.utils._validation import check_finite
    >>> check_finite(np.array([np.inf]), np.array([[3e38]], np.float32), "WaveletDenoiser")
    Traceback (most recent call last):
        ...
    ValueError: WaveletDenoiser cannot work with values of up to 3e+38 in float32: ...
    """
    if not np.isfinite(new).all():
        largest = max(X.max(), -X.min())
        raise ValueError(
            f"{owner} cannot work with values of up to {largest:g} in {X.dtype}: the "
            "results are not finite. Signals are in mV: scale them, or exclude such beats."
        )


def _plain(X: Any) -> Any:
    """Return rows in this machine's byte order, and pandas's own float32 as NumPy's."""
    if isinstance(X, np.ndarray):
        return X if X.dtype.isnative else X.astype(X.dtype.newbyteorder("="))
    if not hasattr(X, "columns") or not hasattr(X, "iloc"):
        return X
    dtypes = list(X.dtypes)
    single = [d.kind == "f" and getattr(d, "itemsize", 8) == 4 for d in dtypes]
    if dtypes and all(single) and not all(isinstance(d, np.dtype) for d in dtypes):
        return X.astype(np.float32)  # scikit-learn makes all of these float64
    return X


def _is_finite(X: Any) -> bool:
    """Tell whether rows of numbers have neither missing nor infinite values."""
    import pandas as pd

    values = np.asarray(X)
    if values.ndim != 2:
        return True
    if values.dtype == object:
        try:
            values = np.where(pd.isna(values), np.nan, values).astype(np.float64)
        except (TypeError, ValueError):
            return True
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def _way_out(X: Any) -> str:
    """Return advice on rows that scikit-learn rejects, empty where there is none."""
    if getattr(X, "ndim", 2) == 3:
        return (
            "Beats are rows of shape (n_beats, n_features): pass X.reshape(len(X), -1) "
            "where X has shape (n_beats, n_samples, 1) or (n_beats, n_leads, n_samples), then "
            "with layout=BeatLayout(n_samples, leads=n_leads)."
        )
    if not _is_finite(X):
        return (
            "Exclude such beats (keep = numpy.isfinite(X).all(axis=1), then X[keep], y[keep]), "
            "as load_beats does with beats that touch a gap in the signal."
        )
    return ""
