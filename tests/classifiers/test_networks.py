import numpy as np
import pytest

from skecg import BeatLayout
from skecg.classifiers import build_lstm, build_rnn


def _lstm(n_inputs, n):
    return 4 * (n * (n_inputs + n) + n)


def test_build_lstm_has_the_published_number_of_weights():
    # both directions of 128, 64 and 32 units, and 5 classes
    layers = 2 * (_lstm(1, 128) + _lstm(256, 64) + _lstm(128, 32))
    assert build_lstm(BeatLayout(50), 5).count_params() == layers + 64 * 5 + 5


def test_build_rnn_has_the_published_number_of_weights():
    layers = 128 * (1 + 128 + 1) + 2 * 128 * (128 + 128 + 1)
    assert build_rnn(BeatLayout(50), 5).count_params() == layers + 128 * 5 + 5


@pytest.mark.parametrize("build", [build_rnn, build_lstm])
def test_build_reads_leads_as_inputs_of_a_step(build):
    model = build(BeatLayout(6, leads=2), 3, units=(4,), seed=0)
    kernels = [w.shape for w in model.weights if w.path.endswith("kernel")]
    assert kernels[0][0] == 2  # two leads come into each step


@pytest.mark.parametrize("build", [build_rnn, build_lstm])
def test_build_joins_scalars_before_the_softmax(build):
    layout = BeatLayout(6, scalars=("rr_before", "rr_after"))
    with_scalars = build(layout, 3, units=(4,))
    without = build(BeatLayout(6), 3, units=(4,))
    assert with_scalars.count_params() == without.count_params() + 2 * 3


@pytest.mark.parametrize("build", [build_rnn, build_lstm])
def test_build_gives_the_same_weights_for_the_same_seed(build):
    first, again, other = (build(BeatLayout(6), 3, units=(4, 3), seed=s) for s in (1, 1, 2))
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])


def test_build_lstm_starts_both_directions_differently():
    model = build_lstm(BeatLayout(6), 2, units=(4,), seed=0)
    forward, backward = (w for w in model.get_weights() if w.shape == (1, 16))
    assert not np.allclose(forward, backward)


def test_build_probabilities_sum_to_one():
    model = build_rnn(BeatLayout(6), 3, units=(4,))
    probabilities = model.predict_on_batch(np.ones((2, 6), np.float32))
    np.testing.assert_allclose(np.asarray(probabilities).sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("build", [build_rnn, build_lstm])
def test_build_makes_several_samples_one_step(build):
    model = build(BeatLayout(10, leads=2), 3, units=(4,), samples_per_step=5)
    kernels = [w.shape for w in model.weights if w.path.endswith("kernel")]
    assert kernels[0][0] == 2 * 5
    assert [tuple(x.output.shape) for x in model.layers if "reshape" in x.name][-1] == (
        None,
        2,
        10,
    )


@pytest.mark.parametrize("build", [build_rnn, build_lstm])
def test_build_fills_the_last_step_up_with_zeros(build):
    short, whole = (build(BeatLayout(n), 3, units=(4,), samples_per_step=4) for n in (6, 8))
    X = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    filled = np.concatenate([X, np.zeros((5, 2), np.float32)], axis=1)
    answers = [np.asarray(m.predict_on_batch(x)) for m, x in ((short, X), (whole, filled))]
    np.testing.assert_array_equal(*answers)
