"""What a probability loses when a part of a row is replaced by something that says nothing."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_array

from ..display._style import check_fs
from ..layout import BeatLayout, check_layout
from ..utils import class_probabilities

WIDTH = 0.04  # seconds, half a QRS complex
STEPS_PER_WIDTH = 5
MOST_BYTES = 2**27  # of changed rows in one call of predict_proba
CONTEXT = ("signal", "difference")  # channels that tell the normal shape
_RHYTHM = re.compile(r"(rr|rate|irregular)(_|$)")  # scalars that tell of rhythm
_LEAD = re.compile(r"lead(\d+)_")


class Occlusion(NamedTuple):
    """What each part of a row brings; falls are NaN where a beat has no such part."""

    labels: list  # the class of each beat whose probability is looked at
    predicted: list  # the class predicted
    probability: np.ndarray  # (n_beats,) of the class looked at
    stretches: np.ndarray  # (n_stretches, 2): first sample, and the one behind the last
    waveform: np.ndarray  # (n_beats, n_leads, n_stretches) falls
    neighbors: list[int]  # such as -1 for the beat before
    neighbor_fall: np.ndarray  # (n_beats, n_neighbors)
    groups: list[tuple[str, int | None]]  # name, and the lead of which it tells
    group_fall: np.ndarray  # (n_beats, n_groups)


class Part(NamedTuple):
    """Columns of a row that are replaced together, and the lead of which they tell."""

    name: Any
    columns: np.ndarray
    lead: int | None = None


def occlude(
    estimator: Any,
    X: Any,
    layout: BeatLayout | None,
    *,
    owner: str,
    fs: float | None = None,
    label: Any = None,
    background: Any = None,
    width: float | None = None,
    step: float | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> Occlusion:
    """Replace part after part of each row and ask for the probability again."""
    rows = check_array(X, dtype=[np.float64, np.float32], estimator=owner, input_name="X")
    layout = check_layout(layout, rows.shape[1], owner)
    check_fs(fs, owner)
    stretches = cut_stretches(layout.n_samples, fs, width, step, owner)
    fill = _fill(background, rows, owner)
    near, own = _neighbor_parts(layout), _group_parts(layout, groups, owner)
    whole = [(0, layout.n_samples)] if near or own or layout.leads > 1 else []

    def changed(some: np.ndarray) -> Any:
        waves = replace_stretches(some, layout, [*stretches, *whole])
        columns = _replace_columns(some, [*near, *own], fill)
        blocks = np.concatenate((some[:, np.newaxis], waves, columns), axis=1)
        return _like(X, blocks.reshape(-1, rows.shape[1]))

    n_waves = layout.leads * len([*stretches, *whole])
    n_rows = 1 + n_waves + len(near) + len(own)
    at_once = max(1, MOST_BYTES // (n_rows * rows[0].nbytes))
    proba = pd.concat(
        class_probabilities(estimator, changed(rows[i : i + at_once]), owner)
        for i in range(0, len(rows), at_once)
    )
    classes = proba.columns.tolist()
    proba = proba.to_numpy(float).reshape(len(rows), n_rows, len(classes))
    predicted = proba[:, 0].argmax(axis=1)
    looked_at = predicted if label is None else np.full(len(rows), _place(label, classes, owner))
    proba = np.take_along_axis(proba, looked_at[:, np.newaxis, np.newaxis], axis=2)[..., 0]

    fall = proba[:, :1] - proba[:, 1:]
    there = leads_there(rows, layout)
    waves, near_fall, own_fall = np.split(fall, [n_waves, n_waves + len(near)], axis=1)
    waves = waves.reshape(len(rows), layout.leads, -1)
    waves[~there] = np.nan
    for i, part in enumerate(near):
        near_fall[~rows[:, part.columns].any(axis=1), i] = np.nan
    for i, part in enumerate(own):
        if part.lead is not None:
            own_fall[~there[:, part.lead], i] = np.nan
    names = [(part.name, part.lead) for part in own]
    if whole:
        names = [("waveform", lead) for lead in range(layout.leads)] + names
        own_fall = np.concatenate((waves[..., -1], own_fall), axis=1)
        waves = waves[..., :-1]
    return Occlusion(
        [classes[i] for i in looked_at],
        [classes[i] for i in predicted],
        proba[:, 0],
        np.array(stretches),
        waves,
        [part.name for part in near],
        near_fall,
        names,
        own_fall,
    )


def leads_there(rows: np.ndarray, layout: BeatLayout) -> np.ndarray:
    """Tell which leads a row has, (n_beats, n_leads): one that is zero throughout is missing."""
    own = layout.waveform(rows)[:, layout.neighbors]
    return own.any(axis=(2, 3)) | (layout.leads == 1)


def normal_shape(rows: np.ndarray, layout: BeatLayout) -> np.ndarray | None:
    """Return the normal beat, (n_beats, n_leads, n_samples), that rows with context tell of."""
    if set(layout.channels) != set(CONTEXT):
        return None
    signal, difference = (layout.channels.index(name) for name in CONTEXT)
    own = layout.waveform(rows)[:, layout.neighbors]
    return own[:, :, signal] - own[:, :, difference]


def cut_stretches(
    n_samples: int, fs: float | None, width: float | None, step: float | None, owner: str
) -> list[tuple[int, int]]:
    """Cut a signal into stretches that overlap; the first and the last ones reach beyond it.

    So each sample lies in as many stretches as any other, and what hangs on one sample is
    largest there.
    """
    if width is None:
        n_width = max(1, round(WIDTH * fs) if fs else n_samples // 10)
        n_width = min(n_width, n_samples)
    else:
        n_width = _in_samples("width", width, fs, owner)
    if n_width > n_samples:
        raise ValueError(
            f"The 'width' parameter of {owner} must be at most the {n_samples} samples of a "
            f"signal. Got {width!r} instead, which is {n_width} samples."
        )
    if step is None:
        n_step = max(1, n_width // STEPS_PER_WIDTH)
    else:
        n_step = _in_samples("step", step, fs, owner)
    if n_step > n_width:
        raise ValueError(
            f"The 'step' parameter of {owner} must be at most the width, or samples between the "
            f"stretches are never replaced. Got {step!r} instead ({n_step} samples of {n_width})."
        )
    starts = range(n_step - n_width, n_samples, n_step)
    return [(max(i, 0), min(i + n_width, n_samples)) for i in starts]


def of_each_sample(fall: np.ndarray, stretches: np.ndarray, n_samples: int) -> np.ndarray:
    """Return for each sample the mean over the stretches that hold it, along the last axis."""
    samples = np.arange(n_samples)
    holds = (stretches[:, :1] <= samples) & (samples < stretches[:, 1:])
    return fall @ (holds / holds.sum(axis=0))


def replace_stretches(
    rows: np.ndarray, layout: BeatLayout, stretches: Sequence[tuple[int, int]]
) -> np.ndarray:
    """Return rows (n_beats, n_leads * n_stretches, n_features), each without one stretch."""
    changed = np.repeat(rows[:, np.newaxis], layout.leads * len(stretches), axis=1)
    normal = normal_shape(rows, layout)
    places = [(lead, *stretch) for lead in range(layout.leads) for stretch in stretches]
    for i, (lead, start, stop) in enumerate(places):
        own = layout.waveform(changed[:, i])[:, layout.neighbors, lead]  # a view
        if normal is None:
            own[..., start:stop] = _line(own, start, stop)
            continue
        signal, difference = (layout.channels.index(name) for name in CONTEXT)
        own[:, signal, start:stop] = normal[:, lead, start:stop]
        own[:, difference, start:stop] = 0
    return changed


def _line(own: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Join the samples on both sides of a stretch; at an end of the signal, go on level."""
    last = own.shape[-1] - 1
    before, after = own[..., max(start - 1, 0)], own[..., min(stop, last)]
    if start == 0 and stop <= last:
        before = after
    elif start > 0 and stop > last:
        after = before
    share = np.arange(1, stop - start + 1) / (stop - start + 1)
    return before[..., np.newaxis] + (after - before)[..., np.newaxis] * share


