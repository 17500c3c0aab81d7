"""The SHA-256 by which a training is recognized in another run."""

import functools

import keras
import numpy as np
import pytest

from skecg.classifiers._fingerprint import _add, _plain


def loss(y_true, y_pred):
    return y_true - y_pred


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(0.5), "0.5"),
        (np.int64(3), 3),
        ((1, 2.5), [1, "2.5"]),
        (np.array([1.0, 2.0]), ["1.0", "2.0"]),
        ({"V": 2.0, "N": 1}, {"pairs": [["N", 1], ["V", "2.0"]]}),
        (keras.optimizers.Adam, "keras.src.optimizers.adam.Adam"),
    ],
)
def test_values_are_described_by_data(value, expected):
    assert _plain(value, "p", "Network") == expected


def test_objects_of_keras_are_described_by_their_settings():
    name, settings = _plain(keras.optimizers.SGD(0.25), "optimizer", "Network")
    assert name.endswith(".SGD") and ["learning_rate", "0.25"] in settings["pairs"]
    other = keras.optimizers.SGD(0.5)
    assert _plain(other, "optimizer", "Network") != [name, settings]


def test_functions_are_described_by_their_code():
    name, *_ = _plain(loss, "loss", "Network")
    assert name.endswith(".loss")
    assert _plain(lambda a, b: a - b, "f", "N") != _plain(lambda a, b: a + b, "f", "N")


@pytest.mark.parametrize("value", [object(), functools.partial(loss, 1)])
def test_objects_without_values_are_refused(value):
    with pytest.raises(ValueError, match="'checkpoint' parameter of Network needs parameters"):
        _plain(value, "loss", "Network")


def test_values_of_an_enclosing_function_are_refused():
    shift = 3
    with pytest.raises(ValueError, match="functions without values of their own"):
        _plain(lambda a, b: a - b + shift, "loss", "Network")


def test_arrays_count_with_shape_and_type():
    def digest(values):
        import hashlib

        found = hashlib.sha256()
        _add(found, values)
        return found.hexdigest()

    row = np.arange(6, dtype=np.float32)
    digests = {digest(v) for v in (row, row.reshape(2, 3), row.astype(float), np.array(1.0), None)}
    assert len(digests) == 5
    assert digest(row) == digest(row.copy())
