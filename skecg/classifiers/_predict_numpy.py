"""The network for rows with context in NumPy: predictions without Keras.

It computes the output of the network of `build_context_lstm` outside of training, from the same
weights. Importing TensorFlow takes longer than annotating a recording of a day, and only training
needs it; for matrices of this size NumPy is also twice as fast.

Rows of all leads are columns of matrices, and the first axis is that of the features, so that
the gates of an LSTM are contiguous blocks::

    rows (n_rows, n_features)          lead 0            lead 1
                              ->   row 0, 1, 2 ...   row 0, 1, 2 ...     (features, leads * rows)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..layout import BeatLayout
from ..utils import blas_in_one_thread
from ._context_network import NO_GATE, build_context_lstm, lead_columns

__all__ = ["NumpyContextLSTM"]

Array = NDArray[np.floating]
_DTYPES = ("float32", "float64")
_AT_ONCE = 64  # rows: the arrays of a step fit into the cache


class NumpyContextLSTM:
    """Predict as a network of `build_context_lstm` does, from its weights.

    Parameters
    ----------
    layout : BeatLayout
        Meaning of the columns of a row.
    n_classes : int
        Number of classes.
    architecture : mapping
        The other parameters of `build_context_lstm`, without its seed.
    weights : list of ndarray
        Weights in the order of ``keras.Model.weights``, of the shapes of `weight_shapes`.

    Attributes
    ----------
    widest : int or None
        Batch of predictions, once it was tried.
    """

    def __init__(
        self,
        layout: BeatLayout,
        n_classes: int,
        architecture: Mapping[str, Any],
        weights: Sequence[Array],
    ):
        self.widest: int | None = None
        self._weights = list(weights)
        self._layout = layout
        self._per_step = int(architecture["samples_per_step"])
        self._dtype = np.dtype(architecture["dtype"])
        self._columns = lead_columns(layout)
        arrays = iter([np.asarray(w, dtype=self._dtype) for w in weights])
        self._networks = [
            _Network.take(
                arrays,
                near=_has_neighbors(self._columns[1]),
                own=self._columns[0].shape[-1] > 0 and architecture.get("scalar_units") is not None,
                gate=layout.leads > 1,
            )
            for _ in range(int(architecture.get("n_networks", 1)))
        ]
        # temperature and offsets of a calibration
        self._mean = tuple(arrays) if len(self._networks) > 1 else None

    def has(self, weights: Sequence[Array]) -> bool:
        """Tell whether the network was made of these weights."""
        same = zip(self._weights, weights, strict=True)
        return all(mine is other or np.array_equal(mine, other) for mine, other in same)

    @staticmethod
    def computes(builder: Callable[..., Any], dtype: str) -> bool:
        """Tell whether this is the network that a function builds in a dtype."""
        return builder is build_context_lstm and dtype in _DTYPES

    @staticmethod
    def weight_shapes(
        layout: BeatLayout, n_classes: int, architecture: Mapping[str, Any]
    ) -> list[tuple[int, ...]]:
        """Return the shapes of the weights, in the order of ``keras.Model.weights``."""
        units, near_units, dense_units = (
            int(architecture[name]) for name in ("units", "neighbor_units", "dense_units")
        )
        own, near, _, _ = lead_columns(layout)
        n_own, scalar_units = own.shape[-1], architecture.get("scalar_units")

        def dense(n_inputs: int, n_units: int) -> list[tuple[int, ...]]:
            return [(n_inputs, n_units), (n_units,)]

        def lstm(n_inputs: int, n_units: int) -> list[tuple[int, ...]]:
            return 2 * [(n_inputs, 4 * n_units), (n_units, 4 * n_units), (4 * n_units,)]

        shapes, joined = [], 2 * units
        if _has_neighbors(near):
            shapes += dense(near.shape[-1], near_units) + lstm(near_units, near_units)
            joined += 2 * near_units
        inputs = architecture["samples_per_step"] * layout.n_signals // layout.leads
        shapes += lstm(inputs, units)
        if n_own and scalar_units is not None:
            shapes += dense(n_own, scalar_units)
            n_own = scalar_units
        shapes += dense(joined + n_own, dense_units)
        if layout.leads > 1:
            shapes += dense(dense_units, 1)
        shapes += dense(dense_units, n_classes)
        n_networks = int(architecture.get("n_networks", 1))
        return n_networks * shapes + ([(1,), (n_classes,)] if n_networks > 1 else [])

    def predict_on_batch(self, rows: Array) -> Array:
        """Return the probabilities of rows, (n_rows, n_classes).

        They are NaN or infinite for rows out of the range of the dtype, which is not reported
        here.
        """
        rows = np.asarray(rows, dtype=self._dtype)
        starts = range(0, max(len(rows), 1), _AT_ONCE)
        with np.errstate(all="ignore"), blas_in_one_thread():
            return np.concatenate([self._predict(rows[i : i + _AT_ONCE]) for i in starts])

    def _predict(self, rows: Array) -> Array:
        """Return the probabilities of some rows."""
        columns = np.ascontiguousarray(rows.T)
        wave = self._waves(columns)  # (samples, channels, leads, rows)
        there = (wave != 0).any(axis=(0, 1))
        steps = self._in_steps(wave)
        beats = self._beats(columns) if _has_neighbors(self._columns[1]) else None
        own = columns[self._columns[0].T].reshape(self._columns[0].shape[-1], there.size)
        before = self._columns[-1]
        logits = [n(steps, beats, before, own, there) for n in self._networks]
        if self._mean is None:
            return np.ascontiguousarray(_softmax(logits[0]).T)
        temperature, offsets = self._mean
        mean = np.log(sum(_softmax(x) for x in logits) / len(logits))
        return np.ascontiguousarray(_softmax(mean / temperature + offsets[:, None]).T)

    def _waves(self, columns: Array) -> Array:
        """Return the waveforms of all leads of all rows: (samples, channels, leads, rows)."""
        of = self._layout
        n_beats, n_channels = 2 * of.neighbors + 1, len(of.channels)
        wave = columns[: of.n_waveform]
        wave = wave.reshape(n_beats, of.leads, n_channels, of.n_samples, -1)
        wave = wave.transpose(3, 0, 2, 1, 4)
        return wave.reshape(of.n_samples, n_beats * n_channels, of.leads, -1)

    def _in_steps(self, wave: Array) -> Array:
        """Join several samples to one step, zeros behind the last: (steps, inputs, columns)."""
        n_samples, n_signals, n_leads, n_rows = wave.shape
        missing = -n_samples % self._per_step
        steps = np.zeros((n_samples + missing, n_signals, n_leads * n_rows), self._dtype)
        steps[:n_samples] = wave.reshape(n_samples, n_signals, -1)
        return steps.reshape(-1, self._per_step * n_signals, n_leads * n_rows)

    def _beats(self, columns: Array) -> Array:
        """Return the scalars of beats in order of time: (beats, scalars, leads * rows)."""
        _, near, same, before = self._columns
        itself = columns[np.maximum(same, 0)]  # (leads, scalars, rows)
        itself[same < 0] = 1
        around = columns[near.transpose(1, 2, 0)]
        beats = np.concatenate((around[:before], itself.swapaxes(0, 1)[None], around[before:]))
        return beats.reshape(*beats.shape[:2], -1)


class _Network(NamedTuple):
    """The layers of one network; those that rows do not need are None."""

    near: "tuple[_Dense, _LSTM] | None"
    beat: "_LSTM"
    own: "_Dense | None"
    dense: "_Dense"
    gate: "_Dense | None"
    logits: "_Dense"

    @classmethod
    def take(cls, arrays: Iterator[Array], *, near: bool, own: bool, gate: bool) -> "_Network":
        """Take the next arrays: as Keras lists layers, the longest way to the output first."""
        return cls(
            near=(_Dense.take(arrays), _LSTM.take(arrays)) if near else None,
            beat=_LSTM.take(arrays),
            own=_Dense.take(arrays) if own else None,
            dense=_Dense.take(arrays),
            gate=_Dense.take(arrays) if gate else None,
            logits=_Dense.take(arrays),
        )

    def __call__(
        self,
        steps: Array,
        beats: Array | None,
        before: int,
        own: Array,
        there: NDArray[np.bool_],
    ) -> Array:
        """Return the logits of rows, (classes, rows).

        Parameters
        ----------
        steps : ndarray of shape (steps, inputs, leads * rows)
            The waveforms.
        beats : ndarray of shape (beats, scalars, leads * rows), or None
            Scalars of the beat and its neighbours.
        before : int
            Number of neighbours before the beat.
        own : ndarray of shape (scalars, leads * rows)
            Scalars of the beat.
        there : ndarray of shape (leads, rows)
            Leads that are not missing.
        """
        parts = list(self.beat(steps))
        if self.near is not None and beats is not None:
            dense, lstm = self.near
            parts += lstm(_relu(dense(beats)), before)
        parts.append(own if self.own is None else _relu(self.own(own)))
        x = _relu(self.dense(np.concatenate(parts)))
        logits = self.logits(x)
        if self.gate is None:
            return logits
        # zero for missing leads
        gates = _softmax(np.where(there, self.gate(x).reshape(there.shape), logits.dtype.type(NO_GATE)))
        return (logits.reshape(len(logits), *gates.shape) * gates).sum(axis=1)


class _Dense(NamedTuple):
    """A dense layer."""

    kernel: Array  # (units, inputs)
    bias: Array  # (units, 1)

    @classmethod
    def take(cls, arrays: Iterator[Array]) -> "_Dense":
        """Take the next arrays of a network."""
        return cls(np.ascontiguousarray(next(arrays).T), next(arrays)[:, None])

    def __call__(self, x: Array) -> Array:
        """Return the outputs of inputs (..., inputs, columns)."""
        x = self.kernel @ x
        x += self.bias
        return x


class _LSTM(NamedTuple):
    """A bidirectional LSTM: the kernels of both directions, stacked.

    The outputs of a step are those of the gates of input, forgetting and output, then the
    candidate. A gate is a sigmoid, s(x) = (1 + tanh(x / 2)) / 2, and the half within is in the
    weights: one call of tanh serves all four. Gates are computed without the half in front,
    which is that of cells, and of the weights of the last outputs: a power of two rounds nothing.
    """

    kernel: Array  # (2, 4 * units, inputs + 1 + units), of the bias in the middle

    @classmethod
    def take(cls, arrays: Iterator[Array]) -> "_LSTM":
        """Take the next arrays of a network: three for each direction."""
        kernels = []
        for _ in range(2):
            of_inputs, of_outputs, bias = (next(arrays) for _ in range(3))
            kernel = np.concatenate((of_inputs, bias[None], of_outputs / 2)).T
            # Keras: input, forget, candidate, output
            order = np.arange(len(bias)).reshape(4, -1)[[0, 1, 3, 2]].ravel()
            half = np.repeat([0.5, 0.5, 0.5, 1.0], len(bias) // 4).astype(bias.dtype)
            kernels.append(kernel[order] * half[:, None])
        return cls(np.stack(kernels))

    def __call__(self, x: Array, place: int | None = None) -> tuple[Array, Array]:
        """Return the last output of each direction, or those at one step.

        Parameters
        ----------
        x : ndarray of shape (steps, inputs, columns)
            Inputs.
        place : int, default=None
            The step at which both directions end. None: each ends at the last step it reads.

        Returns
        -------
        forward, backward : ndarray of shape (units, columns)
            Outputs.
        """
        steps, n_inputs, n = x.shape
        last = (steps - 1, 0) if place is None else (place, place)
        lengths = last[0] + 1, steps - last[1]
        units = self.kernel.shape[1] // 4
        taken = np.zeros(
            (2, n_inputs + 1 + units, n), x.dtype
        )  # inputs, 1, twice the last outputs
        taken[:, n_inputs] = 1
        out = taken[:, n_inputs + 1 :]
        cell, change = np.zeros((2, 2, units, n), x.dtype)
        z = np.empty((2, 4 * units, n), x.dtype)
        gates = z[:, : 3 * units]
        enter, stay, leave, candidate = z.reshape(2, 4, units, n).swapaxes(0, 1)
        ended: list[Array] = [out[0], out[1]]
        for step in range(max(lengths)):
            for way, length in enumerate(lengths):
                if step == length:
                    ended[way] = out[way].copy()
            taken[0, :n_inputs] = x[min(step, steps - 1)]
            taken[1, :n_inputs] = x[max(steps - 1 - step, 0)]
            np.matmul(self.kernel, taken, out=z)
            np.tanh(z, out=z)
            gates += 1  # twice the gates
            cell *= stay
            np.multiply(enter, candidate, out=change)
            cell += change
            cell *= 0.5
            np.tanh(cell, out=change)
            np.multiply(leave, change, out=out)
        return ended[0] / 2, ended[1] / 2


def _has_neighbors(near: NDArray[np.intp]) -> bool:
    """Tell whether rows have scalars of neighbouring beats."""
    return near.shape[-2] * near.shape[-1] > 0


def _relu(x: Array) -> Array:
    """Set negative values to zero, in place."""
    return np.maximum(x, 0, out=x)


def _softmax(x: Array) -> Array:
    """Return the softmax along the first axis."""
    x = np.exp(x - x.max(axis=0))
    return x / x.sum(axis=0)
