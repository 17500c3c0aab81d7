import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils import Bunch

from skecg import BeatExtractor, Beats, load_beats, load_simulated, take_beats


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


@pytest.mark.parametrize(
    ("index", "sample"),
    [
        ([True, False, False, True, False], [200, 300]),
        (np.array([4, 1]), [500, 400]),
        (slice(1, 3), [400, 600]),
        (slice(None, None, -2), [500, 600, 200]),
        (range(2), [200, 400]),
        (pd.Series([False, True, False, False, False], index=list("abcde")), [400]),
        ([], []),
        (slice(0), []),
    ],
)
def test_beats_are_indexed_as_take_beats_takes_them(beats, index, sample):
    taken = beats[index]
    assert isinstance(taken, Beats)
    assert taken.meta["sample"].tolist() == sample
    assert len(taken) == len(taken.data) == len(taken.target) == len(sample)
    assert bool(taken) == bool(sample)


def test_beats_have_subjects_and_records(beats):
    assert beats.subjects == ["a", "long name"]
    assert beats[::-1].records == ["long name", "a"]
    assert beats[:0].subjects == beats[:0].records == []
    assert {"subjects", "records", "data"} <= set(dir(beats))


def test_beats_are_a_bunch(beats):
    assert isinstance(beats, Bunch)
    assert beats["data"] is beats.data
    assert set(beats) == set(beats.keys()) >= {"data", "target", "groups", "meta", "DESCR"}
    with pytest.raises(KeyError, match="frame"):
        beats["frame"]
    with pytest.raises(AttributeError, match="frame"):
        beats.frame  # noqa: B018
    assert Bunch(**beats).keys() == Beats(**beats).keys() == beats.keys()
    assert len(Beats(**beats)) == 5


def same(a, b):
    """Whether two objects are equal Beats of separate arrays."""
    np.testing.assert_array_equal(a.data, b.data)
    pd.testing.assert_frame_equal(a.meta, b.meta)
    return type(a) is type(b) is Beats and a.DESCR == b.DESCR and a.layout == b.layout


def test_beats_are_pickled_and_copied(beats):
    assert same(pickle.loads(pickle.dumps(beats)), beats)
    assert same(copy.copy(beats), beats)
    assert copy.copy(beats).data is beats.data
    deep = copy.deepcopy(beats)
    assert same(deep, beats)
    assert not np.shares_memory(deep.data, beats.data)


def test_beats_are_hashed_by_joblib_by_their_content(spikes):
    one, same, other = (load_beats(spikes([peak])) for peak in (300, 300, 310))
    assert joblib.hash(one) == joblib.hash(same) != joblib.hash(other)


def test_repr_of_beats_is_a_few_lines(beats):
    assert repr(beats) == (
        "<Beats: 5 of 2 subjects in 2 records>\n"
        "  classes:  N 3, S 1, V 1\n"
        "  rows:     50 samples at 250 Hz x 1 lead\n"
        "  leads:    V5 2\n"
        "  excluded: 1 beat"
    )
    assert "classes:  none" in repr(beats[:0])


def test_repr_of_beats_describes_rows_and_exclusions(spikes):
    records = [spikes([300, 600], lead_names=(f"V{i}", "x"), name=f"r{i}") for i in range(6)]
    params = {"context": 30, "neighbors": 0, "leads": [0, 1]}
    with pytest.warns(UserWarning, match="1 of 7 records"):
        beats = load_beats([*records, spikes([300], name="one lead")], on_error="warn", **params)
    text = repr(beats)
    assert "50 samples at 250 Hz x 2 leads x 2 channels, 267 scalars" in text
    assert "leads:    V0+x 1, V1+x 1, V2+x 1, V3+x 1, ...\n" in text
    assert "excluded: 0 beats, 1 record" in text


def test_repr_of_beats_tells_simulated_ones(spikes):
    simulated = load_simulated(2, duration=20.0, random_state=0)
    assert repr(simulated).splitlines()[0].endswith("of 2 subjects in 2 records, simulated>")
    mixed = load_beats([spikes([300], subject="simulated:x"), spikes([300], name="b")])
    assert repr(mixed).startswith("<Beats: 2 of 2 subjects in 2 records, some simulated>")


