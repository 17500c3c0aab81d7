"""Importance of the parts of a beat, of its neighbours and of groups of columns."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import QuadMesh
from matplotlib.colorbar import Colorbar
from matplotlib.colors import Colormap, Normalize
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike, NDArray

from ..inspection._occlusion import MeanOcclusion, OcclusionResult, occlusion
from ..layout import BeatLayout
from ..utils import Classifier, Label
from ._rows import amplitude_label, check_lead_names, in_time, time_label
from ._style import RIGHT, WRONG, WRONG_TO_RIGHT, AxesLike, Kw, given_axes, merged

OWNER = "OcclusionDisplay"
LEAST_LIMIT = 1.0  # percentage points at which colours end, at least
HATCH = "////"  # on evidence against the class, to be visible in grey, too
HATCHED = 0.1  # of the end of the colours: weaker evidence against the class has no hatch
WIDE = 5.0  # inches of a figure in which both panels of bars fit into one row
NORMAL: dict[str, Any] = {"color": "0.4", "linestyle": (0, (3, 1.5)), "linewidth": 1}
AGAINST: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.55", "hatch": HATCH}


class _Panels(NamedTuple):
    """Axes of the leads, and where there are any, of neighbours and groups."""

    leads: NDArray[np.object_]
    neighbors: Axes | None
    groups: Axes | None


class OcclusionDisplay:
    """Importance of the parts of a beat for the prediction of a classifier.

    Part after part of a row is replaced by values without information, and the classifier
    predicts again: where the probability of the class drops, the part speaks for the class. The
    waveform of each lead is shaded by the drop, blue for evidence for the class, orange and
    hatched for evidence against it. Bars below show the drop without each neighbouring beat and
    without groups of columns: each lead's whole waveform, rhythm, shape. For several beats the
    means are drawn. `skecg.occlusion` computes the numbers and has the method and its limits.

    Parameters
    ----------
    result : OcclusionResult
        The importance of the parts, as `skecg.occlusion` returns it.
    lead_names : sequence of str, default=None
        Names of the leads. None: "lead 0", "lead 1", ...
    unit : str or None, default="auto"
        Unit of the rows; "auto" is mV, or for rows with context the height of the normal QRS
        complex.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The waveform of each lead.
    shades_ : list of matplotlib QuadMesh or None
        The colours behind each; None for a missing lead.
    bars_ : dict of str to matplotlib BarContainer
        Under "neighbors" and "groups" their bars, where there are any.
    colorbar_ : matplotlib Colorbar or None
        The scale of the colours, in percentage points.
    ax_ : ndarray of matplotlib Axes
        One for each lead, then those of the neighbours and of the groups.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    skecg.occlusion : Compute the importance without a figure.
    BeatDisplay : Beats with their labels.

    Examples
    --------
    >>> import skecg
    >>> from sklearn.linear_model import LogisticRegression
    >>> beats = skecg.load_simulated(4, duration=60, random_state=0)
    >>> clf = LogisticRegression(max_iter=1000).fit(beats.data, beats.target)
    >>> v = beats.data[beats.target == "V"]
    >>> display = skecg.OcclusionDisplay.from_estimator(clf, v, fs=beats.fs, label="V")
    >>> display.ax_[0].get_xlabel()
    'Time (ms)'
    """

    def __init__(
        self,
        result: OcclusionResult,
        *,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
    ):
        self.result = result
        self.lead_names = lead_names
        self.unit = unit

    def plot(
        self,
        *,
        ax: AxesLike | None = None,
        figsize: tuple[float, float] | None = None,
        limit: float | None = None,
        cmap: str | Colormap | None = None,
        colorbar: bool = True,
        line_kw: Kw | None = None,
        bar_kw: Kw | None = None,
    ) -> Self:
        """Draw the beat and the importance of its parts.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, default=None
            One for each lead, then one for the neighbours and one for the groups, if there are
            any. None: a new figure.
        figsize : (float, float), default=None
            Width and height of the new figure in inches. None: 7 wide, as high as its panels
            need. Below a width of 5 the panels of bars are one below the other.
        limit : float, default=None
            Percentage points at which the colours end. None: the largest importance, for or
            against the class, but not less than 1, so that unimportant parts stay pale.
        cmap : str or matplotlib Colormap, default=None
            Colours from against to for the class. None: from orange over white to blue.
        colorbar : bool, default=True
            Whether to draw the scale of the colours.
        line_kw, bar_kw : dict, default=None
            Keywords for all waveforms and for all bars.

        Returns
        -------
        OcclusionDisplay
            The display itself.

        Raises
        ------
        ValueError
            If the axes are too few, or lead names do not fit.
        """
        names = self._checked_names()
        mean = self.result.mean()
        points = 100 * mean.importance
        if limit is None:
            limit = max(LEAST_LIMIT, float(np.nanmax(np.abs(points), initial=0)))
        scale = Normalize(-limit, limit)
        colors = ScalarMappable(scale, WRONG_TO_RIGHT if cmap is None else cmap)
        panels = self._panels(ax, figsize, _title(self.result, mean))
        self.lines_: list[Line2D] = []
        self.shades_: list[QuadMesh | None] = []
        self.bars_: dict[str, BarContainer] = {}
        for i, axis in enumerate(panels.leads):
            self._plot_lead(axis, i, mean, points[i], colors, limit, line_kw)
            _write_name(axis, names[i] if len(names) > 1 or self.lead_names else "")
        hatched = bool((points < -HATCHED * limit).any())
        self._explain(panels.leads[0], mean.normal is not None, hatched, own=ax is None)
        size = _letters(panels.leads[0])
        panels.leads[-1].set_xlabel(time_label(self.result.fs), fontsize=size)
        if panels.neighbors is not None:
            self._plot_neighbors(panels.neighbors, 100 * mean.neighbor_importance, bar_kw)
        if panels.groups is not None:
            self._plot_groups(panels.groups, 100 * mean.group_importance, names, bar_kw)
        self.colorbar_ = self._scale(colors, panels.leads) if colorbar else None
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Classifier,
        X: ArrayLike | pd.DataFrame,
        y: ArrayLike | None = None,
        *,
        label: Label | None = None,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        background: ArrayLike | None = None,
        width: float | None = None,
        step: float | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: AxesLike | None = None,
        **plot_kw: Any,
    ) -> Self:
        """Replace part after part, predict and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba``. It predicts once, for
            all changed rows (for rows of more than 128 MB several times).
        X : array-like of shape (n_beats, n_features)
            Rows of one or several beats, as they go into `estimator`.
        y : array-like of shape (n_beats,), default=None
            The class to explain for each beat, such as its reference label. None: `label`.
        label : label, default=None
            The class to explain for all beats. None: `y`, or else the predicted class of each.
        layout : BeatLayout, default=None
            The meaning of the columns of X. None: the layout of the first step of `estimator`
            that has one, and otherwise samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: that of the first step that has one;
            otherwise the axis counts samples.
        background : array-like of shape (n_rows, n_features), default=None
            Rows, such as those of training, whose median replaces neighbours and scalars. None:
            zeros.
        width : float or int, default=None
            Width of a stretch, as a float in seconds, as an int in samples. None: 0.04 s, and
            without a sampling frequency a tenth of the row.
        step : float or int, default=None
            Distance from one stretch to the next, in seconds or samples. None: a fifth of the
            width.
        groups : dict of str to sequence of str, default=None
            Scalars of the beat itself, by their names in the layout, that are replaced
            together. None: scalars of rhythm (names that begin with ``rr``, ``rate`` or
            ``irregular``), those of each lead's shape, and others.
        lead_names : sequence of str, default=None
            Names of the leads. None: "lead 0", "lead 1", ...
        unit : str or None, default="auto"
            Unit of X; "auto" is mV, or for rows with context the height of the normal QRS
            complex.
        ax : sequence of matplotlib Axes, default=None
            Axes to draw into, see `plot`. None: a new figure.
        **plot_kw : dict
            Passed to `plot`.

        Returns
        -------
        OcclusionDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the model has no probabilities, the layout or `background` does not fit the rows,
            or another parameter is invalid.
        """
        result = occlusion(
            estimator,
            X,
            y,
            label=label,
            layout=layout,
            fs=fs,
            background=background,
            width=width,
            step=step,
            groups=groups,
        )
        return cls(result, lead_names=lead_names, unit=unit).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data of the figure.

        Returns
        -------
        DataFrame
            One row per part that was replaced: part ("stretch", "neighbor" or the name of a
            group), lead (its name, or None), beat (0, or the number of the neighbour), start and
            stop (of a stretch, in ms or samples, else NaN), and importance, the drop in
            probability without it (-1 to 1; NaN where no beat has such a part).
        """
        return self.result.frame(lead_names=self._checked_names())

    def _checked_names(self) -> list[str]:
        """Return a name for each lead."""
        return check_lead_names(self.lead_names, self.result.layout.leads, OWNER)

    def _panels(
        self, ax: AxesLike | None, figsize: tuple[float, float] | None, title: str
    ) -> _Panels:
        """Return axes, made or given, with the title; store them."""
        n_leads = self.result.layout.leads
        bars = [bool(self.result.neighbors), bool(self.result.groups)]
        if ax is None:
            axes = _own_panels(figsize, n_leads, sum(bars))
            axes[0].figure.suptitle(title, fontsize=_letters(axes[0]) + 1.5)
        else:
            axes = given_axes(ax, n_leads + sum(bars), OWNER)
            axes[0].set_title(title, fontsize=_letters(axes[0]) + 0.5)
        for axis in axes:
            axis.tick_params(labelsize=_letters(axes[0]) - 1)
        self.ax_, self.figure_ = axes, axes[0].figure
        others = iter(axes[n_leads:])
        near, groups = (next(others) if there else None for there in bars)
        return _Panels(axes[:n_leads], near, groups)

    def _plot_lead(
        self,
        axis: Axes,
        lead: int,
        mean: MeanOcclusion,
        points: NDArray,
        colors: ScalarMappable,
        limit: float,
        line_kw: Kw | None,
    ) -> None:
        """Draw the waveform of one lead over the colours of its importance."""
        ylabel = amplitude_label(self.unit, self.result.layout)
        axis.set_ylabel(ylabel.replace(" (", "\n("), fontsize=_letters(axis))
        edges = in_time(np.arange(len(points) + 1) - 0.5, self.result.fs)
        axis.set_xlim(edges[0], edges[-1])
        wave = mean.waveform[lead]
        if np.isnan(wave).all():
            self.lines_ += axis.plot([], [], label="beat")
            self.shades_.append(None)
            axis.text(0.5, 0.5, "missing", transform=axis.transAxes, ha="center", va="center")
            axis.set_yticks([])
            return
        behind = axis.get_xaxis_transform()  # x in time, y from the lower to the upper edge
        self.shades_.append(
            axis.pcolormesh(
                edges,
                [0, 1],
                points[np.newaxis],
                cmap=colors.cmap,
                vmin=-limit,
                vmax=limit,
                transform=behind,
                edgecolors="face",
                linewidth=0.2,
                zorder=0,
            )
        )
        against = points < -HATCHED * limit
        axis.fill_between(
            edges,
            0,
            1,
            where=np.append(against, False) | np.append(False, against),
            transform=behind,
            linewidth=0,
            zorder=0.5,
            **AGAINST,
        )
        time = in_time(np.arange(len(wave)), self.result.fs)
        if mean.normal is not None:
            axis.plot(time, mean.normal[lead], **NORMAL)
        style = {"color": "black", "linewidth": _letters(axis) / 5.5}
        self.lines_ += axis.plot(time, wave, **merged(style, line_kw, Line2D))

    def _explain(self, axis: Axes, with_normal: bool, hatched: bool, *, own: bool) -> None:
        """Draw the legend of lines and hatches, in a figure of our own above the first lead."""
        handles: list[Line2D | Patch] = []
        if with_normal:
            handles.append(Line2D([], [], color="black", linewidth=1.5, label="beat"))
            handles.append(Line2D([], [], label="normal beat", **NORMAL))
        if hatched:
            label = _common_label(self.result)
            against = "against" if label is None else f"against {label}"
            handles.append(Patch(label=against, **AGAINST))
        if not handles:
            return
        place: dict[str, Any] = {"loc": "best"}
        if own:
            place = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": len(handles)}
            place |= {"frameon": False, "borderpad": 0.1, "borderaxespad": 0.2}
            place |= {"columnspacing": 1}
        axis.legend(handles=handles, fontsize=_letters(axis) - 0.5, **place)

    def _plot_neighbors(self, axis: Axes, points: NDArray, bar_kw: Kw | None) -> None:
        """Draw the importance of each neighbouring beat, in order of time."""
        beats = self.result.neighbors
        self.bars_["neighbors"] = axis.bar(
            beats, np.nan_to_num(points), **_bar_style(points), **(bar_kw or {})
        )
        axis.axhline(0, color="0.3", linewidth=0.8)
        axis.set_xticks([0, *beats], ["0", *(f"{beat:+d}" for beat in beats)])
        low, high = _limits(points)
        axis.set_ylim(low, high)
        up = high >= -low  # the larger side has space for words
        style: dict[str, Any] = {"fontsize": _letters(axis) - 1.5, "rotation": 90}
        style |= {"ha": "center", "va": "bottom" if up else "top"}
        for beat in np.array(beats)[np.isnan(points)]:
            _write_missing(axis, (beat, 0), (0, 3 if up else -3), style)
        axis.set_title("Neighbouring beats", loc="left", fontsize=_letters(axis))
        axis.set_xlabel("Beat (0 is this one)", fontsize=_letters(axis))
        axis.set_ylabel(self._drop(), fontsize=_letters(axis))

    def _plot_groups(
        self, axis: Axes, points: NDArray, names: Sequence[str], bar_kw: Kw | None
    ) -> None:
        """Draw the importance of each group of columns."""
        places = np.arange(len(points))
        self.bars_["groups"] = axis.barh(
            places, np.nan_to_num(points), **_bar_style(points), **(bar_kw or {})
        )
        axis.axvline(0, color="0.3", linewidth=0.8)
        axis.set_yticks(
            places,
            [
                name if i is None or len(names) == 1 else f"{name}, {names[i]}"
                for name, i in self.result.groups
            ],
        )
        axis.invert_yaxis()
        low, high = _limits(points)
        axis.set_xlim(low, high)
        right = high >= -low
        style: dict[str, Any] = {"fontsize": _letters(axis) - 1, "va": "center"}
        style |= {"ha": "left" if right else "right"}
        for place in places[np.isnan(points)]:
            _write_missing(axis, (0, place), (3 if right else -3, 0), style)
        axis.set_title("Groups of columns", loc="left", fontsize=_letters(axis))
        axis.set_xlabel(self._drop(), fontsize=_letters(axis))

    def _scale(self, colors: ScalarMappable, leads: NDArray[np.object_]) -> Colorbar:
        """Draw the scale of the colours next to the leads."""
        size = _letters(leads[0])
        bar = self.figure_.colorbar(
            colors, ax=list(leads), fraction=0.05, pad=0.01, aspect=12 * len(leads)
        )
        bar.set_label(self._drop(), fontsize=size)
        bar.ax.tick_params(labelsize=size - 1)
        return bar

    def _drop(self) -> str:
        """Return the label of axes of importance."""
        label = _common_label(self.result)
        return "Drop in p (pp)" if label is None else f"Drop in p({label}) (pp)"


