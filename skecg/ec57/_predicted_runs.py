"""Compare runs of ectopic beats in tables of predictions."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..predictions import Predictions, as_predictions
from ..utils import count, listed, own_versions
from ._run_marks import F, Marks, N, Q, S, V
from ._run_matrices import RunMatrices, make_matrices, runs_html, runs_repr, runs_text
from ._runs import SVE, VE, Ectopy, find_runs, longest_runs
from ._streams import FOREVER

__all__ = ["NoRunsError", "PredictedRuns", "compare_predicted_runs"]

OWNER = "compare_predicted_runs"
_MEANINGS = {"N": N, "S": S, "V": V, "F": F, "Q": Q}


class NoRunsError(ValueError):
    """A table has no runs: of other labels, or without one row for each beat in order."""


@dataclass(frozen=True, eq=False)
class PredictedRuns:
    """Runs of ectopic beats in predictions, compared by `compare_predicted_runs`.

    ``print(runs)`` gives tables for a terminal; a notebook shows them as HTML.

    Attributes
    ----------
    ve, sve : RunMatrices
        Runs of ventricular and of supraventricular ectopic beats of all records. In
        ``discrepancies`` there is a column record, and windows are from the first to the last
        beat of a run.
    n_beats : int
        Number of beats.
    n_records : int
        Number of records.

    See Also
    --------
    compare_predicted_runs : Make one.
    """

    ve: RunMatrices
    sve: RunMatrices
    n_beats: int
    n_records: int

    def to_dict(self, *, discrepancies: bool = True) -> dict[str, Any]:
        """Return the comparison as JSON-able data, schema 1.

        Parameters
        ----------
        discrepancies : bool, default=True
            True includes every run outside the diagonals.

        Returns
        -------
        dict
            Statistics are fractions with numerator and denominator; 0/0 and cell (0, 0) are None.
        """
        return {
            "schema": 1,
            "method": "runs of labels of the same beats",
            "beats": self.n_beats,
            "records": self.n_records,
            "ve": self.ve.to_dict(discrepancies=discrepancies),
            "sve": self.sve.to_dict(discrepancies=discrepancies),
            "versions": own_versions(),
        }

    def __str__(self) -> str:
        return runs_text(self._heading(), self._kinds())

    def __repr__(self) -> str:
        return runs_repr("PredictedRuns", self._kinds())

    def _repr_html_(self) -> str:
        return runs_html(self._heading(), self._kinds())

    def _kinds(self) -> dict[str, RunMatrices]:
        """Return the matrices by the name of their beats."""
        return {"VE": self.ve, "SVE": self.sve}

    def _heading(self) -> list[str]:
        """Write the lines above the matrices."""
        beats, records = count(self.n_beats, "beat"), count(self.n_records, "record")
        return [
            f"Runs of labels: {beats} of {records}",
            "reference and test have the same beats: not a comparison by EC57",
        ]


def compare_predicted_runs(predictions: Predictions | pd.DataFrame) -> PredictedRuns:
    """Compare runs of predicted labels with runs of reference labels.

    Couplets, short runs (3 to 5 beats) and long runs of ventricular (V and F) and
    supraventricular ectopic beats (S) are counted by the rules of `compare_runs`, all records
    pooled. All beats of a record should be in the table: beats next to an absent one count as
    neighbors.

    Parameters
    ----------
    predictions : Predictions or DataFrame
        The labels, N, S, V, F and Q, as y_true and y_pred, with the columns record, sample and
        subject (the record will do, if each is of a person of its own).

    Returns
    -------
    PredictedRuns
        For VE and SVE two 7 x 7 matrices, the statistics, and every discrepancy.

    Raises
    ------
    ValueError
        If a column is missing, a beat is there twice, or there are other labels.
    TypeError
        If `predictions` is of another type.

    See Also
    --------
    compare_runs : Compare annotations, with detected beats; the rules of EC57.
    beat_report : Evaluate the labels of single beats.

    Notes
    -----
    Reference and test have the same beats, so the window of a run is from its first beat to its
    last. There is no fibrillation and no learning period. EC57 requires detected beats, so these
    are not results by EC57: compare the annotations that a model writes with `compare_runs`.

    Examples
    --------
    >>> import pandas as pd
    >>> from skecg import compare_predicted_runs
    >>> table = pd.DataFrame({"record": "r1", "sample": range(0, 1800, 300), "subject": "a"})
    >>> runs = compare_predicted_runs(table.assign(y_true=list("NVVVNN"), y_pred=list("NVVNNV")))
    >>> runs
    <PredictedRuns: VE couplet Se 0/0, VE couplet +P 1/1, SVE couplet Se 0/0, SVE couplet +P 0/0>
    >>> runs.ve.discrepancies[["statistic", "record", "reference", "test"]].to_numpy().tolist()
    [['Se', 'r1', 3, 2], ['+P', 'r1', 0, 1]]
    """
    table = as_predictions(predictions, OWNER).table
    _check(table)
    number, names = pd.factorize(table["record"])
    order = np.lexsort((table["sample"], number))
    sample, number = table["sample"].to_numpy()[order], number[order]
    repeated = (np.diff(number) == 0) & (np.diff(sample) == 0)
    if repeated.any():
        i = int(np.flatnonzero(repeated)[0])
        raise NoRunsError(
            f"The 'predictions' parameter of {OWNER} must have each beat once. Record "
            f"{names[number[i]]!r} has two at sample {sample[i]}: take one fold or repetition."
        )
    # all records end to end, with an N between two, which ends each run:  V V N N N V N N S
    at = np.arange(len(order)) + number  # records:                       0 0 0 . 1 1 1 . 2
    beat_at = np.zeros(int(at[-1]) + 1 if len(at) else 0, dtype=np.intp)
    beat_at[at] = order
    marks = {}
    for role, column in (("reference", "y_true"), ("test", "y_pred")):
        meaning = np.full(len(beat_at), N, dtype=np.int8)
        label, labels = pd.factorize(table[column])
        meaning[at] = np.array([_MEANINGS[one] for one in labels], dtype=np.int8)[label[order]]
        marks[role] = Marks(np.arange(len(beat_at)), meaning)
    ve, sve = (_compare(marks, kind, table, beat_at) for kind in (VE, SVE))
    return PredictedRuns(ve=ve, sve=sve, n_beats=len(table), n_records=len(names))


def _check(table: pd.DataFrame) -> None:
    """Raise if positions are missing, or labels are not those of EC57."""
    missing = [name for name in ("record", "sample") if name not in table.columns]
    if missing:
        raise NoRunsError(
            f"The 'predictions' parameter of {OWNER} must have the columns record and sample: "
            f"the order of the beats decides. {listed(missing)} missing."
        )
    if table["record"].isna().any() or not pd.api.types.is_integer_dtype(table["sample"]):
        raise NoRunsError(
            f"The 'predictions' parameter of {OWNER} must have a record and a sample, a whole "
            f"number, for each beat. Got dtype {table['sample'].dtype} as sample, and "
            f"{count(int(table['record'].isna().sum()), 'beat')} without record."
        )
    labels = set(table["y_true"].unique()) | set(table["y_pred"].unique())
    if other := sorted(map(str, labels - set(_MEANINGS))):
        raise NoRunsError(
            f"The 'predictions' parameter of {OWNER} must have the labels N, S, V, F and Q, of "
            f"which runs are made. Got also {other[:10]}: rename them, as by "
            "table.replace({'y_true': names, 'y_pred': names})."
        )


def _compare(
    marks: dict[str, Marks], kind: Ectopy, table: pd.DataFrame, beat_at: NDArray[np.intp]
) -> RunMatrices:
    """Compare the runs of a kind, and list discrepancies by record and sample."""
    searches = []
    for defining, searched in (("reference", "test"), ("test", "reference")):
        runs = find_runs(marks[defining], kind, (0, FOREVER), 0)
        if runs is None:  # no beat
            empty = np.zeros(0, dtype=np.int64)
            searches.append(dict.fromkeys(("reference", "test", "low", "high"), empty))
            continue
        longest = longest_runs(marks[searched], kind, runs.low, runs.high)
        searches.append(
            {defining: runs.length, searched: longest, "low": runs.low, "high": runs.high}
        )
    found = make_matrices(*searches)
    listing = found.discrepancies
    first, last = (beat_at[listing[end].to_numpy()] for end in ("first_sample", "last_sample"))
    sample = table["sample"].to_numpy()
    listing = listing.assign(first_sample=sample[first], last_sample=sample[last])
    listing.insert(1, "record", table["record"].to_numpy()[first])
    return replace(found, discrepancies=listing)
