"""Beats of one record, as rows."""

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import BaseEstimator, clone

from ..layout import BeatLayout
from ..records import ECGRecord
from ..tables import class_map
from ..utils import (
    Rule,
    Transformer,
    check_params,
    is_int,
    is_number,
    one_of,
    suggest,
)
from ._beats import Beats
from ._context import (
    CELL,
    CHANNELS,
    LOWEST_FS,
    MOST_NEIGHBORS,
    ContextExtent,
    context_extent,
    scalar_names,
)
from ._join import RecordBeats, join_beats
from ._leads import LEADS, check_not_flat, choose_leads, joined_names, lead_entries
from ._rows import Window, cut, keep, locate, prepare

__all__ = ["BeatExtractor"]


def _is_transformer(value: object) -> bool:
    """Tell whether a value is a transformer, not the class of one."""
    methods = ("fit_transform", "get_params", "set_params")
    return not isinstance(value, type) and all(hasattr(value, name) for name in methods)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


_RULES = {
    "window": Rule(
        lambda window: (
            isinstance(window, Sequence)
            and len(window) == 2
            and all(is_number(seconds) and seconds >= 0 for seconds in window)
        ),
        "two numbers of seconds, before and after the peak, zero or more",
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
    "missing_leads": one_of("error", "zeros"),
}


class BeatExtractor(BaseEstimator):
    """Cut a recording into beats, one row each.

    It holds every choice that determines a row, and a saved model keeps it, so that other
    recordings are cut in the same way. `load_beats` applies one to many records; use the class
    itself to cut a single record, or to share settings between several calls.

    Parameters
    ----------
    window : tuple of two floats, default=(0.1, 0.1)
        Seconds before and after the peak. A row holds the samples from ``peak - before`` up to,
        but not including, ``peak + after``, where both are rounded to whole samples (halves to
        the even number, as `round` does): 50 samples at 250 Hz by default.
    fs : float, default=None
        Sampling frequency of the rows in Hz; records of another rate are resampled. None takes
        the rate of the record.
    leads : str, int or list of (str, int or tuple of str), default=None
        One entry for each lead of a row: a name; a tuple of names in order of preference, of
        which the first is taken that the record has and that no entry before has taken; or an
        index from 0. None is the first lead. Name leads where you can: databases order them
        differently.
    classes : {"ec57", "dechazal", "symbols"} or mapping of str to str, default="ec57"
        Label of each beat symbol, see `skecg.tables.CLASS_MAPS`; ``"symbols"`` takes the symbols
        themselves. Beats whose symbol is absent from a mapping, or mapped to None, make no row.
    align : bool, default=True
        Whether to move each beat to the largest deviation from the baseline within 100 ms in
        the first chosen lead (`skecg.align_peaks`), never past half the distance to
        a neighbouring beat, whatever its class. Other leads are shifted alike.
    edges : {"drop", "pad"}, default="drop"
        Treatment of a beat whose window reaches beyond the recording: no row, or a row that
        repeats the first or last sample of the recording.
    preprocessing : transformer, default=None
        Applied to the leads of each whole record before it is cut: a clone is fitted on and
        transforms an array of shape (n_leads, n_samples) at the rate of the rows. Its ``fs``
        (that of a step, in a pipeline) is set if it is None.
    context : float, default=None
        Seconds of the surroundings with which each beat is compared, 30 or more. A row then
        holds, for each lead, the beat and its difference from the median of the normal beats
        around it, both in units of that median's height, followed by scalars of rhythm and
        shape; :doc:`/guide/context` lists them. 600 is a good length. None makes rows of
        samples only.
    neighbors : int, default=5
        With context, the number of beats before, and of beats after, whose scalars are in the
        row; 100 at most.
    missing_leads : {"error", "zeros"}, default="error"
        Treatment of a record in which the lead of an entry of ``leads`` is missing or flat.
        "zeros" puts zeros into the columns of this lead, and "(none)" in place of its name
        in ``meta``; at least one lead must be there, and the first of those determines peaks
        and rhythm. `ContextLSTMClassifier` treats such a lead as missing.

    Attributes
    ----------
    context_extent : ContextExtent or None
        Stretch of the recording that affects the row of a beat; None without context. A named
        tuple: ``beats`` beats from the beat itself, then ``seconds``, then ``margin_beats``.

    See Also
    --------
    load_beats : Rows of many records.

    Notes
    -----
    The order is: resample, preprocess, align, cut, map labels. Only beats become rows;
    annotations of rhythm, noise or ST-T changes never do.

    Annotations of the European ST-T Database are off the R peak by a constant of each record,
    tens of milliseconds (:ref:`edb-shift`). Without ``align`` a window carries the identity of
    its record.

    Gaps (NaN) are bridged by straight lines for the filters. A beat whose window touches a gap
    makes no row, nor, with ``align``, one whose peak may be in a gap of the first lead.

    With context each lead is cut around the middle of its QRS complex, moved by up to
    32 ms to where it fits the median beat best, and its baseline is removed (medians over 200
    and 600 ms); ``align=False`` omits both moves. Surroundings are counted from the first
    sample of the recording, in steps of 30 s, and end at its ends; they include all beats,
    also those that make no row, and no symbol is used. Positions found by a detector
    serve as well as annotated ones.

    Examples
    --------
    >>> import numpy as np
    >>> from skecg import BeatExtractor, ECGRecord
    >>> signal = np.zeros(1000)
    >>> signal[[300, 600]] = 1.0, -2.0
    >>> record = ECGRecord(signal, 250, ["V5"], [295, 605], ["N", "V"], name="a")
    >>> beats = BeatExtractor().extract(record)
    >>> beats.data.shape, beats.target, beats.meta["peak"].tolist()
    ((2, 50), array(['N', 'V'], dtype='<U1'), [300, 600])
    """

    def __init__(
        self,
        window: tuple[float, float] = (0.1, 0.1),
        *,
        fs: float | None = None,
        leads: str | int | Sequence[str | int | tuple[str, ...]] | None = None,
        classes: str | Mapping[str, str | None] = "ec57",
        align: bool = True,
        edges: str = "drop",
        preprocessing: Transformer | None = None,
        context: float | None = None,
        neighbors: int = 5,
        missing_leads: str = "error",
    ) -> None:
        self.window = window
        self.fs = fs
        self.leads = leads
        self.classes = classes
        self.align = align
        self.edges = edges
        self.preprocessing = preprocessing
        self.context = context
        self.neighbors = neighbors
        self.missing_leads = missing_leads

    @property
    def context_extent(self) -> ContextExtent | None:
        """Stretch of the recording that affects the row of a beat; None without context."""
        self._check()
        if self.context is None:
            return None
        return context_extent(self.context, self.neighbors, self.window)

    def extract(self, record: ECGRecord) -> Beats:
        """Cut one record.

        Parameters
        ----------
        record : ECGRecord
            The recording, with the positions and symbols of its beats.

        Returns
        -------
        Beats
            Beats as `load_beats` returns them, with ``fs`` filled in its extractor. If no beat
            makes a row it is empty, and ``skipped`` has the reasons.

        Raises
        ------
        ValueError
            If a parameter is invalid, or a chosen lead is missing from the record, flat or
            without signal (`RecordError`).
        TypeError
            If ``record`` is not an ECGRecord.

        Examples
        --------
        >>> import numpy as np
        >>> from skecg import BeatExtractor, ECGRecord
        >>> record = ECGRecord(np.arange(500.0), 250, sample=[3, 250], symbol=["N", "N"])
        >>> BeatExtractor(align=False).extract(record).skipped
           record                               reason  count
        0  record  window reaches beyond the recording      1
        """
        part = self._cut(record)
        filled_in = clone(self).set_params(fs=float(self.fs or record.fs))
        skipped = [(part.record, reason, count) for reason, count in part.skipped]
        return join_beats([part], filled_in, filled_in._layout(), skipped)

    def _cut(self, record: ECGRecord) -> RecordBeats:
        """Cut one record to bare arrays, which is all that a worker need send back."""
        self._check()
        if not isinstance(record, ECGRecord):
            raise TypeError(
                f"The 'record' parameter of BeatExtractor.extract must be an ECGRecord. Got "
                f"{type(record).__name__} instead. read_record makes one from a file."
            )
        fs = float(self.fs or record.fs)
        if self.context is not None:
            _check_rate_of_context(fs)
        window = _window_samples(self.window, fs)
        chosen = choose_leads(record, lead_entries(self.leads), self.missing_leads)
        leads = [lead for lead in chosen if lead is not None]
        for lead in leads:
            check_not_flat(record, lead)

        prepared = prepare(record, leads, fs, self.preprocessing)
        located = locate(
            prepared, window, align=self.align, context=self.context, neighbors=self.neighbors
        )
        labels = class_map(self.classes)
        kept, skipped = keep(prepared, located, labels, align=self.align, pad=self.edges == "pad")
        data = cut(prepared, located, kept, window, chosen=chosen, neighbors=self.neighbors)

        symbol = record.symbol[kept]
        peak = np.rint(prepared.clock.to_record(located.peak[kept])).astype(np.int64)
        return RecordBeats(
            record=record.name,
            subject=record.subject,
            leads=joined_names(record, chosen),
            fs=float(record.fs),
            data=data,
            target=np.array([labels[s] for s in symbol.tolist()], dtype=str),
            sample=record.sample[kept],
            peak=peak.clip(max=record.n_samples - 1),
            symbol=symbol,
            skipped=skipped,
        )

    def _layout(self) -> BeatLayout:
        """Return the layout of the rows; ``fs`` must be set."""
        assert self.fs is not None
        n_samples = sum(_window_samples(self.window, self.fs))
        n_leads = len(lead_entries(self.leads))
        if self.context is None:
            return BeatLayout(n_samples, leads=n_leads)
        scalars = scalar_names(n_leads, int(self.neighbors))
        return BeatLayout(n_samples, leads=n_leads, channels=CHANNELS, scalars=scalars)

    def _check(self) -> None:
        """Check the parameters."""
        check_params(self, _RULES)
        class_map(self.classes, owner=type(self).__name__)
        if self.fs is not None:
            _window_samples(self.window, self.fs)
            if self.context is not None:
                _check_rate_of_context(self.fs)


def _window_samples(window: Sequence[float], fs: float) -> Window:
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


def _check_rate_of_context(fs: float) -> None:
    """Refuse rates at which a QRS complex has too few samples for the columns of context."""
    if fs < LOWEST_FS:
        error = ValueError(
            f"The 'fs' parameter of BeatExtractor must be {LOWEST_FS:g} Hz or more with context. "
            f"Got {fs:g} Hz instead. Set it (fs=125 suffices), or leave context at None."
        )
        raise suggest(error, "fs", "context")
