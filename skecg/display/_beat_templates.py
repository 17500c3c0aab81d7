"""Mean beat of each class."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from ..inspection._templates import BeatTemplates, beat_templates
from ..layout import BeatLayout
from ..utils import POSITIVE_OR_NONE, Label, check_value, count
from ._panels import N_COLUMNS, ShareY, label_panels, long_frame, make_panels, panel_legend
from ._rows import amplitude_label, check_lead_names, in_time
from ._style import AxesLike, Kw, class_styles, draw_band, merged

OWNER = "BeatTemplateDisplay"
MOST_CLASSES = 6  # in one row of panels
BAND: dict[str, Any] = {"alpha": 0.25, "linewidth": 0}


class BeatTemplateDisplay:
    """Mean beat of each class, with the band that holds 90 % of its beats at each sample.

    Only the beat itself is drawn, without its neighbours, and only the first channel of each
    lead. A lead that a row lacks (zeros throughout) does not count.

    Parameters
    ----------
    templates : BeatTemplates
        The layout, the classes `labels`, and for each class and lead the number of beats
        `count`, the `mean` and the 5th and 95th percentile `low` and `high` at each sample.
        `from_labels` computes them.
    fs : float, default=None
        Sampling frequency of the rows in Hz, for a time axis. None: the axis counts samples.
    lead_names : sequence of str, default=None
        Names of the leads for the titles. None: "lead 0", "lead 1", ...
    unit : str or None, default="auto"
        Unit of the rows; None where they have none, as after a normalization. "auto" is mV, but
        for rows with context (a layout with the channel "difference") the height of the normal
        QRS complex around each beat.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The means, for the first lead class by class, then for the next lead.
    bands_ : list of matplotlib PolyCollection
        The spread of each mean.
    ax_ : ndarray of matplotlib Axes
        One for each lead and class, in the same order.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    BeatDisplay : Single beats with their labels.

    Examples
    --------
    >>> from skecg import BeatTemplateDisplay
    >>> X = [[0.0, 1.0, 0.0], [0.0, 3.0, 0.0], [0.0, -1.0, 0.0]]
    >>> display = BeatTemplateDisplay.from_labels(X, ["N", "N", "V"], fs=250)
    >>> [ax.get_title() for ax in display.ax_]
    ['N (2 beats)', 'V (1 beat)']
    """

    def __init__(
        self,
        templates: BeatTemplates,
        *,
        fs: float | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
    ):
        self.templates = templates
        self.fs = fs
        self.lead_names = lead_names
        self.unit = unit

    def plot(
        self,
        *,
        ax: AxesLike | None = None,
        sharey: ShareY = "auto",
        line_kw: Kw | None = None,
        band_kw: Kw | None = None,
    ) -> Self:
        """Draw mean and spread of each class.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, default=None
            One for each lead and class. None: a new figure.
        sharey : bool or "auto", default="auto"
            Whether all panels have one amplitude scale. "auto": unless offsets between the
            panels would make the waveforms small, that is if together they span more than three
            times the range of the median panel.
        line_kw, band_kw : dict, default=None
            Keywords for all means and for all bands.

        Returns
        -------
        BeatTemplateDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there are too few axes, or `fs` or `lead_names` is invalid.
        """
        check_value(self.fs, POSITIVE_OR_NONE, "fs", OWNER)
        found = self.templates
        n_classes, n_leads, _ = found.mean.shape
        leads = check_lead_names(self.lead_names, n_leads, OWNER)
        panels = [(lead, i) for lead in range(n_leads) for i in range(n_classes)]
        # (n_classes, n_leads, low and high samples) -> (n_panels, ...)
        spread = np.concatenate([found.low, found.high], axis=2).transpose(1, 0, 2)
        own = ax is None
        n_columns = n_classes if n_classes <= MOST_CLASSES else N_COLUMNS
        axes = make_panels(ax, n_columns, sharey, spread.reshape(len(panels), -1), OWNER)
        self.ax_, self.figure_ = axes, axes[0].figure
        self.lines_: list[Line2D] = []
        self.bands_: list[PolyCollection] = []
        styles = class_styles(found.labels)
        for axis, (lead, i) in zip(axes, panels, strict=True):
            color = styles[i]["color"]
            bounds = found.low[i, lead], found.high[i, lead]
            self.bands_.append(draw_band(axis, self._time(), bounds, band_kw, color=color, **BAND))
            style = {"color": color, "linewidth": 1.8, "zorder": 3}
            mean = found.mean[i, lead]
            self.lines_ += axis.plot(self._time(), mean, **merged(style, line_kw, Line2D))
            of_lead = f", {leads[lead]}" if n_leads > 1 else ""
            axis.set_title(f"{found.labels[i]}{of_lead} ({count(found.count[i, lead], 'beat')})")
        label_panels(axes, amplitude_label(self.unit, found.layout), self.fs, own=own)
        handles = [
            Line2D([], [], color="0.3", linewidth=1.8, label="mean"),
            Patch(color="0.3", label="5th to 95th percentile", **BAND),
        ]
        panel_legend(axes, handles, own=own)
        return self

    @classmethod
    def from_labels(
        cls,
        X: ArrayLike,
        y: ArrayLike,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Compute mean and spread of each class and draw.

        Parameters
        ----------
        X : array-like of shape (n_beats, n_features)
            Rows of beats; NaN marks gaps.
        y : array-like of shape (n_beats,)
            Labels, reference or predicted.
        layout : BeatLayout, default=None
            The meaning of the columns of X. None: samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: the axis counts samples.
        lead_names : sequence of str, default=None
            Names of the leads for the titles.
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            One for each lead and class. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        BeatTemplateDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If lengths differ, a label is missing, or a parameter does not fit the rows.
        """
        templates = beat_templates(X, y, layout, OWNER)
        display = cls(templates, fs=fs, lead_names=lead_names, unit=unit)
        return display.plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per sample of a lead of a class: class, beats, lead, time in ms (or sample),
            mean, low and high (5th and 95th percentile).
        """
        found = self.templates
        leads = check_lead_names(self.lead_names, found.mean.shape[1], OWNER)
        keys: dict[str, NDArray | Sequence[Label]] = {"class": found.labels, "beats": found.count}
        values = {"mean": found.mean, "low": found.low, "high": found.high}
        return long_frame(keys, values, leads, self.fs)

    def _time(self) -> NDArray:
        """Return time in ms from the start of the row, or the number of each sample."""
        return in_time(np.arange(self.templates.mean.shape[2]), self.fs)
