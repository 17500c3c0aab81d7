"""Layout of the rows of beats: the meaning of each column."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .utils import Rule, check_value, is_int

__all__ = ["BeatLayout", "check_layout"]

_BEAT = re.compile(r"beat([+-][1-9]\d*)_(.+)")  # a scalar of a neighbouring beat
_FEW = 10  # scalars that a message names one by one
_LEAD = re.compile(r"lead(\d+)_")  # a scalar of one lead


def _at_least(least: int) -> Rule:
    """Make the rule of an integer with a lower bound."""
    return Rule(lambda n: n >= least, f"an int of at least {least}", is_int)


_NUMBERS = {"n_samples": _at_least(1), "leads": _at_least(1), "neighbors": _at_least(0)}


class ScalarColumns(NamedTuple):
    """Numbers of the scalar columns of a row, as `BeatLayout.scalar_columns` returns them."""

    own: NDArray[np.intp]
    neighbors: NDArray[np.intp]
    same: NDArray[np.intp]


@dataclass(frozen=True)
class BeatLayout:
    """Describe the columns of a row: samples, leads, channels, neighbouring beats, scalars.

    A row holds waveforms first and scalars last. The waveform columns run, slowest first,
    over the beats ``-neighbors`` to ``+neighbors`` (0 is the beat itself), the leads, the
    channels and the samples; the scalars follow in the order of their names. Estimators that
    treat each signal of a row separately take a layout as ``layout=``; for them
    ``layout=None`` means that all columns are samples of one lead.

    Parameters
    ----------
    n_samples : int
        Samples of one signal of one beat.
    leads : int, default=1
        Number of leads.
    channels : tuple of str, default=("signal",)
        Names of the channels of each lead, such as the signal itself and its difference
        from another beat.
    neighbors : int, default=0
        Number of beats before, and as many after, of which a row has the waveforms, too. In rows
        of `BeatExtractor` it is 0: of its ``neighbors`` they have only scalars.
    scalars : tuple of str, default=()
        Names of the columns after the waveforms, such as RR intervals. Two prefixes have a
        meaning: ``beat-1_`` of a column that describes the beat before (``beat+2_`` of the
        second one after), and ``lead0_`` of one that describes only this lead.

    Attributes
    ----------
    n_features : int
        Number of columns of a row.
    n_waveform : int
        Number of waveform columns; the scalars begin at this column.
    n_signals : int
        Number of signals of ``n_samples`` each in a row.
    feature_names : list of str
        One name for each column.
    neighbor_scalars : tuple of tuple of str
        Names of the scalars of each neighbouring beat, in order of time.

    Raises
    ------
    ValueError
        If a number is negative, there are no samples, leads or channels, or names repeat.
    TypeError
        If a number is not an integer or a name is not a string.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatLayout
    >>> layout = BeatLayout(n_samples=3, leads=2, scalars=("rr_before",))
    >>> layout.n_features
    7
    >>> layout.feature_names
    ['lead0_000', 'lead0_001', 'lead0_002', 'lead1_000', 'lead1_001', 'lead1_002', 'rr_before']
    >>> X = np.arange(14.0).reshape(2, 7)
    >>> layout.waveform(X).shape
    (2, 1, 2, 1, 3)
    >>> layout.scalar_values(X)
    array([[ 6.],
           [13.]])
    """

    n_samples: int
    leads: int = 1
    channels: tuple[str, ...] = ("signal",)
    neighbors: int = 0
    scalars: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, rule in _NUMBERS.items():
            value = getattr(self, name)
            check_value(value, rule, name, "BeatLayout")
            object.__setattr__(self, name, int(value))
        for name in ("channels", "scalars"):
            object.__setattr__(self, name, _check_names(name, getattr(self, name)))
        if not self.channels:
            raise ValueError(
                "The 'channels' parameter of BeatLayout must name at least one channel. "
                "Got () instead."
            )

    def __str__(self) -> str:
        """Return the `repr`, with the number of scalars in place of many names."""
        if len(self.scalars) <= _FEW:
            return repr(self)
        return repr(self).replace(repr(self.scalars), f"<{len(self.scalars)} names>")

    @property
    def n_signals(self) -> int:
        """Number of signals of ``n_samples`` each in a row."""
        return (2 * self.neighbors + 1) * self.leads * len(self.channels)

    @property
    def n_waveform(self) -> int:
        """Number of waveform columns; the scalars begin at this column."""
        return self.n_signals * self.n_samples

    @property
    def n_features(self) -> int:
        """Number of columns of a row."""
        return self.n_waveform + len(self.scalars)

    @property
    def feature_names(self) -> list[str]:
        """One name for each column, such as ``"lead0_012"`` or ``"beat-1_lead1_diff_012"``."""
        digits = max(3, len(str(self.n_samples - 1)))
        names = []
        for beat in range(-self.neighbors, self.neighbors + 1):
            beat_part = f"beat{beat:+d}_" if self.neighbors else ""
            for lead in range(self.leads):
                for channel in self.channels:
                    channel_part = f"{channel}_" if len(self.channels) > 1 else ""
                    prefix = f"{beat_part}lead{lead}_{channel_part}"
                    names += [f"{prefix}{i:0{digits}d}" for i in range(self.n_samples)]
        return names + list(self.scalars)

    @property
    def neighbor_scalars(self) -> tuple[tuple[str, ...], ...]:
        """Names of the scalars of each neighbouring beat, in order of time; () if there are none.

        These are the scalars whose names begin with ``beat-1_``, ``beat+1_`` and so on.
        """
        return tuple(tuple(names) for names in self._neighbor_names())

    def _neighbor_names(self) -> list[dict[str, str]]:
        """Map the name of each scalar to its name without prefix, for each neighbouring beat."""
        found: dict[int, dict[str, str]] = {}
        for name in self.scalars:
            if match := _BEAT.fullmatch(name):
                found.setdefault(int(match[1]), {})[name] = match[2]
        return [found[beat] for beat in sorted(found)]

    def scalar_columns(self, lead: int | None = None) -> ScalarColumns:
        """Return the numbers of the scalar columns: of the beat itself, and of its neighbours.

        A network that reads the neighbouring beats one after the other takes them by these.

        Parameters
        ----------
        lead : int, default=None
            Exclude the scalars of other leads than this one. None keeps all.

        Returns
        -------
        own : ndarray of int of shape (n_own,)
            Columns of the scalars of the beat itself.
        neighbors : ndarray of int of shape (n_neighbors, n_each)
            Columns of the scalars of each neighbouring beat, in order of time.
        same : ndarray of int of shape (n_each,)
            Column of the beat's own scalar for each of a neighbour's, so that the beat can
            be put among them; -1 where it has none of that name.

        Raises
        ------
        ValueError
            If there is no such lead, or the neighbouring beats have not all the same scalars.

        Examples
        --------
        >>> from skecg import BeatLayout
        >>> layout = BeatLayout(3, scalars=("rr", "noise", "beat-1_there", "beat-1_noise"))
        >>> layout.scalar_columns()
        ScalarColumns(own=array([3, 4]), neighbors=array([[5, 6]]), same=array([-1,  4]))
        """
        if lead is not None and lead not in range(self.leads):
            raise ValueError(
                f"The 'lead' parameter of BeatLayout.scalar_columns must be one of the "
                f"{self.leads} leads, from 0, or None. Got {lead!r} instead."
            )
        neighbors = self._neighbor_names()
        each = [list(names.values()) for names in neighbors]
        if any(names != each[0] for names in each):
            raise ValueError(
                "The 'scalars' parameter of BeatLayout must name the same scalars in the same "
                f"order for each neighbouring beat. Got {each} instead."
            )

        def of_lead(name: str) -> bool:
            match = _LEAD.match(name)
            return lead is None or match is None or int(match[1]) == lead

        column = {name: self.n_waveform + i for i, name in enumerate(self.scalars)}
        near = [
            [column[name] for name, bare in names.items() if of_lead(bare)] for names in neighbors
        ]
        same = [column.get(bare, -1) for bare in (each[0] if each else ()) if of_lead(bare)]
        others = {name for names in neighbors for name in names}
        own = [column[name] for name in self.scalars if name not in others and of_lead(name)]
        return ScalarColumns(
            np.array(own, dtype=np.intp),
            np.array(near, dtype=np.intp).reshape(len(near), len(same)),
            np.array(same, dtype=np.intp),
        )

    def waveform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return the waveform columns, beat by lead by channel by sample.

        Parameters
        ----------
        X : ndarray of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, 2 * neighbors + 1, leads, n_channels, n_samples)
            A view of X.
        """
        shape = (2 * self.neighbors + 1, self.leads, len(self.channels), self.n_samples)
        return self._check_rows(X)[:, : self.n_waveform].reshape((-1,) + shape)

    def signals(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return the waveform columns, signal by sample.

        Parameters
        ----------
        X : ndarray of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, n_signals, n_samples)
            A view of X.
        """
        waveform = self._check_rows(X)[:, : self.n_waveform]
        return waveform.reshape(-1, self.n_signals, self.n_samples)

    def scalar_values(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return the scalar columns, in the order of ``scalars``.

        Parameters
        ----------
        X : ndarray of shape (n_beats, n_features)
            Rows of beats.

        Returns
        -------
        ndarray of shape (n_beats, n_scalars)
            A view of X.
        """
        return self._check_rows(X)[:, self.n_waveform :]

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as a dict, from which ``BeatLayout(**d)`` makes the layout."""
        return {
            "n_samples": self.n_samples,
            "leads": self.leads,
            "channels": list(self.channels),
            "neighbors": self.neighbors,
            "scalars": list(self.scalars),
        }

    def _check_rows(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return rows as an array, or raise unless they have the columns of this layout."""
        X = np.asarray(X)
        if X.ndim != 2 or X.shape[1] != self.n_features:
            raise ValueError(
                f"X must have shape (n_beats, {self.n_features}) for {self}. "
                f"Got shape {X.shape} instead."
            )
        return X


