"""Predictions: reference labels, predicted labels and probabilities of beats."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .tables import ordered_labels
from .utils import Classifier, Label, count, from_cell, predict_labels, write_csv

if TYPE_CHECKING:
    from .beats import Beats

__all__ = ["Predictions", "as_predictions", "check_same_beats"]

PREFIX = "p_"  # of the columns of probabilities: p_N, p_S, ...
NEEDED = ("subject", "y_true", "y_pred")
IDENTITY = ("record", "sample", "subject", "y_true")  # of a beat
DECIMALS = 6  # of probabilities in a file


class _Calibration(Protocol):
    """A correction of probabilities, such as `TemperatureScaling`."""

    def apply(self, y_proba: pd.DataFrame) -> pd.DataFrame:
        """Return corrected probabilities."""


@dataclass(frozen=True, eq=False, repr=False)
class Predictions:
    """Reference labels, predicted labels and probabilities of beats, one row each.

    Metrics, displays and reports are made from it without predicting again, also from a file:
    ``BeatReport.from_table(predictions)``, ``ConfusionMatrixDisplay.from_table(predictions)``.
    ``predictions[index]`` takes some of the beats, by a mask, row numbers or a slice, and
    ``len(predictions)`` counts them. Its attributes cannot be set.

    Parameters
    ----------
    table : DataFrame
        One row per beat, with the columns subject, y_true and y_pred. Further columns are
        optional: record and sample (position in the record), fold, and ``p_<label>`` for the
        probability of each class, such as p_N. It is copied.

    Attributes
    ----------
    table : DataFrame
        The table.
    y_true, y_pred : ndarray of shape (n_beats,)
        Reference and predicted labels, read-only.
    y_proba : DataFrame of shape (n_beats, n_classes) or None
        Probabilities, columns named by the labels. None if the table has none.
    groups : ndarray of shape (n_beats,)
        Subject of each beat, read-only.
    labels : tuple
        All labels that occur or have a column of probabilities, the AAMI classes first.

    Raises
    ------
    TypeError
        If `table` is not a DataFrame, or an index is neither a mask, nor row numbers, nor a slice.
    ValueError
        If a column is missing, a label or subject is missing, or probabilities are not numbers.

    See Also
    --------
    cross_val_beats : Predict every beat by a model that has not seen its subject.
    evaluate : Make reports of the predictions of one or several models.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import Predictions
    >>> table = pd.DataFrame({"subject": list("aab"), "y_true": list("NVN")})
    >>> predictions = Predictions(table.assign(y_pred=list("NVV"), p_N=[0.9, 0.2, 0.4], p_V=0.5))
    >>> predictions
    <Predictions: 3 beats of 2 subjects, classes N, V, with probabilities>
    >>> predictions[predictions.y_true != predictions.y_pred].groups
    array(['b'], dtype=object)
    """

    table: pd.DataFrame

    def __post_init__(self) -> None:
        _check_table(self.table, "Predictions")
        object.__setattr__(self, "table", self.table.copy())

    @classmethod
    def from_beats(
        cls,
        beats: "Beats | Mapping[str, Any]",
        y_pred: ArrayLike,
        y_proba: pd.DataFrame | ArrayLike | None = None,
        *,
        fold: ArrayLike | None = None,
    ) -> "Predictions":
        """Join predicted labels and probabilities with the labels and subjects of their beats.

        Parameters
        ----------
        beats : Beats
            Beats with ``target``, ``groups`` and ``meta``.
        y_pred : array-like of shape (n_beats,)
            Predicted labels.
        y_proba : DataFrame or array-like of shape (n_beats, n_classes), default=None
            Predicted probabilities. The columns of a DataFrame are named by the classes, in any
            order: ``pd.DataFrame(proba, columns=model.classes_)``. Those of an array are the
            sorted labels that occur in ``target`` and `y_pred`.
        fold : array-like of int of shape (n_beats,), default=None
            Number of the fold in which each beat was tested.

        Returns
        -------
        Predictions
            One row per beat, in the order of the beats; probabilities are float32.

        Raises
        ------
        ValueError
            If an argument does not have one entry per beat, the columns of `y_proba` do not
            fit, or `beats` lacks a part.
        TypeError
            If `beats` is not a mapping.

        Examples
        --------
        >>> from skecg import Predictions, load_simulated
        >>> beats = load_simulated(2, duration=10.0, random_state=0)
        >>> predictions = Predictions.from_beats(beats, ["N"] * len(beats))
        >>> predictions.table[["record", "sample", "y_true", "y_pred"]].head(2)
           record  sample y_true y_pred
        0  sim000     176      N      N
        1  sim000     295      V      N
        """
        from .beats._checks import check_beats

        owner = "Predictions.from_beats"
        keys = ("target", "groups", "meta")
        check_beats(beats, "beats", owner, keys=keys, columns=("record", "sample"))
        meta, y_true = beats["meta"], np.asarray(beats["target"])
        labels = _one_per_beat(y_pred, "y_pred", y_true.size, owner)
        columns: dict[str, Any] = {
            "record": meta["record"].to_numpy(),
            "sample": meta["sample"].to_numpy(dtype=np.int64),
            "subject": np.asarray(beats["groups"]),
        }
        if fold is not None:
            number = _one_per_beat(fold, "fold", y_true.size, owner)
            if number.dtype.kind not in "iu":
                raise ValueError(
                    f"The 'fold' parameter of {owner} must hold integers. "
                    f"Got dtype {number.dtype} instead."
                )
            columns["fold"] = number.astype(np.int64)
        columns |= {"y_true": y_true, "y_pred": labels}
        if y_proba is not None:
            proba = _named_columns(y_proba, y_true, labels, owner)
            for label in ordered_labels(proba.columns):
                columns[f"{PREFIX}{label}"] = proba[label].to_numpy(dtype=np.float32)
        return cls(pd.DataFrame(columns))

    @classmethod
    def from_model(cls, model: Classifier, beats: "Beats") -> "Predictions":
        """Predict beats with a fitted model.

        Parameters
        ----------
        model : estimator
            Fitted classifier, pipeline or search.
        beats : Beats
            Beats whose rows were made like those of training.

        Returns
        -------
        Predictions
            With probabilities if the model has ``predict_proba``.

        Examples
        --------
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> from skecg import Predictions, load_simulated, train_test_subjects
        >>> beats = load_simulated(6, duration=30.0, random_state=0)
        >>> train, test = train_test_subjects(beats, random_state=0)
        >>> tree = DecisionTreeClassifier(random_state=0).fit(train.data, train.target)
        >>> len(Predictions.from_model(tree, test)) == len(test)
        True
        """
        return cls.from_beats(beats, *predict_labels(model, beats["data"]))

    @classmethod
    def read_csv(cls, path: str | os.PathLike[str]) -> "Predictions":
        """Read predictions from a CSV file, as `to_csv` and ``skecg train`` write it.

        Parameters
        ----------
        path : path-like
            The file. Names and labels are read as strings, also numbers and names such as "NA".

        Returns
        -------
        Predictions
            The predictions.

        Raises
        ------
        FileNotFoundError
            If the file does not exist.
        ValueError
            If a column is missing, or probabilities are not numbers.

        See Also
        --------
        to_csv : Write the file; has an example.
        """
        texts = dict.fromkeys(("record", "subject", "y_true", "y_pred"), str)
        table = pd.read_csv(path, dtype=texts, keep_default_na=False).rename(columns=from_cell)
        for name in texts.keys() & set(table.columns):
            table[name] = table[name].map(from_cell)
        try:
            _check_table(table, "Predictions.read_csv")
        except ValueError as error:
            error.add_note(f"while reading '{path}'")
            raise
        return cls(table.astype(dict.fromkeys(_probability_columns(table), np.float32)))

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the table as a CSV file, probabilities with 6 decimals.

        Parameters
        ----------
        path : path-like
            The file; an existing one is replaced when the new one is whole.

        Raises
        ------
        FileNotFoundError
            If the folder does not exist.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> from skecg import Predictions, load_simulated
        >>> beats = load_simulated(2, duration=10.0, random_state=0)
        >>> predictions = Predictions.from_beats(beats, beats.target)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     predictions.to_csv(Path(folder) / "predictions.csv")
        ...     again = Predictions.read_csv(Path(folder) / "predictions.csv")
        >>> (again.y_pred == predictions.y_pred).all()
        np.True_
        """
        write_csv(Path(path), self.table.round(DECIMALS))

    def calibrated(self, calibration: _Calibration) -> "Predictions":
        """Correct the probabilities, and the labels that depend on them.

        Parameters
        ----------
        calibration : TemperatureScaling
            As `find_calibration` returns it.

        Returns
        -------
        Predictions
            The corrected predictions. A label changes where another class becomes the most
            probable one.

        Raises
        ------
        ValueError
            If there are no probabilities.

        Examples
        --------
        >>> import pandas as pd
        >>> from skecg import Predictions, TemperatureScaling
        >>> table = pd.DataFrame({"subject": ["a"], "y_true": ["N"], "y_pred": ["N"]})
        >>> predictions = Predictions(table.assign(p_N=[0.9], p_V=[0.1]))
        >>> predictions.calibrated(TemperatureScaling(2.0)).y_proba.round(2).to_numpy().tolist()
        [[0.75, 0.25]]
        """
        before = self.y_proba
        if before is None:
            raise ValueError(
                "Predictions.calibrated needs probabilities, in columns such as p_N. The table "
                f"has {', '.join(map(str, self.table.columns))}."
            )
        after = calibration.apply(before)
        best = after.to_numpy().argmax(axis=1)
        changed = best != before.to_numpy().argmax(axis=1)
        y_pred = self.table["y_pred"].to_numpy(dtype=object, copy=True)
        y_pred[changed] = np.array(list(before.columns), dtype=object)[best[changed]]
        columns = self._probability_columns
        new = {
            column: after[label].to_numpy(dtype=before[label].to_numpy().dtype)
            for column, label in zip(columns, before.columns, strict=True)
        }
        predicted = pd.Series(y_pred, index=self.table.index)
        dtype = self.table["y_pred"].dtype
        if not isinstance(dtype, pd.CategoricalDtype):  # which may lack the new labels
            predicted = predicted.astype(dtype)
        return Predictions(self.table.assign(y_pred=predicted, **new))

    @cached_property
    def y_true(self) -> NDArray[Any]:
        """Reference labels."""
        return _read_only(self.table["y_true"])

    @cached_property
    def y_pred(self) -> NDArray[Any]:
        """Predicted labels."""
        return _read_only(self.table["y_pred"])

    @cached_property
    def groups(self) -> NDArray[Any]:
        """Subject of each beat."""
        return _read_only(self.table["subject"])

    @cached_property
    def y_proba(self) -> pd.DataFrame | None:
        """Probabilities, columns named by the labels."""
        columns = self._probability_columns
        if not columns:
            return None
        known = {str(label): label for label in self._occurring}
        kind = type(next(iter(known.values()), ""))
        names = [_label(column.removeprefix(PREFIX), known, kind) for column in columns]
        return self.table[columns].set_axis(names, axis=1)

    @cached_property
    def labels(self) -> tuple[Label, ...]:
        """All labels that occur or have probabilities, the AAMI classes first."""
        proba = [] if self.y_proba is None else list(self.y_proba.columns)
        return tuple(ordered_labels([*proba, *self._occurring]))

    @property
    def _occurring(self) -> list[Any]:
        return pd.unique(np.concatenate([self.y_true, self.y_pred])).tolist()

    @property
    def _probability_columns(self) -> list[str]:
        return _probability_columns(self.table)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, rows: ArrayLike | slice) -> "Predictions":
        """Take some of the beats, by a mask, row numbers or a slice."""
        index = rows if isinstance(rows, slice) else _check_index(rows, len(self))
        return Predictions(self.table.iloc[index].reset_index(drop=True))

    def __repr__(self) -> str:
        subjects = count(len(pd.unique(self.groups)), "subject")
        probabilities = "" if self.y_proba is None else ", with probabilities"
        return (
            f"<Predictions: {count(len(self), 'beat')} of {subjects}, classes "
            f"{', '.join(map(str, self.labels))}{probabilities}>"
        )