def _own_panels(
    figsize: tuple[float, float] | None, n_leads: int, n_bars: int
) -> NDArray[np.object_]:
    """Make a figure with a row for each lead and one or two for the bars."""
    width = 7.0 if figsize is None else figsize[0]
    rows_of_bars = n_bars if width < WIDE else min(n_bars, 1)
    heights = [1.0] * n_leads + [1.1] * rows_of_bars
    if figsize is None:
        figsize = (width, 0.7 + 1.55 * sum(heights))
    figure = plt.figure(figsize=figsize, layout="constrained")
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    axes = [figure.add_subplot(grid[0, :])]
    axes += [figure.add_subplot(grid[i, :], sharex=axes[0]) for i in range(1, n_leads)]
    for axis in axes[:-1]:
        axis.tick_params(labelbottom=False)
    for i in range(n_bars):
        in_one_row = n_bars > rows_of_bars
        place = grid[n_leads, i] if in_one_row else grid[n_leads + i, :]
        axes.append(figure.add_subplot(place))
    return np.array(axes, dtype=object)


def _common_label(result: OcclusionResult) -> Label | None:
    """Return the explained class, None where it differs between beats."""
    labels = list(dict.fromkeys(result.labels))
    return labels[0] if len(labels) == 1 else None


def _title(result: OcclusionResult, mean: MeanOcclusion) -> str:
    """Return the predicted class, the number of beats, and the probability."""
    n_beats, label = len(result), _common_label(result)
    p = f"{mean.probability:.2f}"
    if n_beats == 1:
        predicted = result.y_pred[0]
        of_label = "" if label == predicted else f" of {label}"
        return f"Predicted {predicted}, probability{of_label} {p}"
    if label is None:
        explained = "predicted" if result.labels == result.y_pred else "explained"
        return f"{n_beats:,} beats, mean probability of the {explained} class {p}"
    n_predicted = result.y_pred.count(label)
    number = "all" if n_predicted == n_beats else f"{n_predicted:,}"
    return f"{n_beats:,} beats, {number} predicted {label}, mean probability {p}"