def _check_names(parameter: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return names as a tuple of distinct strings, or raise."""
    texts = None if isinstance(names, str) or not isinstance(names, Iterable) else tuple(names)
    if texts is None or not all(isinstance(text, str) for text in texts):
        raise TypeError(
            f"The '{parameter}' parameter of BeatLayout must be a sequence of str. "
            f"Got {names!r} instead."
        )
    if len(set(texts)) != len(texts):
        raise ValueError(
            f"The '{parameter}' parameter of BeatLayout must not repeat a name. Got {names!r}."
        )
    return texts


def check_layout(layout: BeatLayout | None, n_features: int, owner: str) -> BeatLayout:
    """Return the layout of an estimator's input, checked against its number of columns.

    Parameters
    ----------
    layout : BeatLayout or None
        The estimator's parameter; None means that all columns are samples of one lead.
    n_features : int
        Number of columns of the input.
    owner : str
        Name of the estimator, for the error.

    Returns
    -------
    BeatLayout
        The layout itself, or one of ``n_features`` samples of one lead.

    Raises
    ------
    TypeError
        If the layout is neither None nor a BeatLayout.
    ValueError
        If the layout describes another number of columns.

    Examples
    --------
    >>> from skecg.layout import check_layout
    >>> check_layout(None, 50, "WaveletDenoiser").n_samples
    50
    """
    if layout is None:
        return BeatLayout(n_features)
    if not isinstance(layout, BeatLayout):
        raise TypeError(
            f"The 'layout' parameter of {owner} must be a BeatLayout or None. "
            f"Got {layout!r} instead."
        )
    if layout.n_features != n_features:
        raise ValueError(
            f"The 'layout' parameter of {owner} describes rows of {layout.n_features} columns "
            f"({layout}), but X has {n_features}. Pass the layout of these beats "
            "(`beats.layout`), or None if all columns are samples of one lead."
        )
    return layout
