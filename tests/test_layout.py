import pickle

import numpy as np
import pytest

from skecg import BeatLayout
from skecg.layout import check_layout

LAYOUT = BeatLayout(3, leads=2, channels=("signal", "diff"), neighbors=1, scalars=("rr", "corr"))


def test_n_features_counts_beats_leads_channels_samples_and_scalars():
    assert LAYOUT.n_signals == 3 * 2 * 2
    assert LAYOUT.n_waveform == 3 * 2 * 2 * 3
    assert LAYOUT.n_features == 36 + 2
    assert BeatLayout(50).n_features == 50


def test_feature_names_are_one_for_each_column_and_distinct():
    names = LAYOUT.feature_names
    assert len(set(names)) == LAYOUT.n_features
    assert names[:4] == [
        "beat-1_lead0_signal_000",
        "beat-1_lead0_signal_001",
        "beat-1_lead0_signal_002",
        "beat-1_lead0_diff_000",
    ]
    assert names[-2:] == ["rr", "corr"]


def test_feature_names_omit_single_beats_and_channels():
    assert BeatLayout(2).feature_names == ["lead0_000", "lead0_001"]


def test_waveform_orders_beat_lead_channel_sample():
    X = np.arange(2 * LAYOUT.n_features).reshape(2, -1)
    waveform = LAYOUT.waveform(X)
    assert waveform.shape == (2, 3, 2, 2, 3)
    name = "beat+1_lead1_diff_002"
    assert waveform[1, 2, 1, 1, 2] == X[1, LAYOUT.feature_names.index(name)]


@pytest.mark.parametrize("part", ["waveform", "signals", "scalar_values"])
def test_parts_are_views(part):
    X = np.zeros((2, LAYOUT.n_features))
    getattr(LAYOUT, part)(X)[...] = 1
    expected = {"waveform": 36, "signals": 36, "scalar_values": 2}[part]
    assert X.sum() == 2 * expected


def test_scalars_are_names_and_scalar_values_their_columns():
    X = np.arange(LAYOUT.n_features)[None]
    assert LAYOUT.scalars == ("rr", "corr")
    assert type(LAYOUT.scalars) is tuple
    np.testing.assert_array_equal(LAYOUT.scalar_values(X), [[36, 37]])


def test_layout_without_scalars_has_empty_columns_of_them():
    assert BeatLayout(3).scalar_values(np.zeros((2, 3))).shape == (2, 0)


BEATS = BeatLayout(
    2,
    leads=2,
    scalars=(
        *("rr", "lead0_noise", "lead1_noise"),
        *("beat-1_there", "beat-1_lead0_noise", "beat-1_lead1_noise"),
        *("beat+1_there", "beat+1_lead0_noise", "beat+1_lead1_noise"),
    ),
)


def test_neighbor_scalars_are_the_names_of_each_beat_in_order_of_time():
    assert BEATS.neighbor_scalars == (BEATS.scalars[3:6], BEATS.scalars[6:])
    assert LAYOUT.neighbor_scalars == ()
    mixed = BeatLayout(1, scalars=("beat+1_a", "beat-2_a", "a", "beat+0_a", "beat-2_b"))
    assert mixed.neighbor_scalars == (("beat-2_a", "beat-2_b"), ("beat+1_a",))


def test_scalar_columns_tell_the_beat_from_its_neighbors():
    own, near, same = BEATS.scalar_columns()
    assert own.tolist() == [4, 5, 6]
    assert near.tolist() == [[7, 8, 9], [10, 11, 12]]
    assert same.tolist() == [-1, 5, 6]
    X = np.arange(26).reshape(2, 13)
    assert X[:, near].shape == (2, 2, 3)


def test_scalar_columns_of_a_lead_are_its_own_and_those_of_all():
    own, near, same = BEATS.scalar_columns(lead=1)
    assert [BEATS.feature_names[i] for i in own] == ["rr", "lead1_noise"]
    assert near.tolist() == [[7, 9], [10, 12]]
    assert same.tolist() == [-1, 6]


def test_scalar_columns_without_neighbors_or_scalars_are_empty():
    own, near, same = LAYOUT.scalar_columns()
    assert own.tolist() == [36, 37]
    assert near.shape == (0, 0)
    assert same.shape == (0,)
    assert BeatLayout(3).scalar_columns()[0].shape == (0,)


def test_scalar_columns_check_lead_and_names():
    with pytest.raises(ValueError, match=r"'lead' .* must be one of the 2 leads.* Got 2"):
        BEATS.scalar_columns(lead=2)
    uneven = BeatLayout(1, scalars=("beat-1_a", "beat+1_b"))
    with pytest.raises(ValueError, match="same scalars in the same order"):
        uneven.scalar_columns()


def test_layout_in_a_message_counts_many_scalars():
    many = BeatLayout(2, scalars=[f"s{i}" for i in range(11)])
    assert str(many).endswith("scalars=<11 names>)")
    assert repr(many).count("'s") == 12  # a channel and the scalars
    assert str(LAYOUT) == repr(LAYOUT)


def test_layout_is_a_value():
    again = BeatLayout(**LAYOUT.to_dict())
    assert again == LAYOUT
    assert hash(again) == hash(LAYOUT)
    assert pickle.loads(pickle.dumps(LAYOUT)) == LAYOUT
    with pytest.raises(AttributeError):
        LAYOUT.leads = 3


@pytest.mark.parametrize(
    ("params", "error", "words"),
    [
        ({"n_samples": 0}, ValueError, "'n_samples' .* at least 1. Got 0"),
        ({"n_samples": 2.0}, TypeError, "'n_samples' .* must be an int .* Got 2.0"),
        ({"n_samples": 2, "leads": True}, TypeError, "'leads' .* must be an int"),
        ({"n_samples": 2, "neighbors": -1}, ValueError, "'neighbors' .* at least 0"),
        ({"n_samples": 2, "channels": ()}, ValueError, "at least one channel"),
        ({"n_samples": 2, "scalars": "rr"}, TypeError, "sequence of str. Got 'rr'"),
        ({"n_samples": 2, "scalars": ("a", 3)}, TypeError, "sequence of str"),
        ({"n_samples": 2, "scalars": 3}, TypeError, "sequence of str. Got 3"),
        ({"n_samples": 2, "scalars": ("a", "a")}, ValueError, "must not repeat"),
    ],
)
def test_layout_refuses_invalid_parameters(params, error, words):
    with pytest.raises(error, match=words):
        BeatLayout(**params)


@pytest.mark.parametrize("part", ["waveform", "signals", "scalar_values"])
def test_parts_of_rows_of_another_width_are_an_error(part):
    with pytest.raises(ValueError, match=r"shape \(n_beats, 38\).*Got shape \(2, 37\)"):
        getattr(LAYOUT, part)(np.zeros((2, 37)))


def test_check_layout_takes_none_for_one_lead():
    assert check_layout(None, 7, "X") == BeatLayout(7)


def test_check_layout_names_the_estimator_and_both_widths():
    with pytest.raises(ValueError, match=r"of Owner describes rows of 38 columns.* X has 50"):
        check_layout(LAYOUT, 50, "Owner")
    with pytest.raises(TypeError, match=r"of Owner must be a BeatLayout or None\. Got 50"):
        check_layout(50, 50, "Owner")