def _bar_style(points: NDArray) -> dict[str, Any]:
    """Return colours and hatches of bars: for the class, or against it."""
    return {
        "color": [WRONG if point < 0 else RIGHT for point in points],
        "hatch": [HATCH if point < 0 else "" for point in points],
        "edgecolor": "0.3",
        "linewidth": 0.5,
    }


def _limits(points: NDArray) -> tuple[float, float]:
    """Return limits that show zero and all bars, and at least a percentage point."""
    low = float(min(0, np.nanmin(points, initial=0)))
    high = float(max(0, np.nanmax(points, initial=0)))
    if high - low < LEAST_LIMIT:
        low, high = min(low, -LEAST_LIMIT / 2), max(high, LEAST_LIMIT / 2)
    margin = 0.06 * (high - low)
    return low - margin * (low < 0), high + margin


def _write_missing(
    axis: Axes, at: tuple[float, float], offset: tuple[float, float], style: dict[str, Any]
) -> None:
    """Write next to the line at zero that a part is missing."""
    axis.annotate("missing", at, offset, textcoords="offset points", **style)


def _write_name(axis: Axes, name: str) -> None:
    """Write the name of a lead into its panel."""
    box = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5}
    style: dict[str, Any] = {"fontsize": _letters(axis), "ha": "left", "va": "top", "bbox": box}
    if name:
        axis.annotate(
            name, (0, 1), (4, -4), xycoords="axes fraction", textcoords="offset points", **style
        )


def _letters(axis: Axes) -> float:
    """Return the size in points of letters that fit a panel's figure."""
    width = axis.figure.bbox.width / axis.figure.dpi
    return float(np.clip(1.3 * width + 2.4, 6.5, 9))