def as_predictions(
    value: Predictions | pd.DataFrame, owner: str, *, needs_probabilities: bool = False
) -> Predictions:
    """Return predictions that a function got as Predictions or as a table of them.

    Parameters
    ----------
    value : Predictions or DataFrame
        The argument.
    owner : str
        The function or method, for errors.
    needs_probabilities : bool, default=False
        If True, raise if there are none.

    Returns
    -------
    Predictions
        The argument, or predictions made of the table.

    Raises
    ------
    TypeError
        If the argument is of another type.
    ValueError
        If the table lacks a column, or probabilities that are needed.

    Examples
    --------
    >>> from skecg.predictions import as_predictions
    >>> as_predictions([1, 2], "BeatReport.from_table")
    Traceback (most recent call last):
    TypeError: The 'table' parameter of BeatReport.from_table must be Predictions or a ...
    """
    if isinstance(value, Predictions):
        predictions = value
    else:
        _check_table(value, owner)
        predictions = Predictions(value)
    if needs_probabilities and predictions.y_proba is None:
        raise ValueError(
            f"The 'table' parameter of {owner} must have a column of probabilities for each "
            "class, such as p_N. Got none; make it from a model that has predict_proba."
        )
    return predictions


def check_same_beats(predictions: Mapping[str, Predictions], owner: str) -> None:
    """Raise unless all predictions are of the same beats in the same order.

    Records, samples, subjects and reference labels are compared, as far as the tables have them.
    """
    expected = f"The predictions given to {owner} must be of the same beats in the same order."
    (first, table), *others = ((name, one.table) for name, one in predictions.items())
    for name, other in others:
        if len(table) != len(other):
            raise ValueError(
                f"{expected} {first!r} has {len(table):,} beats and {name!r} {len(other):,}."
            )
        for column in IDENTITY:
            if column in table and column in other:
                # pandas.read_csv reads a name such as 100 as a number
                differ = _as_text(table[column]) != _as_text(other[column])
                if differ.any():
                    raise ValueError(
                        f"{expected} {first!r} and {name!r} differ in '{column}' of "
                        f"{int(differ.sum())} beats, first in row {int(differ.argmax())}. Sort "
                        "both by record and sample, and keep the beats that both have."
                    )