def _replace_columns(rows: np.ndarray, parts: Sequence[Part], fill: np.ndarray) -> np.ndarray:
    """Return rows (n_beats, n_parts, n_features), each without the columns of one part."""
    changed = np.repeat(rows[:, np.newaxis], len(parts), axis=1)
    for i, part in enumerate(parts):
        changed[:, i, part.columns] = fill[part.columns]
    return changed


def _fill(background: Any, rows: np.ndarray, owner: str) -> np.ndarray:
    """Return what stands in for neighbours and scalars: the median of rows, or zeros."""
    if background is None:
        return np.zeros(rows.shape[1], dtype=rows.dtype)
    background = check_array(background, estimator=owner, input_name="background")
    if background.shape[1] != rows.shape[1]:
        raise ValueError(
            f"The 'background' parameter of {owner} must be rows like those of X, with "
            f"{rows.shape[1]} columns, such as training rows. Got {background.shape[1]} columns."
        )
    return np.median(background, axis=0).astype(rows.dtype)


def _neighbor_parts(layout: BeatLayout) -> list[Part]:
    """Columns of each neighbouring beat: its waveforms, where rows have them, and scalars."""
    columns: dict[int, list[int]] = {}
    waves = layout.waveform(np.arange(layout.n_features)[np.newaxis])[0]
    for i, wave in enumerate(waves):
        columns[i - layout.neighbors] = wave.ravel().tolist()
    del columns[0]
    place = {name: layout.n_waveform + i for i, name in enumerate(layout.scalars)}
    for beat in layout.neighbor_scalars:
        number = int(re.match(r"beat([+-]\d+)_", beat[0])[1])
        columns.setdefault(number, []).extend(place[name] for name in beat)
    return [Part(beat, np.array(columns[beat])) for beat in sorted(columns)]


