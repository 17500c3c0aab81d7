"""What decided: how far a probability falls when a part of a beat is not there."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..inspection._occlusion import leads_there, normal_shape, occlude, of_each_sample
from ..layout import BeatLayout, check_layout
from ..utils import fitted_pipeline, ratio
from ._style import RIGHT, WRONG, WRONG_TO_RIGHT, amplitude, given_axes, merged

OWNER = "OcclusionDisplay"
LEAST_LIMIT = 1.0  # percentage points at which colours end, at least
HATCH = "////"  # on what spoke against the class, to be seen in grey, too
HATCHED = 0.1  # of the end of the colours: less against the class is not worth a hatch
SIDE_BY_SIDE = 5.0  # inches of a figure in which both panels of bars fit into one row


class OcclusionDisplay:
    """Which part of a beat, and which of its neighbours, decided what a classifier said.

    Part after part of a row is replaced by something that says nothing, and the classifier is
    asked again: where the probability of the class falls, that part spoke for it. The waveform
    of each lead is shaded by the fall, blue where it spoke for the class, orange and hatched
    where it spoke against it. Bars below tell the same of the neighbouring beats and of groups
    of columns: each lead's whole waveform, rhythm, shape. It works with every classifier that
    has ``predict_proba``. Of several beats the means are drawn.

    Parameters
    ----------
    waveform : ndarray of shape (n_leads, n_samples)
        The beat as it is drawn; NaN for a missing lead.
    fall : ndarray of shape (n_leads, n_stretches)
        How far the probability falls (0 to 1) without a stretch of a lead; NaN for a missing one.
    stretches : ndarray of shape (n_stretches, 2)
        First sample of each stretch, and the one behind its last.
    label : label or None
        The class whose probability is looked at; None for the one predicted for each beat.
    probability : float
        Its probability, the mean over the beats.
    predicted : dict of label to int
        How many beats each class was predicted for.
    normal : ndarray of shape (n_leads, n_samples), default=None
        The normal beat that stretches were replaced by; None if by straight lines.
    neighbors : sequence of int, default=()
        Neighbouring beats, such as -1 for the one before.
    neighbor_fall : array-like of shape (n_neighbors,), default=()
        How far the probability falls without each; NaN where the recording has no such beat.
    groups : sequence of (str, int or None), default=()
        Groups of columns, and the lead of which they tell.
    group_fall : array-like of shape (n_groups,), default=()
        How far the probability falls without each; NaN where a lead is missing.
    fs : float, default=None
        Sampling frequency of the rows in Hz, for a time axis. None: the axis counts samples.
    lead_names : sequence of str, default=None
        Names of the leads. None: "lead 0", "lead 1", ...
    amplitude : str, default="Amplitude (mV)"
        Name of the axis of the waveforms.

    Attributes
    ----------
    lines_ : list of matplotlib Line2D
        The waveform of each lead.
    shades_ : list of matplotlib QuadMesh
        The colours behind each.
    bars_ : dict of str to matplotlib BarContainer
        Under "neighbors" and "groups" their bars, where there are any.
    colorbar_ : matplotlib Colorbar or None
        The scale of the colours, in percentage points.
    ax_ : ndarray of matplotlib Axes
        One a lead, then those of the neighbours and of the groups.
    figure_ : matplotlib Figure
        Figure that holds them.

    See Also
    --------
    BeatDisplay : Beats with their labels.

    Notes
    -----
    Occlusion is Zeiler's and Fergus's [1]_, who slid a grey square over images. What stands in
    for a part:

    - a stretch of a lead, in rows with context: the normal beat of the surroundings, that is the
      signal less the channel "difference", which becomes 0. In other rows: a straight line
      between the samples on both sides of it, level at an end of the row;
    - neighbours and scalars: zeros, which in rows with context mean that there is nothing to
      compare with, or the median of the rows in `background`.

    Stretches overlap, and the colour at a sample is the mean over those that hold it. What is
    zero throughout is missing, cannot be taken away and has no fall: such leads and neighbours
    are left out of the means.

    A classifier that can tell the class from either of two parts needs neither alone: small
    falls everywhere do not say that nothing mattered. It also has not seen beats without a part
    in training. The picture shows what this classifier went by, not what causes the arrhythmia.

    References
    ----------
    .. [1] M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
       2014, LNCS 8689:818-833, section 4.2.

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
        *,
        waveform: np.ndarray,
        fall: np.ndarray,
        stretches: np.ndarray,
        label: Any,
        probability: float,
        predicted: Mapping[Any, int],
        normal: np.ndarray | None = None,
        neighbors: Sequence[int] = (),
        neighbor_fall: Any = (),
        groups: Sequence[tuple[str, int | None]] = (),
        group_fall: Any = (),
        fs: float | None = None,
        lead_names: Sequence[str] | None = None,
        amplitude: str = "Amplitude (mV)",
    ):
        self.waveform = waveform
        self.fall = fall
        self.stretches = stretches
        self.label = label
        self.probability = probability
        self.predicted = predicted
        self.normal = normal
        self.neighbors = neighbors
        self.neighbor_fall = neighbor_fall
        self.groups = groups
        self.group_fall = group_fall
        self.fs = fs
        self.lead_names = lead_names
        self.amplitude = amplitude

    def plot(
        self,
        *,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        limit: float | None = None,
        cmap: Any = None,
        colorbar: bool = True,
        line_kw: Mapping[str, Any] | None = None,
        bar_kw: Mapping[str, Any] | None = None,
    ) -> "OcclusionDisplay":
        """Draw the beat and what decided.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, default=None
            One a lead, then one for the neighbours and one for the groups, if there are any.
            None: a new figure.
        figsize : (float, float), default=None
            Width and height of the new figure in inches. None: 7 wide, as high as its panels
            need. Below a width of 5 the bars stand one below the other.
        limit : float, default=None
            Percentage points at which the colours end. None: the largest fall, or rise, but not
            less than 1, so that nothing shines where nothing decided.
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
        names = self._lead_names()
        falls = 100 * self._of_each_sample()
        if limit is None:
            limit = max(LEAST_LIMIT, np.nanmax(np.abs(falls), initial=0))
        scale = Normalize(-limit, limit)
        colors = ScalarMappable(scale, WRONG_TO_RIGHT if cmap is None else cmap)
        leads, near, groups = self._panels(ax, figsize, len(names))
        self.lines_, self.shades_, self.bars_ = [], [], {}
        for i, axis in enumerate(leads):
            self._plot_lead(axis, i, falls[i], colors, line_kw)
            _write_name(axis, names[i] if len(names) > 1 or self.lead_names else "")
        self._explain(leads[0], bool((falls < -HATCHED * limit).any()), ax is None)
        leads[-1].set_xlabel("Time (ms)" if self.fs else "Sample", fontsize=_letters(leads[0]))
        if near is not None:
            self._plot_neighbors(near, bar_kw)
        if groups is not None:
            self._plot_groups(groups, names, bar_kw)
        self.colorbar_ = self._scale(colors, leads) if colorbar else None
        return self

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        layout: BeatLayout | None = None,
        fs: float | None = None,
        label: Any = None,
        background: Any = None,
        width: float | None = None,
        step: float | None = None,
        groups: Mapping[str, Sequence[str]] | None = None,
        lead_names: Sequence[str] | None = None,
        unit: str | None = "auto",
        ax: Any = None,
        **plot_kw: Any,
    ) -> "OcclusionDisplay":
        """Replace part after part, predict and draw.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier, pipeline or search with ``predict_proba``. It is asked once, for
            all changed rows (for rows of more than 128 MB in several parts).
        X : array-like of shape (n_beats, n_features)
            The beat, or beats of which the means are drawn: rows as they go into `estimator`.
        layout : BeatLayout, default=None
            What the columns of X mean. None: that of the first step of `estimator` that has
            one, and if none has, samples of one lead.
        fs : float, default=None
            Sampling frequency of the rows in Hz. None: that of the first step that has one, and
            if none has, the axis counts samples.
        label : label, default=None
            The class whose probability is looked at. None: the one predicted for each beat.
        background : array-like of shape (n_rows, n_features), default=None
            Rows whose median stands in for neighbours and scalars, such as training rows. None:
            zeros.
        width : float or int, default=None
            Width of a stretch, as a float in seconds, as an int in samples. None: 0.04 s, and
            without a sampling frequency a tenth of the row.
        step : float or int, default=None
            From one stretch to the next, in seconds or samples. None: a fifth of the width.
        groups : dict of str to sequence of str, default=None
            Scalars of the beat itself, by their names in the layout, that are replaced
            together. None: those of rhythm (names with ``rr``, ``rate`` or ``irregular`` in
            front), those of each lead's shape, and others.
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
            or another parameter is not possible.
        """
        layout = _of_a_step(estimator, "layout") if layout is None else layout
        fs = _of_a_step(estimator, "fs") if fs is None else fs
        options = {"label": label, "background": background, "width": width, "step": step}
        found = occlude(estimator, X, layout, owner=OWNER, fs=fs, groups=groups, **options)
        rows = np.asarray(X)
        layout = check_layout(layout, rows.shape[1], OWNER)
        there = leads_there(rows, layout)
        own = layout.waveform(rows)[:, layout.neighbors, :, 0]
        normal = normal_shape(rows, layout)
        classes, counts = np.unique(found.predicted, return_counts=True)
        labels = list(dict.fromkeys(found.labels))
        return cls(
            waveform=_mean(own, there),
            normal=None if normal is None else _mean(normal, there),
            fall=_mean(found.waveform),
            stretches=found.stretches,
            label=labels[0] if len(labels) == 1 else None,
            probability=float(found.probability.mean()),
            predicted=dict(zip(classes.tolist(), counts.tolist(), strict=True)),
            neighbors=found.neighbors,
            neighbor_fall=_mean(found.neighbor_fall),
            groups=found.groups,
            group_fall=_mean(found.group_fall),
            fs=fs,
            lead_names=lead_names,
            amplitude=amplitude(unit, layout),
        ).plot(ax=ax, **plot_kw)

    def frame(self) -> pd.DataFrame:
        """Return the data behind the picture.

        Returns
        -------
        DataFrame
            One row a part that was replaced: part ("stretch", "neighbor" or the name of a
            group), lead (its name, or None), beat (0, or the number of the neighbour), start and
            stop (of a stretch, in ms or samples, else NaN), and fall, by how much the
            probability falls without it (0 to 1; NaN where there is no such part).
        """
        names = self._lead_names()
        bounds = np.asarray(self.stretches) * (1000 / self.fs if self.fs else 1.0)
        rows = [
            ("stretch", names[lead], 0, *bounds[i], fall)
            for lead, falls in enumerate(self.fall)
            for i, fall in enumerate(falls)
        ]
        nowhere = (np.nan, np.nan)
        rows += [
            ("neighbor", None, beat, *nowhere, fall)
            for beat, fall in zip(self.neighbors, self.neighbor_fall, strict=True)
        ]
        rows += [
            (name, None if lead is None else names[lead], 0, *nowhere, fall)
            for (name, lead), fall in zip(self.groups, self.group_fall, strict=True)
        ]
        return pd.DataFrame(rows, columns=["part", "lead", "beat", "start", "stop", "fall"])

    def _panels(self, ax: Any, figsize: Any, n_leads: int) -> tuple[np.ndarray, Any, Any]:
        """Return the axes of leads, neighbours and groups, made or given, and store them."""
        bars = [bool(len(self.neighbors)), bool(len(self.groups))]
        if ax is None:
            axes = self._own_panels(figsize, n_leads, sum(bars))
            self.figure_ = axes[0].figure
            self.figure_.suptitle(self._title(), fontsize=_letters(axes[0]) + 1.5)
        else:
            axes = given_axes(ax, n_leads + sum(bars), OWNER)
            self.figure_ = axes[0].figure
        for axis in axes:
            axis.tick_params(labelsize=_letters(axes[0]) - 1)
        self.ax_ = axes
        others = iter(axes[n_leads:])
        near, groups = (next(others) if there else None for there in bars)
        if ax is not None:
            axes[0].set_title(self._title(), fontsize=_letters(axes[0]) + 0.5)
        return axes[:n_leads], near, groups

    def _own_panels(self, figsize: Any, n_leads: int, n_bars: int) -> np.ndarray:
        """Make a figure with a row for each lead and one or two for the bars."""
        width = 7.0 if figsize is None else figsize[0]
        rows_of_bars = n_bars if width < SIDE_BY_SIDE else min(n_bars, 1)
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
            beside = n_bars > rows_of_bars
            place = grid[n_leads, i] if beside else grid[n_leads + i, :]
            axes.append(figure.add_subplot(place))
        return np.array(axes, dtype=object)

    def _plot_lead(
        self,
        axis: Axes,
        lead: int,
        falls: np.ndarray,
        colors: ScalarMappable,
        line_kw: Mapping[str, Any] | None,
    ) -> None:
        """Draw the waveform of one lead over the colours of what decided."""
        axis.set_ylabel(self.amplitude.replace(" (", "\n("), fontsize=_letters(axis))
        edges = self._time(np.arange(len(falls) + 1) - 0.5)
        axis.set_xlim(edges[0], edges[-1])
        wave = np.asarray(self.waveform[lead])
        if np.isnan(wave).all():
            self.lines_ += axis.plot([], [], label="beat")
            self.shades_.append(None)
            axis.text(0.5, 0.5, "missing", transform=axis.transAxes, ha="center", va="center")
            axis.set_yticks([])
            return
        behind = axis.get_xaxis_transform()  # x in time, y from the lower to the upper edge
        shade = axis.pcolormesh(
            edges,
            [0, 1],
            falls[np.newaxis],
            cmap=colors.cmap,
            norm=colors.norm,
            transform=behind,
            edgecolors="face",
            linewidth=0.2,
            zorder=0,
        )
        self.shades_.append(shade)
        against = falls < -HATCHED * colors.norm.vmax
        axis.fill_between(
            edges,
            0,
            1,
            where=np.append(against, False) | np.append(False, against),
            transform=behind,
            facecolor="none",
            edgecolor="0.55",
            hatch=HATCH,
            linewidth=0,
            zorder=0.5,
        )
        time = self._time(np.arange(len(wave)))
        if self.normal is not None:
            axis.plot(time, self.normal[lead], color="0.4", linestyle=(0, (3, 1.5)), linewidth=1)
        style = {"color": "black", "linewidth": _letters(axis) / 5.5}
        self.lines_ += axis.plot(time, wave, **merged(style, line_kw, Line2D))

    def _explain(self, axis: Axes, hatched: bool, own: bool) -> None:
        """Say what lines and hatches are: in a figure of our own above the first lead."""
        handles = []
        if self.normal is not None:
            handles.append(Line2D([], [], color="black", linewidth=1.5, label="beat"))
            style = {"color": "0.4", "linestyle": (0, (3, 1.5)), "linewidth": 1}
            handles.append(Line2D([], [], label="normal beat", **style))
        if hatched:
            style = {"facecolor": "none", "edgecolor": "0.55", "hatch": HATCH}
            against = "against" if self.label is None else f"against {self.label}"
            handles.append(Patch(label=against, **style))
        if not handles:
            return
        above = {"loc": "lower left", "bbox_to_anchor": (0, 1), "ncols": len(handles)}
        above |= {"frameon": False, "borderpad": 0.1, "borderaxespad": 0.2, "columnspacing": 1}
        size = _letters(axis) - 0.5
        axis.legend(handles=handles, fontsize=size, **(above if own else {"loc": "best"}))

    def _plot_neighbors(self, axis: Axes, bar_kw: Mapping[str, Any] | None) -> None:
        """Draw what each neighbouring beat brings, in order of time."""
        falls = 100 * np.asarray(self.neighbor_fall, dtype=float)
        self.bars_["neighbors"] = axis.bar(
            self.neighbors, np.nan_to_num(falls), **_bar_style(falls), **(bar_kw or {})
        )
        for beat, fall in zip(self.neighbors, falls, strict=True):
            if np.isnan(fall):
                style = {"fontsize": _letters(axis) - 1, "rotation": 90, "ha": "center"}
                axis.annotate("none", (beat, 0), (0, 3), textcoords="offset points", **style)
        axis.axhline(0, color="0.3", linewidth=0.8)
        axis.set_xticks([0, *self.neighbors], ["0", *(f"{b:+d}" for b in self.neighbors)])
        _widen(axis.set_ylim, falls)
        axis.set_title("Without a neighbouring beat", loc="left", fontsize=_letters(axis))
        axis.set_xlabel("Beat (0 is this one)", fontsize=_letters(axis))
        axis.set_ylabel(f"Fall of {self._symbol()} (pp)", fontsize=_letters(axis))

    def _plot_groups(
        self, axis: Axes, names: Sequence[str], bar_kw: Mapping[str, Any] | None
    ) -> None:
        """Draw what each group of columns brings."""
        falls = 100 * np.asarray(self.group_fall, dtype=float)
        places = np.arange(len(falls))
        self.bars_["groups"] = axis.barh(
            places, np.nan_to_num(falls), **_bar_style(falls), **(bar_kw or {})
        )
        for place, fall in zip(places, falls, strict=True):
            if np.isnan(fall):
                style = {"fontsize": _letters(axis) - 1, "va": "center"}
                axis.annotate("missing", (0, place), (3, 0), textcoords="offset points", **style)
        axis.axvline(0, color="0.3", linewidth=0.8)
        axis.set_yticks(
            places,
            [
                name if i is None or len(names) == 1 else f"{name}, {names[i]}"
                for name, i in self.groups
            ],
        )
        axis.invert_yaxis()
        _widen(axis.set_xlim, falls)
        axis.set_title("Without a group of columns", loc="left", fontsize=_letters(axis))
        axis.set_xlabel(f"Fall of {self._symbol()} (pp)", fontsize=_letters(axis))

    def _scale(self, colors: ScalarMappable, leads: np.ndarray) -> Any:
        """Draw the scale of the colours beside the leads."""
        size = _letters(leads[0])
        bar = self.figure_.colorbar(
            colors, ax=list(leads), fraction=0.05, pad=0.01, aspect=12 * len(leads)
        )
        bar.set_label(f"Fall of {self._symbol()} (pp)", fontsize=size)
        bar.ax.tick_params(labelsize=size - 1)
        return bar

    def _title(self) -> str:
        """Return which class was predicted, of how many beats, and with what probability."""
        n_beats = sum(self.predicted.values())
        first = next(iter(self.predicted))
        p = f"{self.probability:.2f}"
        if n_beats == 1:
            if self.label == first:
                return f"Predicted {first}, probability {p}"
            return f"Predicted {first}, probability of {self.label} {p}"
        if self.label is None:
            return f"{n_beats:,} beats, mean probability of the class predicted {p}"
        so = self.predicted.get(self.label, 0)
        many = "all" if so == n_beats else f"{so:,}"
        return f"{n_beats:,} beats, {many} predicted {self.label}, mean probability {p}"

    def _symbol(self) -> str:
        """Return how the axes call the probability."""
        return "p" if self.label is None else f"p({self.label})"

    def _time(self, samples: np.ndarray) -> np.ndarray:
        """Return time in ms from the start of the row, or the samples."""
        return samples * (1000 / self.fs) if self.fs else samples

    def _of_each_sample(self) -> np.ndarray:
        """Return the fall at each sample, (n_leads, n_samples)."""
        return of_each_sample(self.fall, np.asarray(self.stretches), np.shape(self.waveform)[1])

    def _lead_names(self) -> list[str]:
        """Return a name for each lead."""
        n_leads = len(self.waveform)
        names = [f"lead {i}" for i in range(n_leads)]
        names = names if self.lead_names is None else list(self.lead_names)
        if len(names) != n_leads:
            raise ValueError(
                f"The 'lead_names' parameter of {OWNER} must name {n_leads} leads. "
                f"Got {names} instead."
            )
        return names


def _mean(values: np.ndarray, there: np.ndarray | bool = True) -> np.ndarray:
    """Return the mean over the beats that have a part; NaN where none has."""
    values = np.asarray(values, dtype=float)
    if there is not True:
        values = np.where(there.reshape(there.shape + (1,) * (values.ndim - 2)), values, np.nan)
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0).sum(axis=0), known.sum(axis=0))


def _of_a_step(estimator: Any, name: str) -> Any:
    """Return an attribute of the first step of a pipeline that has it, or of the model itself."""
    model = fitted_pipeline(estimator)
    steps = [step for _, step in getattr(model, "steps", [(None, model)])]
    for step in steps:
        step = fitted_pipeline(step)
        inner = _of_a_step(step, name) if hasattr(step, "steps") else None
        for value in (inner, getattr(step, f"{name}_", None), getattr(step, name, None)):
            if value is not None:
                return value
    return None


def _bar_style(falls: np.ndarray) -> dict[str, Any]:
    """Return colours and hatches of bars: for the class, or against it."""
    return {
        "color": [WRONG if fall < 0 else RIGHT for fall in falls],
        "hatch": [HATCH if fall < 0 else "" for fall in falls],
        "edgecolor": "0.3",
        "linewidth": 0.5,
    }


def _widen(set_limits: Any, falls: np.ndarray) -> None:
    """Show zero and all bars, and at least a percentage point."""
    low, high = min(0, np.nanmin(falls, initial=0)), max(0, np.nanmax(falls, initial=0))
    if high - low < LEAST_LIMIT:
        low, high = min(low, -LEAST_LIMIT / 2), max(high, LEAST_LIMIT / 2)
    margin = 0.06 * (high - low)
    set_limits(low - margin * (low < 0), high + margin)


def _write_name(axis: Axes, name: str) -> None:
    """Write the name of a lead into its panel."""
    box = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1.5}
    style = {"fontsize": _letters(axis), "ha": "left", "va": "top", "bbox": box}
    if name:
        axis.annotate(
            name, (0, 1), (4, -4), xycoords="axes fraction", textcoords="offset points", **style
        )


def _letters(axis: Axes) -> float:
    """Return the size in points of letters that fit a panel's figure."""
    return float(np.clip(1.3 * axis.figure.get_figwidth() + 2.4, 6.5, 9))
