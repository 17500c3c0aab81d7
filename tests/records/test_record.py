"""ECGRecord and Annotations: contents, comparison, refused values."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
import wfdb

from skecg import ECGRecord, RecordError
from skecg.records import Annotations


def make(n_samples=10, **changes):
    values = {
        "signal": np.arange(2.0 * n_samples).reshape(n_samples, 2),
        "fs": 250,
        "lead_names": ["II", "V5"],
        "sample": [2, 5],
        "symbol": ["N", "V"],
        "other": Annotations([5, 8], ["+", "~"], subtype=[0, 3], aux_note=["(N", ""]),
        "name": "e0119",
    }
    return ECGRecord(**values | changes)


def test_record_has_the_parts_it_was_made_of():
    record = make()
    assert (record.n_samples, record.n_leads, record.duration) == (10, 2, 0.04)
    assert record.signal.dtype == np.float32
    assert record.signal[3].tolist() == [6, 7]
    assert record.sample.dtype == np.int64
    assert record.symbol.tolist() == ["N", "V"]
    assert record.lead_names == ("II", "V5")
    assert type(record.fs) is float


def test_record_defaults():
    record = ECGRecord([0, 1, 2], 360)
    assert record.signal.shape == (3, 1)
    assert record.lead_names == ("lead0",)
    assert len(record.sample) == len(record.symbol) == len(record.other) == 0
    assert (record.name, record.subject) == ("record", "record")


def test_record_subject_is_looked_up_or_given():
    assert make().subject == "edb:e0118"
    assert make(subject="me").subject == "me"


@pytest.mark.parametrize(
    "change",
    [
        {"signal": np.zeros((10, 2))},
        {"fs": 251},
        {"lead_names": ["II", "V4"]},
        {"sample": [2, 6]},
        {"symbol": ["N", "N"]},
        {"other": None},
        {"other": Annotations([5, 8], ["+", "~"], subtype=[0, 2], aux_note=["(N", ""])},
        {"name": "e0118"},
        {"subject": "me"},
    ],
)
def test_record_equality_is_by_value(change):
    assert make() == make()
    assert hash(make()) == hash(make())
    assert make() != make(**change)
    assert make() != "record"


def test_record_equality_with_gaps():
    signal = np.array([[0.0], [np.nan], [1.0]])
    assert ECGRecord(signal, 250) == ECGRecord(signal.copy(), 250)


def test_record_is_frozen_and_does_not_follow_the_arrays_given():
    signal, sample = np.zeros((10, 2), dtype=np.float32), np.array([2, 5])
    record = make(signal=signal, sample=sample)
    signal[:] = 9
    sample[:] = 0
    assert record.signal.max() == 0
    assert record.sample.tolist() == [2, 5]
    for array in (record.signal, record.sample, record.symbol, record.other.subtype):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.fs = 1


def test_record_keeps_a_read_only_signal_uncopied():
    signal = np.zeros((10, 2), dtype=np.float32)
    signal.flags.writeable = False
    assert make(signal=signal).signal is signal
    view = np.zeros((10, 2), dtype=np.float32)[:]
    view.flags.writeable = False  # but its base can be written to
    assert not np.shares_memory(make(signal=view).signal, view)


@pytest.mark.parametrize("copied", [lambda r: pickle.loads(pickle.dumps(r)), copy.deepcopy])
def test_record_copies_are_equal_and_read_only(copied):
    record = make()
    other = copied(record)
    assert other == record
    assert not other.signal.flags.writeable
    assert not other.other.sample.flags.writeable


def test_record_replace_changes_one_thing():
    record = make()
    longer = dataclasses.replace(record, name="x", fs=500)
    assert (longer.name, longer.fs, longer.subject) == ("x", 500.0, "edb:e0118")
    assert longer.signal is record.signal
    with pytest.raises(RecordError, match="outside the signal of 4 samples"):
        dataclasses.replace(record, signal=record.signal[:4])


def test_record_repr_is_short():
    assert repr(make(n_samples=1000)) == (
        "ECGRecord('e0119': 2 leads (II, V5), 1000 samples at 250 Hz (4.0 s), 2 beats, "
        "subject 'edb:e0118')"
    )
    assert repr(make().other) == "Annotations(1 '+', 1 '~')"


@pytest.mark.parametrize("fs", [0, -250, np.nan, np.inf, None, "fast"])
def test_record_refuses_rate(fs):
    with pytest.raises(RecordError, match=r"Record 'e0119': 'fs' must be a positive number.*Got"):
        make(fs=fs)


@pytest.mark.parametrize(
    ("signal", "words"),
    [
        (np.zeros((0, 2)), r"at least one sample. Got \(0, 2\)"),
        ([], "at least one sample"),
        (np.zeros((2, 3, 4)), r"shape \(n_samples, n_leads\).*Got \(2, 3, 4\)"),
        (np.zeros((2, 650)), r"other way round: pass signal.T"),
        (np.full((10, 2), np.inf), "20 samples are not finite as float32, the first.*sample 0"),
        (np.full((10, 2), 1e39), "20 samples are not finite as float32"),
        (np.full((10, 2), "1"), "real numbers in mV. Got dtype"),
        (np.zeros((10, 2), dtype=complex), "real numbers in mV. Got dtype complex128"),
        ([[1.0], [1.0, 2.0]], "leads must be of one length"),
    ],
)
def test_record_refuses_signal(signal, words):
    with pytest.raises(RecordError, match=f"Record 'e0119': .*{words}"):
        make(signal=signal)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sample": [2]}, "of one length. Got 1 and 2"),
        ({"sample": [5, 2]}, "positions of beats must increase. Sample 2 comes after sample 5"),
        ({"sample": [2, 2]}, "positions of beats must increase. Sample 2 comes after sample 2"),
        ({"sample": [2, 10]}, "1 of 2 beats lie outside the signal of 10 samples.*sample 10"),
        ({"sample": [-1, 5]}, "'sample' must count samples from 0. Got -1"),
        ({"sample": [2.0, 5.0]}, "'sample' must be whole numbers.*float64"),
        ({"sample": [[2], [5]]}, r"'sample' must be whole numbers.*shape \(2, 1\)"),
        ({"symbol": ["N", "+"]}, r"\['\+'\] are not beat symbols"),
        ({"symbol": ["N", "!"]}, r"\['!'\] are not beat symbols"),
        ({"symbol": [1, 2]}, "'symbol' must be strings"),
        ({"symbol": "NV"}, "'symbol' must be strings"),
        ({"lead_names": ["II"]}, r"each of the 2 leads. Got \['II'\]"),
        ({"other": Annotations([10], ["+"])}, "1 of 1 other annotations lie outside"),
        ({"name": ""}, "'name' parameter of ECGRecord must not be empty"),
        ({"subject": ""}, "'subject' parameter of ECGRecord must not be empty"),
    ],
)
def test_record_refuses(change, words):
    with pytest.raises(RecordError, match=words):
        make(**change)


@pytest.mark.parametrize(
    "change", [{"lead_names": "II"}, {"lead_names": [1, 2]}, {"other": ["+"]}, {"name": 100}]
)
def test_record_refuses_types(change):
    with pytest.raises(TypeError, match="must be"):
        make(**change)


def test_annotations_defaults_and_length():
    other = Annotations([3, 3], ["+", "|"])
    assert len(other) == 2
    assert other.num.tolist() == other.chan.tolist() == other.subtype.tolist() == [0, 0]
    assert other.aux_note.tolist() == ["", ""]
    assert other == Annotations([3, 3], ["+", "|"], num=[0, 0])
    assert len(Annotations()) == 0


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (([3, 2], ["+", "+"]), "positions of annotations must never decrease. Sample 2"),
        (([3], ["+", "+"]), "one length. Got {'sample': 1, 'symbol': 2"),
        (([3], ["N"]), r"\['N'\] are beat symbols. Pass beats as 'sample'"),
        (([-3], ["+"]), "count samples from 0"),
        (([3], ["+"], [0.5]), "'subtype' must be whole numbers"),
    ],
)
def test_annotations_refuse(args, words):
    with pytest.raises(RecordError, match=words):
        Annotations(*args)


def wfdb_parts(**changes):
    signal = np.array([[0.1, 200.0], [np.nan, 300.0], [0.3, -100.0]])
    values = {"record_name": "e0119", "fs": 250, "n_sig": 2, "sig_name": ["II", "V5"]}
    values |= {"units": ["mV", "uV"], "p_signal": signal} | changes
    annotation = wfdb.Annotation(
        "e0119", "atr", np.array([0, 1, 2]), symbol=["N", "+", "V"], aux_note=["", "(N\0\0", ""]
    )
    return wfdb.Record(**values), annotation


def test_from_wfdb_takes_physical_signals_and_warns_of_gaps():
    with pytest.warns(UserWarning, match="1 of 3 samples of lead 'II' are missing") as caught:
        record = ECGRecord.from_wfdb(*wfdb_parts())
    assert caught[0].filename == __file__
    np.testing.assert_array_equal(record.signal[:, 0], np.float32([0.1, np.nan, 0.3]))
    np.testing.assert_array_equal(record.signal[:, 1], np.float32([0.2, 0.3, -0.1]))
    assert record.sample.tolist() == [0, 2]
    assert record.other == Annotations([1], ["+"], aux_note=["(N"])
    assert (record.name, record.subject) == ("e0119", "edb:e0118")


def test_from_wfdb_takes_digital_signals():
    digital = {"d_signal": np.array([[0, 100], [-2048, 200], [200, 300]]), "fmt": ["212", "212"]}
    digital |= {"adc_gain": [200.0, 1.0], "baseline": [0, 100], "p_signal": None}
    with pytest.warns(UserWarning, match="lead 'II' are missing"):
        record = ECGRecord.from_wfdb(*wfdb_parts(**digital))
    np.testing.assert_array_equal(record.signal, np.float32([[0, 0], [np.nan, 0.1], [1, 0.2]]))


def test_from_wfdb_without_annotation_and_with_subject():
    with pytest.warns(UserWarning):
        record = ECGRecord.from_wfdb(wfdb_parts()[0], subject="me")
    assert len(record.sample) == len(record.other) == 0
    assert record.subject == "me"


def test_from_wfdb_refuses():
    record, annotation = wfdb_parts()
    with pytest.raises(TypeError, match=r"needs a wfdb.Record.*Got str"):
        ECGRecord.from_wfdb("100")
    with pytest.raises(TypeError, match=r"needs a wfdb.Annotation.*Got str"):
        ECGRecord.from_wfdb(record, "100")
    with pytest.raises(RecordError, match=r"lead 'V5' is in 'mmHg'.*channel_names"):
        ECGRecord.from_wfdb(wfdb_parts(units=["mV", "mmHg"])[0])
    with pytest.raises(RecordError, match=r"neither 'p_signal' nor 'd_signal'.*read_record"):
        ECGRecord.from_wfdb(wfdb_parts(p_signal=None)[0])
    annotation.fs, annotation.symbol = None, ["N", np.nan, "V"]
    with pytest.raises(RecordError, match="code that the annotation file does not define"):
        ECGRecord.from_wfdb(record, annotation)
    annotation.symbol = ["+", "+", "+"]
    with pytest.raises(RecordError, match="none of its 3 annotations is a beat"):
        ECGRecord.from_wfdb(record, annotation)
