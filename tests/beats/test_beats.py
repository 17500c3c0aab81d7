import numpy as np
import pandas as pd
import pytest

from skecg import load_beats, take_beats


@pytest.fixture
def beats(spikes):
    records = [
        spikes([5, 200, 400, 600], symbol=["N", "N", "V", "N"], name="a"),
        spikes([300, 500], symbol=["S", "N"], name="long name"),
    ]
    return load_beats(records)


def test_take_beats_by_mask_keeps_all_parts_together(beats):
    taken = take_beats(beats, beats.groups == "a")
    np.testing.assert_array_equal(taken.data, beats.data[:3])
    assert taken.target.tolist() == ["N", "V", "N"]
    assert taken.target_names == ["N", "V"]
    assert taken.groups.tolist() == ["a"] * 3
    assert taken.meta["sample"].tolist() == [200, 400, 600]
    assert taken.layout == beats.layout
    assert taken.fs == beats.fs
    assert taken.keys() == beats.keys()


def test_take_beats_by_number_keeps_their_order(beats):
    taken = take_beats(beats, [-1, 0, 0])
    assert taken.meta["sample"].tolist() == [500, 200, 200]
    assert isinstance(taken.meta.index, pd.RangeIndex)


def test_take_beats_keeps_a_note_before_the_description(beats):
    beats.DESCR = f"SIMULATED.\n\n{beats.DESCR}"
    once = take_beats(beats, [0, 1])
    assert once.DESCR.startswith("SIMULATED.\n\nHeartbeats cut")
    assert "Beats: 2," in once.DESCR
    assert take_beats(once, [0]).DESCR.count("SIMULATED") == 1


def test_take_beats_are_copies(beats):
    taken = take_beats(beats, np.arange(5))
    taken.data[:] = 7
    assert beats.data.max() == 1


def test_take_beats_of_all_changes_nothing(beats):
    taken = take_beats(beats, np.ones(5, dtype=bool))
    pd.testing.assert_frame_equal(taken.meta, beats.meta)
    assert taken.DESCR == beats.DESCR


def test_take_beats_describes_what_is_left(beats):
    assert "Classes: S 1" in take_beats(beats, [3]).DESCR
    assert take_beats(beats, [0]).groups.dtype == "<U1"


def test_take_beats_of_none_is_empty(beats):
    taken = take_beats(beats, [])
    assert taken.data.shape == (0, 50)
    assert taken.target_names == []
    assert "Beats: 0" in taken.DESCR


def test_take_beats_keeps_frames(spikes):
    beats = load_beats(spikes([200, 400], symbol=["N", "V"]), as_frame=True)
    taken = take_beats(beats, [1])
    assert isinstance(taken.data, pd.DataFrame)
    assert taken.frame["target"].tolist() == ["V"]


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        ([True, False], ValueError, "mask of 2 rows, but there are 5"),
        ([0.5], TypeError, "row numbers or booleans"),
        ([[0]], ValueError, "one dimension"),
        (3, ValueError, "one dimension"),
        ([5], IndexError, "5"),
    ],
)
def test_take_beats_refuses_other_indices(beats, index, error, words):
    with pytest.raises(error, match=words):
        take_beats(beats, index)
