"""The network for rows with context in NumPy: predictions without Keras.

It computes the output of the network of `build_context_lstm` outside of training, from the same
weights. Importing TensorFlow takes longer than annotating a recording of a day, and only training
needs it; for matrices of this size NumPy is also twice as fast. Several networks are computed side
by side: one call for the matrices of all takes less time than a call for each.

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
_AT_ONCE = 128  # rows: the arrays of a step fit into the cache, and there are few calls


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
        n_networks = int(architecture.get("n_networks", 1))
        arrays = [np.asarray(w, dtype=self._dtype) for w in weights]
        self._mean: tuple[Array, ...] | None = None
        if n_networks > 1:  # temperature and offsets are the last
            self._mean, arrays = tuple(arrays[-2:]), arrays[:-2]
        n_each = len(arrays) // n_networks
        # layers in the order in which Keras lists them: the longest way to the output first,
        # each array with those of the other networks
        networks = [arrays[i * n_each : (i + 1) * n_each] for i in range(n_networks)]
        stacks = map(np.stack, zip(*networks, strict=True))
        self._near = None
        if _has_neighbors(self._columns[1]):
            self._near = _Dense.take(stacks), _LSTM.take(stacks)
        self._beat = _LSTM.take(stacks)
        has_own = self._columns[0].shape[-1] > 0 and architecture.get("scalar_units") is not None
        self._own = _Dense.take(stacks) if has_own else None
        self._dense = _Dense.take(stacks)
        self._gate = _Dense.take(stacks) if layout.leads > 1 else None
        self._logits = _Dense.take(stacks)

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
        parts = list(self._beat(self._in_steps(wave)[:, None]))  # (networks, units, leads * rows)
        if self._near is not None:
            parts += self._read_neighbors(columns)
        if self._columns[0].shape[-1]:
            parts.append(self._read_own(columns))
        x = _relu(self._dense(np.concatenate(parts, axis=1)))
        logits = self._logits(x)
        if self._gate is not None:
            gates = self._weigh_leads(self._gate(x), (wave != 0).any(axis=(0, 1)))
            logits = logits.reshape(*logits.shape[:2], *gates.shape[2:]) * gates
            logits = logits.sum(axis=2)
        if self._mean is not None:
            logits = self._average(logits)
        return np.ascontiguousarray(_softmax(logits)[0].T)

    def _average(self, logits: Array) -> Array:
        """Return the logits of the mean of networks, calibrated: (1, classes, rows)."""
        assert self._mean is not None
        temperature, offsets = self._mean
        logs = logits - logits.max(axis=1, keepdims=True)
        logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
        largest = logs.max(axis=0, keepdims=True)  # small ones are not rounded to zero
        mean = largest + np.log(np.exp(logs - largest).mean(axis=0, keepdims=True))
        return mean / temperature + offsets[:, None]

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

    def _read_neighbors(self, columns: Array) -> tuple[Array, Array]:
        """Read the scalars of the neighbouring beats up to the beat itself, from both ends."""
        assert self._near is not None
        _, near, same, before = self._columns
        itself = columns[np.maximum(same, 0)]  # (leads, scalars, rows)
        itself[same < 0] = 1
        # beats in order of time: (neighbours + 1, scalars, leads * rows)
        around = columns[near.transpose(1, 2, 0)]
        beats = np.concatenate((around[:before], itself.swapaxes(0, 1)[None], around[before:]))
        dense, lstm = self._near
        return lstm(_relu(dense.of_all(beats.reshape(*beats.shape[:2], -1))), before)

    def _read_own(self, columns: Array) -> Array:
        """Return the scalars of the beat, or what a layer makes of them."""
        own = self._columns[0]
        scalars = columns[own.T].reshape(own.shape[-1], -1)
        if self._own is None:
            return np.broadcast_to(scalars, (len(self._dense.kernel), *scalars.shape))
        return _relu(self._own.of_all(scalars))

    def _weigh_leads(self, gates: Array, there: NDArray[np.bool_]) -> Array:
        """Return the weight of each lead: (networks, 1, leads, rows); zero for missing leads."""
        gates = np.where(there, gates.reshape(-1, *there.shape), self._dtype.type(NO_GATE))
        return _softmax(gates)[:, None]


class _Dense(NamedTuple):
    """A dense layer of each network."""

    kernel: Array  # (networks, units, inputs)
    bias: Array  # (networks, units, 1)

    @classmethod
    def take(cls, stacks: Iterator[Array]) -> "_Dense":
        """Take the next arrays of the networks."""
        return cls(np.ascontiguousarray(next(stacks).swapaxes(1, 2)), next(stacks)[..., None])

    def __call__(self, x: Array) -> Array:
        """Return the outputs of inputs (networks, inputs, columns)."""
        x = self.kernel @ x
        x += self.bias
        return x

    def of_all(self, x: Array) -> Array:
        """Return the outputs of the same inputs (..., inputs, columns) in all networks."""
        n_networks, n_units, n_inputs = self.kernel.shape
        out = self.kernel.reshape(-1, n_inputs) @ x
        out = out.reshape(*x.shape[:-2], n_networks, n_units, x.shape[-1])
        out += self.bias
        return out


class _LSTM(NamedTuple):
    """A bidirectional LSTM of each network: the kernels of both directions, stacked.

    The outputs of a step are those of the gates of input, forgetting and output, then the
    candidate. A gate is a sigmoid, s(x) = (1 + tanh(x / 2)) / 2, and the half within is in the
    weights: one call of tanh serves all four. Gates are computed without the half in front,
    which is that of cells, and of the weights of the last outputs: a power of two rounds nothing.
    """

    # (2, networks, 4 * units, inputs + 1 + units), of the bias in the middle
    kernel: Array

    @classmethod
    def take(cls, stacks: Iterator[Array]) -> "_LSTM":
        """Take the next arrays of the networks: three for each direction."""
        kernels = []
        for _ in range(2):
            of_inputs, of_outputs, bias = (next(stacks) for _ in range(3))
            kernel = np.concatenate((of_inputs, bias[:, None], of_outputs / 2), axis=1)
            # Keras: input, forget, candidate, output
            n_outputs = bias.shape[1]
            order = np.arange(n_outputs).reshape(4, -1)[[0, 1, 3, 2]].ravel()
            half = np.repeat([0.5, 0.5, 0.5, 1.0], n_outputs // 4).astype(bias.dtype)
            kernels.append(kernel.swapaxes(1, 2)[:, order] * half[:, None])
        return cls(np.stack(kernels))

    def __call__(self, x: Array, place: int | None = None) -> tuple[Array, Array]:
        """Return the last output of each direction, or those at one step.

        Parameters
        ----------
        x : ndarray of shape (steps, networks, inputs, columns)
            Inputs; or those of all networks, (steps, 1, inputs, columns).
        place : int, default=None
            The step at which both directions end. None: each ends at the last step it reads.

        Returns
        -------
        forward, backward : ndarray of shape (networks, units, columns)
            Outputs.
        """
        steps, _, n_inputs, n = x.shape
        last = (steps - 1, 0) if place is None else (place, place)
        lengths = last[0] + 1, steps - last[1]
        n_networks, units = self.kernel.shape[1], self.kernel.shape[2] // 4
        kernel = self.kernel.reshape(-1, *self.kernel.shape[2:])
        taken = np.zeros((2 * n_networks, kernel.shape[2], n), x.dtype)
        taken[:, n_inputs] = 1  # behind the inputs, before twice the last outputs
        out = taken[:, n_inputs + 1 :]
        of_way = taken.reshape(2, n_networks, -1, n)
        entering, leaving = of_way[:, :, :n_inputs], of_way[:, :, n_inputs + 1 :]
        cell, change = np.zeros((2, 2 * n_networks, units, n), x.dtype)
        z = np.empty((2 * n_networks, 4 * units, n), x.dtype)
        gates = z[:, : 3 * units]
        enter, stay, leave, candidate = z.reshape(-1, 4, units, n).swapaxes(0, 1)
        ended: list[Array] = [leaving[0], leaving[1]]
        for step in range(max(lengths)):
            for way, length in enumerate(lengths):
                if step == length:
                    ended[way] = leaving[way].copy()
            entering[0] = x[min(step, steps - 1)]
            entering[1] = x[max(steps - 1 - step, 0)]
            np.matmul(kernel, taken, out=z)
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
    """Return the softmax along the second axis."""
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)