def _group_parts(
    layout: BeatLayout, groups: Mapping[str, Sequence[str]] | None, owner: str
) -> list[Part]:
    """Columns of each group of scalars: of those given, or of rhythm and of each lead's shape."""
    place = {name: layout.n_waveform + i for i, name in enumerate(layout.scalars)}
    if groups is not None:
        unknown = [name for names in groups.values() for name in names if name not in place]
        if unknown or not all(groups.values()):
            raise ValueError(
                f"The 'groups' parameter of {owner} must give scalars of the layout to each "
                f"name. Got {unknown if unknown else groups!r} instead; there are "
                f"{list(layout.scalars)[:5]} and so on."
            )
        found = {(group, None): list(names) for group, names in groups.items()}
    else:
        found = {}
        others = {name for beat in layout.neighbor_scalars for name in beat}
        for name in layout.scalars:
            if name not in others:
                found.setdefault(_group_of(name, layout), []).append(name)
    return [
        Part(group, np.array([place[name] for name in names]), lead)
        for (group, lead), names in found.items()
    ]


def _group_of(name: str, layout: BeatLayout) -> tuple[str, int | None]:
    """Return the group of a scalar by its name, and its lead."""
    if match := _LEAD.match(name):
        return "shape", int(match[1])
    if _RHYTHM.match(name):
        return "rhythm", None
    if layout.leads == 1 and set(layout.channels) == set(CONTEXT):
        return "shape", 0  # rows with context of one lead name none
    return "other", None


def _in_samples(name: str, value: Any, fs: float | None, owner: str) -> int:
    """Return a length in samples that is given in them, as an int, or in seconds."""
    is_int = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if is_int and value >= 1:
        return int(value)
    if not isinstance(value, float | np.floating) or not 0 < value < np.inf:
        raise ValueError(
            f"The '{name}' parameter of {owner} must be a positive int (samples), a positive "
            f"float (seconds) or None. Got {value!r} instead."
        )
    if not fs:
        raise ValueError(
            f"The '{name}' parameter of {owner} is {value!r} seconds, for which the sampling "
            "frequency must be known: pass fs (`beats.fs`), or an int, which counts samples."
        )
    return max(1, round(value * fs))


def _place(label: Any, classes: list, owner: str) -> int:
    """Return the place of a class among those of the model."""
    if label not in classes:
        raise ValueError(
            f"The 'label' parameter of {owner} must be one of the classes {classes} of the "
            f"model, or None for the one predicted. Got {label!r} instead."
        )
    return classes.index(label)


def _like(X: Any, rows: np.ndarray) -> Any:
    """Return rows as a DataFrame if X is one, for models that know the names of columns."""
    return pd.DataFrame(rows, columns=X.columns) if hasattr(X, "columns") else rows
