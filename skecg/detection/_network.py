"""The network that labels the signal in time: is there a beat, and can the lead be used.

A convolutional network in NumPy. Frames are 4 samples, 31 ms, of the signal at 128 Hz:

    each lead    1 -> 32 channels, three residual layers, +- 0.3 s      encoder
                 its quality and its weight, twice a second, +- 3.8 s
    all leads    mean of the leads by these weights
                 six dilated residual layers at 62 ms, +- 4 s           rhythm
                 back to frames, with those of the mean                 logit of a beat

All leads share their weights, so there may be any number of them in any order. The weights are
from ``benchmarks/detection/study.py``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.linalg.blas import sgemm

from ..utils import blas_in_one_thread

__all__ = ["COARSE", "FRAME", "BeatNetwork", "NetworkOutput", "beat_network", "checked"]

FRAME = 4  # samples of a frame
COARSE = 16  # frames of a value of quality
_BLOCK = 2048  # frames at a time: they fit into the cache
_STEM = (24, 10)  # samples that a frame sees, and of these before its first
_ENCODER = {"e1": 1, "e2": 2, "e3": 3}  # dilation of each layer
_QUALITY = {"q2": 2, "q3": 4}
_RHYTHM = {f"t{i}": 2**i for i in range(6)}
_C, _Q = 32, 16  # channels
_SHAPES = {
    "stem": (_STEM[0], _C),
    **dict.fromkeys(_ENCODER, (3 * _C, _C)),
    "q1": (3 * _C, _Q),
    **dict.fromkeys(_QUALITY, (3 * _Q, _Q)),
    "qo": (_Q, 2),
    "gl": (_C, 1),
    "down": (2 * _C, _C),
    **dict.fromkeys(_RHYTHM, (3 * _C, _C)),
    "up": (_C, 2 * _Q),
    "skip": (3 * _C, _Q),
    "out": (3 * _Q, 1),
}
_WEIGHTS = Path(__file__).parents[1] / "pretrained" / "detector.npz"
_OFF = np.float32(-1e4)  # gate of a lead that cannot be used
# NumPy compares with an array twice as fast as with a number
_ZEROS = np.zeros((_BLOCK + 2 * sum(_RHYTHM.values())) * _C, dtype=np.float32)

_Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class NetworkOutput:
    """Output of the network for a stretch."""

    beat: _Array  # (n_frames,), logits
    noise: _Array  # (n_leads, n_frames // COARSE), logits
    weight: _Array  # (n_leads, n_frames), of each lead in the mean; all are zero without a lead


@dataclass(frozen=True)
class BeatNetwork:
    """Weights of the network, and its output for a stretch of signal."""

    weights: dict[str, _Array]  # (n_inputs, n_outputs) of each layer, and its bias "name_b"

    def __call__(self, leads: _Array, usable: NDArray[np.bool_]) -> NetworkOutput:
        """Return the output for a stretch.

        Parameters
        ----------
        leads : ndarray of float32 of shape (n_leads, n_frames * FRAME)
            From `scaled_lead`; the number of frames is a multiple of `COARSE`.
        usable : ndarray of bool of shape (n_leads, n_frames)
            Which frames of a lead may be used.
        """
        with blas_in_one_thread():
            return self._output(leads, usable)

    def _output(self, leads: _Array, usable: NDArray[np.bool_]) -> NetworkOutput:
        """Encode each lead, take their mean, and label its frames."""
        encoded, gates, noise = [], [], []
        for lead in leads:
            features = self._encode(lead)
            gate, noisy = self._quality(features)
            encoded.append(features)
            gates.append(np.repeat(gate, COARSE) + (features @ self.weights["gl"])[:, 0])
            noise.append(noisy)
        weight = _softmax(np.where(usable, np.stack(gates), _OFF)) * usable
        return NetworkOutput(self._beats(_mean(encoded, weight)), np.stack(noise), weight)

    def _encode(self, lead: _Array) -> _Array:
        """Return the features of the frames of a lead, (n_frames, _C)."""
        size, before = _STEM
        halo = sum(_ENCODER.values())
        padded = np.zeros(len(lead) + size + 2 * halo * FRAME, dtype=np.float32)
        first = before + halo * FRAME
        padded[first : first + len(lead)] = lead
        n_frames = len(lead) // FRAME
        frames = sliding_window_view(padded, size)[::FRAME][: n_frames + 2 * halo]

        def stem(start: int, stop: int) -> _Array:
            out = np.empty((stop - start, _C), dtype=np.float32)
            _fill(out, _ones(len(out)), self.weights["stem_b"])
            _add_product(frames[start:stop], self.weights["stem"], out)
            return _relu(out)

        return self._residual(stem, n_frames, _ENCODER)

    def _quality(self, features: _Array) -> tuple[_Array, _Array]:
        """Return the gate of a lead and the logit of noise in it, both (n_frames // COARSE,)."""
        coarse = features.reshape(-1, COARSE, _C).mean(axis=1)
        coarse = _relu(self._layer(coarse, "q1", 1))
        for name, dilation in _QUALITY.items():
            coarse += _relu(self._layer(coarse, name, dilation))
        both = coarse @ self.weights["qo"] + self.weights["qo_b"]
        return both[:, 0], both[:, 1]

    def _beats(self, mean: _Array) -> _Array:
        """Return the logit of a beat of each frame."""
        halo = sum(_RHYTHM.values())
        pairs = mean.reshape(-1, 2 * _C)

        def down(start: int, stop: int) -> _Array:
            first, last = max(0, start - halo), min(len(pairs), stop - halo)
            out = np.empty((stop - start, _C), dtype=np.float32)  # outside: set by _residual
            inside = out[first + halo - start : last + halo - start]
            _fill(inside, _ones(len(inside)), self.weights["down_b"])
            _add_product(pairs[first:last], self.weights["down"], inside)
            return _relu(out)

        rhythm = self._residual(down, len(pairs), _RHYTHM)
        up = np.empty_like(rhythm)  # of both frames of a pair: (n_frames // 2, 2 * _Q)
        bias = self.weights["up_b"] + np.tile(self.weights["skip_b"], 2)
        _fill(up, _ones(len(up)), bias)
        _add_product(rhythm, self.weights["up"], up)
        up = up.reshape(-1, _Q)
        self._add_layer(mean, "skip", 1, up)
        return self._layer(_relu(up), "out", 1)[:, 0]

    def _residual(
        self, first: Callable[[int, int], _Array], n: int, layers: dict[str, int]
    ) -> _Array:
        """Return the output of residual layers, block by block, so that it stays in the cache.

        Every layer of a block loses its dilation at both ends, and the block has so much more:

            first(start, stop)    . . . . . . . . .        outside of the stretch: 0
            dilation 1              . . . . . . .          outside: 0
            dilation 2                  . . .
        """
        halo = sum(layers.values())
        out = np.empty((n, _C), dtype=np.float32)
        spare = np.empty((min(n, _BLOCK) + 2 * halo, _C), dtype=np.float32)
        for start in range(0, n, _BLOCK):
            stop = min(n, start + _BLOCK)
            begin, values = start - halo, first(start, stop + 2 * halo)
            other = spare[: len(values)]
            _clear_outside(values, begin, n)
            for name, dilation in layers.items():
                result = other[: len(values) - 2 * dilation]
                self._convolve(values, name, dilation, result)
                _relu(result)
                result += values[dilation:-dilation]
                begin, values, other = begin + dilation, result, values
                _clear_outside(values, begin, n)
            out[start:stop] = values
        return out

    def _layer(self, values: _Array, name: str, dilation: int) -> _Array:
        """Convolve, with zeros outside."""
        out = np.empty((len(values), self.weights[name].shape[1]), dtype=np.float32)
        _fill(out, _ones(len(out)), self.weights[name + "_b"])
        self._add_layer(values, name, dilation, out)
        return out

    def _add_layer(self, values: _Array, name: str, dilation: int, out: _Array) -> None:
        """Convolve, with zeros outside, and add to an array, in place, without the bias."""
        n, width = values.shape
        for start in range(0, n, _BLOCK):
            stop = min(n, start + _BLOCK)
            for tap in range(3):
                shift = (tap - 1) * dilation
                first, last = max(start, -shift), min(stop, n - shift)
                if first < last:
                    of_tap = self.weights[name][tap * width : (tap + 1) * width]
                    _add_product(values[first + shift : last + shift], of_tap, out[first:last])

    def _convolve(self, values: _Array, name: str, dilation: int, out: _Array) -> None:
        """Convolve over time with three taps, where all three are, and add the bias.

        ``out`` has a row less than ``values`` per dilation at both ends. The products of the taps
        are added in place, by BLAS:

            values    a b c d e         out    a + b + c      (dilation 1)
                                               b + c + d
                                               c + d + e
        """
        weights, width = self.weights[name], values.shape[1]
        _fill(out, _ones(len(out)), self.weights[name + "_b"])
        for tap in range(3):
            of_tap = weights[tap * width : (tap + 1) * width]
            _add_product(values[tap * dilation :][: len(out)], of_tap, out)


def _add_product(values: _Array, weights: _Array, out: _Array) -> None:
    """Add the product of two matrices to an array, in place, which BLAS takes as transposed."""
    sgemm(1.0, weights.T, values.T, beta=1.0, c=out.T, overwrite_c=True)


def _fill(out: _Array, column: _Array, row: _Array) -> None:
    """Set an array to the products of a column and a row, faster than NumPy's broadcasting."""
    sgemm(1.0, row[:, np.newaxis], column[np.newaxis], beta=0.0, c=out.T, overwrite_c=True)


def _ones(n: int) -> _Array:
    return np.ones(n, dtype=np.float32)


def _relu(values: _Array) -> _Array:
    """Set negative values to zero, in place."""
    flat = values.reshape(-1)
    for start in range(0, len(flat), len(_ZEROS)):
        part = flat[start : start + len(_ZEROS)]
        np.maximum(part, _ZEROS[: len(part)], out=part)
    return values


def _mean(encoded: list[_Array], weight: _Array) -> _Array:
    """Return the mean of the features of leads by their weights, in place of those of the first.

    It is added block by block, so that they stay in the cache.
    """
    mean, ones = encoded[0], _ones(_C)
    spare = np.empty((min(len(mean), _BLOCK), _C), dtype=np.float32)
    for start in range(0, len(mean), _BLOCK):
        block = slice(start, start + _BLOCK)
        for features, of_lead in zip(encoded, weight, strict=True):
            weights = spare[: len(of_lead[block])]
            _fill(weights, of_lead[block], ones)
            features[block] *= weights
            if features is not mean:
                mean[block] += features[block]
    return mean


def _clear_outside(values: _Array, begin: int, n: int) -> None:
    """Set rows that are before 0 or from n on to zero; the first is row ``begin``."""
    if begin < 0:
        values[:-begin] = 0
    if begin + len(values) > n:
        values[n - begin :] = 0


def _softmax(gates: _Array) -> _Array:
    """Return weights of the leads that add up to one, (n_leads, n_frames)."""
    gates = np.exp(gates - gates.max(axis=0))
    return gates / gates.sum(axis=0)


@cache
def beat_network() -> BeatNetwork:
    """Return the network with the weights of the package, checked."""
    with np.load(_WEIGHTS, allow_pickle=False) as file:
        weights = {name: file[name].astype(np.float32) for name in file.files}
    return checked(weights)


def checked(weights: dict[str, _Array]) -> BeatNetwork:
    """Return the network with these weights, or raise."""
    shapes = dict(_SHAPES) | {f"{name}_b": shape[1:] for name, shape in _SHAPES.items()}
    if {name: value.shape for name, value in weights.items()} != shapes or not all(
        np.isfinite(value).all() for value in weights.values()
    ):
        raise ValueError(
            f"{_WEIGHTS.name} does not hold the weights of the detector 'auto'. Install skecg "
            "again."
        )
    return BeatNetwork(weights)
