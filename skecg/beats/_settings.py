"""Settings of a BeatExtractor: what each may be, and what follows from it."""

from collections.abc import Sequence

import numpy as np

from ..utils import Rule, is_int, is_number, one_of, suggest
from ._context import CELL, LOWEST_FS, MOST_NEIGHBORS, SCALARS
from ._leads import LEADS
from ._rows import Window

__all__ = ["RULES", "check_rate_of_context", "window_samples"]


def _is_transformer(value: object) -> bool:
    """Tell whether a value is a transformer, not the class of one."""
    methods = ("fit_transform", "get_params", "set_params")
    return not isinstance(value, type) and all(hasattr(value, name) for name in methods)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


RULES = {
    "window": Rule(
        lambda window: (
            isinstance(window, Sequence)
            and len(window) == 2
            and all(is_number(seconds) and 0 <= seconds < 60 for seconds in window)
        ),
        "two numbers of seconds, before and after the peak, from 0 to below 60",
    ),
    "fs": Rule(
        lambda fs: fs is None or (is_number(fs) and fs > 0), "a positive number (Hz) or None"
    ),
    "leads": LEADS,
    "align": Rule(_is_switch, "True or False", _is_switch),
    "edges": one_of("drop", "pad"),
    "preprocessing": Rule(
        lambda value: value is None or _is_transformer(value),
        "a transformer with fit_transform, or None",
        lambda value: value is None or _is_transformer(value),
    ),
    "context": Rule(
        lambda seconds: seconds is None or (is_number(seconds) and seconds >= CELL),
        f"None or a number of seconds, {CELL:g} or more, such as 600",
    ),
    "neighbors": Rule(
        lambda n: 0 <= n <= MOST_NEIGHBORS, f"an int from 0 to {MOST_NEIGHBORS}", is_int
    ),
    "scalars": one_of(*SCALARS),
    "missing_leads": one_of("error", "zeros"),
}


def window_samples(window: Sequence[float], fs: float) -> Window:
    """Count the samples of a row before its centre and from the centre on."""
    before, after = (round(float(seconds) * fs) for seconds in window)
    if before + after < 1:
        raise suggest(
            ValueError(
                "The 'window' parameter of BeatExtractor must span at least one sample at "
                f"{fs:g} Hz ({1 / fs:.3g} s). Got {window!r} s. Widen it or raise fs."
            ),
            "window",
        )
    return Window(before, after)


def check_rate_of_context(fs: float) -> None:
    """Refuse rates at which a QRS complex has too few samples for the columns of context."""
    if fs < LOWEST_FS:
        error = ValueError(
            f"The 'fs' parameter of BeatExtractor must be {LOWEST_FS:g} Hz or more with context. "
            f"Got {fs:g} Hz instead. Set it (fs=125 suffices), or leave context at None."
        )
        raise suggest(error, "fs", "context")