def _check_table(table: object, owner: str) -> None:
    """Raise unless a table has the columns of predictions, with valid values."""
    if not isinstance(table, pd.DataFrame):
        raise TypeError(
            f"The 'table' parameter of {owner} must be Predictions or a DataFrame of them, one "
            f"row per beat. Got {type(table).__name__} instead."
        )
    if missing := [name for name in NEEDED if name not in table.columns]:
        raise ValueError(
            f"The 'table' parameter of {owner} must have the columns {', '.join(NEEDED)}. It "
            f"lacks {', '.join(missing)}: it has {', '.join(map(str, table.columns))}."
        )
    for name in NEEDED:
        if n_missing := int(table[name].isna().sum()):
            raise ValueError(
                f"The column '{name}' of the 'table' parameter of {owner} must have no missing "
                f"values. Got {n_missing}. pandas.read_csv reads names such as NA as missing "
                "values; Predictions.read_csv does not."
            )
    for name in _probability_columns(table):
        if not pd.api.types.is_numeric_dtype(table[name].dtype):
            raise ValueError(
                f"The column '{name}' of the 'table' parameter of {owner} must hold numbers: "
                f"columns that begin with '{PREFIX}' are probabilities. Got {table[name].dtype} "
                "instead; rename other columns."
            )


def _named_columns(
    y_proba: pd.DataFrame | ArrayLike, y_true: NDArray[Any], y_pred: NDArray[Any], owner: str
) -> pd.DataFrame:
    """Return probabilities with the classes as columns."""
    if not isinstance(y_proba, pd.DataFrame):
        labels = sorted(set(y_true.tolist()) | set(y_pred.tolist()))
        values = np.asarray(y_proba)
        if values.ndim != 2 or values.shape[1] != len(labels):
            raise ValueError(
                f"The 'y_proba' parameter of {owner} must have one column for each of the labels "
                f"{', '.join(map(str, labels))}. Got shape {values.shape} instead. Name the "
                "columns: pd.DataFrame(proba, columns=model.classes_)."
            )
        y_proba = pd.DataFrame(values, columns=labels)
    if not y_proba.columns.is_unique:
        raise ValueError(
            f"The 'y_proba' parameter of {owner} must not repeat a class. Got the columns "
            f"{', '.join(map(str, y_proba.columns))}."
        )
    if len(y_proba) != y_true.size:
        raise ValueError(
            f"The 'y_proba' parameter of {owner} must have one row for each of the "
            f"{y_true.size} beats. Got {len(y_proba)} instead."
        )
    return y_proba


