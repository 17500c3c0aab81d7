import numpy as np
import pandas as pd
import pytest
from sklearn.utils import Bunch

from skecg import common_beats, load_beats

REASON = "no row for one of the models"


@pytest.fixture
def records(spikes):
    return [
        spikes([30, 200, 400, 600], symbol=["N", "N", "V", "N"], name="a"),
        spikes([10, 300, 960], symbol=["S", "N", "V"], name="b"),
    ]


@pytest.fixture
def narrow(records):
    return load_beats(records)


@pytest.fixture
def wide(records):
    return load_beats(records, window=(0.2, 0.3))


def test_common_beats_keeps_the_beats_of_all_kinds_in_one_order(narrow, wide):
    common = common_beats({"narrow": narrow, "wide": wide})
    assert list(common) == ["narrow", "wide"]
    for beats in common.values():
        assert beats.meta["record"].tolist() == ["a", "a", "a", "b"]
        assert beats.meta["sample"].tolist() == [200, 400, 600, 300]
        assert beats.target.tolist() == ["N", "V", "N", "N"]
    np.testing.assert_array_equal(common["narrow"].data, narrow.data[[1, 2, 3, 4]])
    np.testing.assert_array_equal(common["wide"].data, wide.data)
    assert common["wide"].layout == wide.layout


def test_common_beats_follows_the_order_of_the_first_kind(narrow, wide):
    common = common_beats({"narrow": narrow[::-1], "wide": wide})
    assert common["wide"].meta["sample"].tolist() == [300, 600, 400, 200]
    np.testing.assert_array_equal(common["wide"].data, wide.data[::-1])


def test_common_beats_adds_missing_beats_to_the_table_of_the_first_kind(narrow, wide):
    edge = "window reaches beyond the recording"
    assert wide.skipped.values.tolist() == [["a", edge, 1], ["b", edge, 2]]
    for beats in common_beats({"narrow": narrow, "wide": wide}).values():
        assert beats.skipped.values.tolist() == [
            ["b", edge, 1],
            ["a", REASON, 1],
            ["b", REASON, 1],
        ]
        assert f"{REASON} 2" in beats.DESCR
    for beats in common_beats({"wide": wide, "narrow": narrow}).values():
        pd.testing.assert_frame_equal(beats.skipped, wide.skipped)


def test_common_beats_of_one_kind_copies_no_rows(wide):
    common = common_beats({"wide": wide})
    assert np.shares_memory(common["wide"].data, wide.data)
    assert common["wide"].DESCR == wide.DESCR


def test_common_beats_of_three_kinds(records, narrow, wide):
    v = load_beats(records, classes={"V": "V"})
    common = common_beats({"narrow": narrow, "wide": wide, "v": v})
    assert [beats.meta["sample"].tolist() for beats in common.values()] == [[400]] * 3


def test_common_beats_keeps_repeated_beats_as_often_as_all_kinds_have_them(narrow):
    common = common_beats({"twice": narrow[[1, 1, 2]], "thrice": narrow[[2, 1, 1, 1]]})
    assert [beats.meta["sample"].tolist() for beats in common.values()] == [[200, 200, 400]] * 2


def test_common_beats_takes_mappings_and_frames(records, narrow, wide):
    framed = load_beats(records, as_frame=True)
    common = common_beats({"a": framed, "b": dict(wide), "c": Bunch(**narrow)})
    assert isinstance(common["a"].data, pd.DataFrame)
    assert [len(beats) for beats in common.values()] == [4, 4, 4]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda a, b: [a, b], TypeError, "'kinds' parameter.*mapping of names to Beats.*list"),
        (lambda a, b: {}, ValueError, "must hold Beats"),
        (lambda a, b: {"x": a, "y": 3}, TypeError, r"kinds\[\"y\"\].*must be Beats.*Got int"),
        (lambda a, b: {"x": {"data": [1]}}, ValueError, "kinds.*lacks 'target'"),
        (lambda a, b: {"x": a, "y": b[:0]}, ValueError, "all of 'x', 'y'.*same recordings"),
    ],
)
def test_common_beats_refuses_other_kinds(narrow, wide, change, error, words):
    with pytest.raises(error, match=words):
        common_beats(change(narrow, wide))
