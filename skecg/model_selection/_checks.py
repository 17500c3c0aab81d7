"""What the functions of this room ask of beats."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["check_beats", "listed"]


def check_beats(
    beats: Any, parameter: str, owner: str, *, keys: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    """Refuse what is no Bunch of beats, or lacks a part, a column of meta, rows or values.

    Signals in ``data`` are not looked at: they may have gaps.
    """
    expected = f"The '{parameter}' parameter of {owner} must be a Bunch as load_beats returns it"
    if not isinstance(beats, Mapping):
        raise TypeError(f"{expected}. Got {type(beats).__name__} instead.")
    if missing := [key for key in keys if key not in beats]:
        raise ValueError(f"{expected}. It has no {', '.join(map(repr, missing))}.")
    if missing := [name for name in columns if name not in beats["meta"]]:
        raise ValueError(
            f"{expected}. Its table 'meta' has no column {', '.join(map(repr, missing))}."
        )
    lengths = {key: len(beats[key]) for key in keys}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{expected}. Its parts have different lengths: "
            f"{', '.join(f'{key} {n}' for key, n in lengths.items())}. take_beats cuts them all."
        )
    parts = {f"'{key}'": beats[key] for key in keys if key in ("target", "groups")}
    parts |= {f"column '{name}' of 'meta'": beats["meta"][name] for name in columns}
    for part, values in parts.items():
        if n_missing := int(pd.Series(values).isna().sum()):
            raise ValueError(f"{expected}. Its {part} lacks {n_missing} of {len(values)} values.")


def listed(names: Any, most: int = 10) -> str:
    """Return the first names, and dots for the others."""
    names = list(names)
    return ", ".join(map(str, names[:most])) + ", ..." * (len(names) > most)