def _one_per_beat(values: ArrayLike, name: str, n_beats: int, owner: str) -> NDArray[Any]:
    """Return an argument as an array of one entry per beat, or raise."""
    array = np.asarray(values)
    if array.shape != (n_beats,):
        raise ValueError(
            f"The '{name}' parameter of {owner} must have one entry for each of the {n_beats} "
            f"beats. Got shape {array.shape} instead."
        )
    return array


def _check_index(rows: ArrayLike, n_beats: int) -> NDArray[Any]:
    """Return a mask or row numbers as an array, or raise."""
    index = np.asarray(rows)
    if index.ndim == 1 and not index.size:
        return np.empty(0, dtype=np.intp)
    if index.ndim != 1 or index.dtype.kind not in "biu":
        raise TypeError(
            "Predictions take a mask, row numbers or a slice in brackets, such as "
            f"predictions[predictions.y_true == 'V']. Got {rows!r} instead; columns are in "
            "predictions.table."
        )
    if index.dtype == bool and index.size != n_beats:
        raise ValueError(f"The mask has {index.size} entries, but there are {n_beats} beats.")
    return index


def _probability_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that hold probabilities."""
    return [name for name in table.columns if str(name).startswith(PREFIX)]


def _read_only(column: pd.Series) -> NDArray[Any]:
    """Return the values of a column as an array that cannot be written."""
    values = column.to_numpy().view()
    values.flags.writeable = False
    return values


def _as_text(column: pd.Series) -> NDArray[np.object_]:
    """Return values as strings, so that 100 equals "100" and missing values are equal."""
    codes, values = pd.factorize(column)
    return np.array([*map(str, values), "nan"], dtype=object)[codes]


def _label(name: str, known: Mapping[str, Any], kind: type) -> Any:
    """Return the label that a column is named after; a number if labels are numbers."""
    if name in known:
        return known[name]
    if kind is bool:
        return {"False": False, "True": True}.get(name, name)
    try:
        return kind(name)
    except ValueError:  # not a number
        return name
