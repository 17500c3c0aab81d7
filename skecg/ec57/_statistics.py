"""Statistics of the matrix of EC57."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..utils import json_float, ratio
from ._streams import LABELS

__all__ = ["STATISTICS", "counts_to_dict", "reference_beats", "statistics_of"]

#: Names of the statistics, and their keys in JSON.
STATISTICS = {
    "QRS Se": "qrs_se",
    "QRS +P": "qrs_ppv",
    "VEB Se": "veb_se",
    "VEB +P": "veb_ppv",
    "VEB FPR": "veb_fpr",
    "SVEB Se": "sveb_se",
    "SVEB +P": "sveb_ppv",
    "SVEB +P (sumstats)": "sveb_ppv_sumstats",
}

Matrix = NDArray[np.int64]


def statistics_of(matrix: Matrix) -> pd.DataFrame:
    """Compute Se, +P and FPR of a 7 x 7 matrix, with numerators and denominators.

    A cell is written as its reference class (capital) and its test class (small)::

              n    s    v   f   q  o  x
        N     .    Ns   Nv              Se of VEB: Vv / row V
        S     .    Ss   Sv              +P of VEB: Vv / (Vv + Nv + Sv + Ov + Xv); fusion and
        V     .    Vs   Vv              unclassifiable beats (Fv, Qv) are not false positives
        F     .    Fs   .               +P of SVEB: Ss / (Ss + Ns + Vs + Fs + Os + Xs); only Qs
        Q     .    .    .               is not a false positive
        O     .    Os   Ov
        X     .    Xs   Xv
    """
    (_, ns, nv), (_, ss, sv), (_, vs, vv), (_, fs, _), _, (_, os, ov), (_, xs, xv) = (
        row[:3].tolist() for row in matrix
    )
    qrs = int(matrix[:5, :5].sum())
    false_veb, false_sveb = nv + sv + ov + xv, ns + vs + fs + os + xs
    not_veb = np.array([0, 1, 3, 4, 5, 6])
    true_negatives = int(matrix[not_veb][:, [0, 1, 3, 4]].sum())
    shares = {
        "QRS Se": (qrs, int(matrix[:5].sum())),
        "QRS +P": (qrs, int(matrix[:, :5].sum())),
        "VEB Se": (vv, int(matrix[2].sum())),
        "VEB +P": (vv, vv + false_veb),
        "VEB FPR": (false_veb, true_negatives + false_veb),
        "SVEB Se": (ss, int(matrix[1].sum())),
        "SVEB +P": (ss, ss + false_sveb),
        "SVEB +P (sumstats)": (ss, ns + ss + vs + os),
    }
    numerator, denominator = np.array(list(shares.values()), dtype=np.int64).T
    return pd.DataFrame(
        {
            "value": ratio(numerator, denominator),
            "numerator": numerator,
            "denominator": denominator,
        },
        index=pd.Index(list(shares), name="statistic"),
    )


def counts_to_dict(matrix: pd.DataFrame, statistics: pd.DataFrame) -> dict[str, Any]:
    """Return matrix and statistics as JSON-able data."""
    rows = statistics[["numerator", "denominator"]].to_dict(orient="index")
    return {
        "labels": list(LABELS),
        "matrix": matrix.to_numpy().tolist(),
        "statistics": {
            key: {"value": json_float(float(statistics["value"][name])), **rows[name]}
            for name, key in STATISTICS.items()
        },
    }


def reference_beats(matrix: pd.DataFrame) -> int:
    """Count the beats of the reference that have a class."""
    return int(matrix.to_numpy()[:5].sum())