def test_extractor_loader_and_simulator_return_beats(spikes):
    record = spikes([300])
    for beats in (
        BeatExtractor().extract(record),
        load_beats(record),
        load_beats(record, as_frame=True),
        load_simulated(1, duration=20.0, random_state=0),
    ):
        assert type(beats) is Beats
        assert len(beats) == len(beats.data)


@pytest.mark.parametrize("kind", [dict, lambda beats: Bunch(**beats)])
def test_take_beats_takes_any_mapping_with_the_keys(beats, kind):
    assert same(take_beats(kind(beats), [0, 3]), beats[[0, 3]])


@pytest.mark.parametrize(
    ("beats", "error", "words"),
    [
        (np.zeros((2, 3)), TypeError, "'beats' parameter of take_beats.*Got ndarray"),
        ({"data": []}, ValueError, "lacks 'target', 'groups', 'meta', 'extractor', 'layout', "),
    ],
)
def test_take_beats_refuses_other_objects(beats, error, words):
    with pytest.raises(error, match=words):
        take_beats(beats, [0])


def test_take_beats_keeps_a_note_before_the_description(beats):
    beats.DESCR = f"SIMULATED.\n\n{beats.DESCR}"
    once = take_beats(beats, [0, 1])
    assert once.DESCR.startswith("SIMULATED.\n\nHeartbeats cut")
    assert "Beats: 2," in once.DESCR
    assert take_beats(once, [0]).DESCR.count("SIMULATED") == 1


def test_take_beats_writes_a_new_description_in_place_of_another(beats):
    beats.DESCR = "My beats."
    assert beats[[0]].DESCR.startswith("Heartbeats cut from ECG recordings")


def test_take_beats_are_copies(beats):
    taken = take_beats(beats, np.arange(5))
    taken.data[:] = 7
    assert beats.data.max() == 1


def test_take_beats_of_all_changes_nothing(beats):
    taken = take_beats(beats, np.ones(5, dtype=bool))
    pd.testing.assert_frame_equal(taken.meta, beats.meta)
    assert taken.DESCR == beats.DESCR


def test_take_beats_describes_the_remaining_beats(beats):
    assert "Classes: S 1" in take_beats(beats, [3]).DESCR
    assert take_beats(beats, [0]).groups.dtype == "<U1"


def test_take_beats_of_an_empty_index_is_empty(beats):
    taken = take_beats(beats, [])
    assert taken.data.shape == (0, 50)
    assert taken.target_names == []
    assert "Beats: 0" in taken.DESCR


def test_take_beats_keeps_frames(spikes):
    beats = load_beats(spikes([200, 400], symbol=["N", "V"]), as_frame=True)
    taken = beats[beats.target == "V"]
    assert isinstance(taken.data, pd.DataFrame)
    assert taken.data.columns.tolist() == beats.feature_names
    assert taken.target.tolist() == taken.frame["target"].tolist() == ["V"]
    assert len(taken) == len(taken.frame) == 1


@pytest.mark.parametrize(
    ("index", "error", "words"),
    [
        ([True, False], ValueError, "mask of 2 rows, but there are 5"),
        ([0.5], TypeError, "row numbers or booleans"),
        ([[0]], ValueError, "one dimension"),
        (3, ValueError, r"one dimension.*beats\[\[number\]\]"),
        ([5], IndexError, "5"),
    ],
)
def test_take_beats_refuses_other_indices(beats, index, error, words):
    with pytest.raises(error, match=words):
        take_beats(beats, index)


def test_beats_in_place_of_rows_are_an_error_that_names_the_rows(beats):
    tree = DecisionTreeClassifier(random_state=0).fit(beats.data, beats.target)
    for use in (np.asarray, tree.predict, lambda x: tree.fit(x, beats.target)):
        with pytest.raises(TypeError, match=r"pass their rows, beats\.data"):
            use(beats)
