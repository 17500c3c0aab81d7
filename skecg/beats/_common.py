"""Beats that have a row in each of several tables."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._beats import KEYS, Beats, take_some_beats
from ._checks import check_beats, check_keys

__all__ = ["common_beats"]

_OWNER = "common_beats"
_NOT_IN_ALL = "no row for one of the models"

Kind = TypeVar("Kind", bound=Hashable)


def common_beats(kinds: Mapping[Kind, Beats | Mapping[str, Any]]) -> dict[Kind, Beats]:
    """Keep the beats that have a row of every kind, in one order.

    Use it to compare models that need different rows of the same recordings, such as narrow
    windows and wide ones with context: wider windows lose more beats at the ends of recordings
    and at gaps.

    Parameters
    ----------
    kinds : mapping of str to Beats
        Beats of the same recordings, cut with different parameters, each with a name. Beats or
        mappings with their keys.

    Returns
    -------
    dict of str to Beats
        For each name the beats that all kinds have, in the order of the first kind. In all of
        them ``skipped`` is that of the first kind, with the beats that another kind lacks added
        under the reason "no row for one of the models".

    Raises
    ------
    ValueError
        If there are no kinds, no beat is in all of them, or a mapping lacks a key.
    TypeError
        If ``kinds`` is not a mapping of beats.

    See Also
    --------
    load_beats : Rows of one kind.
    compare_models : Compare the predictions of several models.

    Notes
    -----
    A beat is identified by its record and the position of its annotation. A beat that is
    repeated is kept as often as all kinds have it.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import ECGRecord, common_beats, load_beats
    >>> signal = np.sin(np.arange(1000) / 10)
    >>> record = ECGRecord(signal, 250, sample=[50, 400, 700], symbol=["N", "V", "N"])
    >>> narrow, wide = load_beats(record), load_beats(record, window=(0.4, 0.4))
    >>> len(narrow), len(wide)
    (3, 2)
    >>> common = common_beats({"narrow": narrow, "wide": wide})
    >>> common["narrow"].meta["sample"].tolist()
    [400, 700]
    >>> common["narrow"].skipped
       record                        reason  count
    0  record  no row for one of the models      1
    """
    if not isinstance(kinds, Mapping):
        raise TypeError(
            f"The 'kinds' parameter of {_OWNER} must be a mapping of names to Beats. "
            f"Got {type(kinds).__name__} instead."
        )
    if not kinds:
        raise ValueError(f"The 'kinds' parameter of {_OWNER} must hold Beats. Got none instead.")
    for name, beats in kinds.items():
        parameter = f'kinds["{name}"]'
        check_keys(beats, parameter, _OWNER, KEYS)
        check_beats(beats, parameter, _OWNER, keys=("data", "meta"), columns=("record", "sample"))

    places = {name: _places(beats["meta"]) for name, beats in kinds.items()}
    first = next(iter(kinds))
    in_all = np.all([places[first].isin(other) for other in places.values()], axis=0)
    common = places[first][in_all]
    if not len(common):
        raise ValueError(
            f"No beat has a row in all of {', '.join(map(repr, kinds))}. The 'kinds' parameter "
            f"of {_OWNER} must be beats of the same recordings."
        )
    skipped = _add_missing(kinds[first]["skipped"], kinds[first]["meta"]["record"][~in_all])
    return {
        name: take_some_beats(beats, _rows(places[name], common), skipped)
        for name, beats in kinds.items()
    }


def _places(meta: pd.DataFrame) -> pd.MultiIndex:
    """Identify beats by record, position, and number among those at one position."""
    number = meta.groupby(["record", "sample"]).cumcount()
    return pd.MultiIndex.from_arrays([meta["record"], meta["sample"], number])


def _rows(places: pd.MultiIndex, common: pd.MultiIndex) -> NDArray[np.intp] | slice:
    """Find the rows of the common beats; a slice, which copies nothing, if they are all rows."""
    return slice(None) if places.equals(common) else places.get_indexer(common)


def _add_missing(skipped: pd.DataFrame, records: pd.Series) -> pd.DataFrame:
    """Add beats that another kind lacks, given their records, to a table of excluded beats."""
    counts = records.value_counts(sort=False)
    missing = pd.DataFrame(
        {"record": counts.index, "reason": _NOT_IN_ALL, "count": counts.to_numpy()}
    )
    return pd.concat([skipped, missing], ignore_index=True) if len(missing) else skipped
