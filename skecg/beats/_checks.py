"""Check the beats passed to a function."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

__all__ = ["check_beats", "check_keys"]


def check_beats(
    beats: Mapping[str, Any],
    parameter: str,
    owner: str,
    *,
    keys: tuple[str, ...],
    columns: tuple[str, ...],
) -> None:
    """Raise unless beats have these parts and columns of meta, with a value for each beat.

    Any mapping with the keys of `Beats` is taken. Values of ``data`` are not checked: they may
    have gaps.
    """
    expected = check_keys(beats, parameter, owner, keys)
    if missing := [name for name in columns if name not in beats["meta"]]:
        raise ValueError(
            f"{expected}. Its table 'meta' has no column {', '.join(map(repr, missing))}."
        )
    lengths = {key: len(beats[key]) for key in keys}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"{expected}. Its parts have different lengths: "
            f"{', '.join(f'{key} {n}' for key, n in lengths.items())}. "
            "beats[mask] takes rows of all of them."
        )
    parts = {f"'{key}'": beats[key] for key in keys if key in ("target", "groups")}
    parts |= {f"column '{name}' of 'meta'": beats["meta"][name] for name in columns}
    for part, values in parts.items():
        if n_missing := int(pd.Series(values).isna().sum()):
            raise ValueError(f"{expected}. Its {part} lacks {n_missing} of {len(values)} values.")


def check_keys(beats: Mapping[str, Any], parameter: str, owner: str, keys: tuple[str, ...]) -> str:
    """Raise unless beats are a mapping with these keys; return the expectation in words."""
    expected = f"The '{parameter}' parameter of {owner} must be Beats as load_beats returns them"
    if not isinstance(beats, Mapping):
        raise TypeError(f"{expected}. Got {type(beats).__name__} instead.")
    if missing := [key for key in keys if key not in beats]:
        raise ValueError(f"{expected}. It lacks {', '.join(map(repr, missing))}.")
    return expected
