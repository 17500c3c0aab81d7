"""EDF, EDF+ and BDF: samples, rates, times, units, annotations; files of two other writers."""

import dataclasses
import datetime
import warnings

import edfio
import numpy as np
import pytest

from skecg import (
    RecordError,
    find_records,
    load_beats,
    read_header,
    read_record,
    write_annotations,
)

from .edf_files import edf, lead, notes, stamp

RAMP = np.arange(-100, 100)


def read(path, **settings):
    """Read the signal; warnings are errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_record(path, **{"annotator": None} | settings)


def millivolts(values):
    """Values of the default lead: a step is 1 uV."""
    return (np.asarray(values) * 1e-3).astype(np.float32)


def test_samples_are_those_of_the_file(tmp_path):
    record = read(edf(tmp_path / "a", lead(data=RAMP)))
    assert (record.fs, record.lead_names) == (100, ("ECG",))
    np.testing.assert_allclose(record.signal[:, 0], millivolts(RAMP), atol=1e-9)


def test_bdf_has_samples_of_24_bits(tmp_path):
    data = RAMP * 40_000  # beyond 16 bits
    limits = {"digital_min": -8388608, "digital_max": 8388607, "limits": (-8388608, 8388607)}
    path = edf(tmp_path / "a", lead(data=data, unit="nV", **limits), width=3)
    np.testing.assert_allclose(read(path).signal[:, 0], data * 1e-6, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("mV", 1), ("MV", 1), ("uV", 1e-3), ("UV", 1e-3), ("µV", 1e-3), ("nV", 1e-6), ("V", 1e3),
        ("Volts", 1e3), ("microvolt"[:8], None), (" uV", 1e-3),
    ],
)  # fmt: skip
def test_units_in_any_spelling(tmp_path, unit, factor):
    path = edf(tmp_path / "a", lead(data=RAMP // 50, unit=unit))
    if factor is None:
        with pytest.raises(RecordError, match="unit 'microvol'"):
            read(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the amplitude
        signal = read_record(path, annotator=None).signal[:, 0]
    np.testing.assert_allclose(signal, RAMP // 50 * factor, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("per_record", "seconds", "fs"),
    [
        (175, "0.7", 250), (256, "0.711111", 360), (100, "3", 100 / 3), (1, "0.004", 250),
        (77, "0.3", 770 / 3), (120, "0.33333", 360),
    ],
)  # fmt: skip
def test_rates_of_data_records_of_any_length(tmp_path, per_record, seconds, fs):
    path = edf(
        tmp_path / "a",
        lead(data=np.arange(2 * per_record), per_record=per_record),
        seconds=seconds,
    )
    assert read_header(path).fs == fs


def test_leads_of_the_highest_rate_are_read_at_their_own(tmp_path):
    path = edf(
        tmp_path / "a",
        lead("Resp", "mV", np.arange(20), 10),
        lead("ECG I", data=RAMP),
        lead("ECG V1", data=np.arange(50), per_record=25),
        lead("Pulse", "mmHg", np.arange(400), 200),
    )
    with pytest.warns(UserWarning, match="leads excluded") as caught:
        record = read_record(path, annotator=None)
    assert (record.lead_names, record.fs, record.n_samples) == (("ECG I",), 100, 200)
    header = read_header(path)
    assert (header.lead_names, header.excluded_leads) == (("ECG I",), ("Resp", "ECG V1", "Pulse"))
    for text in ("'Resp' (its label", "'ECG V1' (25 Hz, below 100 Hz)", "'Pulse' (unit 'mmHg')"):
        assert text in str(caught[0].message)


def test_beats_of_a_lead_of_a_lower_rate(tmp_path):
    wave = np.sin(np.arange(1000) / 5) * 500
    path = edf(
        tmp_path / "a",
        lead("ECG I", data=np.arange(2000), per_record=200),
        lead("ECG V1", data=np.round(wave), per_record=100),
        n_records=10,
    )
    (tmp_path / "a.atr.csv").write_text("time,symbol\n3,N\n5,V\n")
    beats = load_beats([path], leads=["ECG V1"], window=(0.5, 0.5), fs=100, align=False)
    assert beats.meta["leads"].tolist() == ["ECG V1"] * 2
    assert beats.meta["sample"].tolist() == [300, 500]


def test_leads_named_are_read_at_their_own_rate(tmp_path):
    path = edf(
        tmp_path / "a",
        lead("EEG C3", data=RAMP),
        lead("X1", data=range(0, 400, 20), per_record=10),
    )
    record = read(path, leads=["X1"])
    assert (record.fs, record.n_samples) == (10, 20)
    np.testing.assert_allclose(record.signal[:, 0], millivolts(range(0, 400, 20)), atol=1e-9)
    with pytest.raises(RecordError, match="must have one sampling frequency"):
        read(path, leads=["X1", "EEG C3"])
    with pytest.raises(RecordError, match="Got 'II', which is none of them"):
        read(path, leads=["II"])


def test_an_ecg_of_a_lower_rate_than_the_eeg_is_read(tmp_path):
    path = edf(
        tmp_path / "a",
        lead("C3-A2", data=RAMP),
        lead("ECG", data=range(0, 400, 20), per_record=10),
    )
    with pytest.warns(UserWarning, match="'C3-A2'"):
        record = read_record(path, annotator=None)
    assert (record.lead_names, record.fs) == (("ECG",), 10)
    (tmp_path / "a.atr.csv").write_text("sample,symbol\n5,N\n")
    record = read_record(path, leads=["C3-A2"])  # samples count at the rate of the ECG
    assert (record.fs, record.sample.tolist()) == (100, [50])


def test_lead_named_in_another_unit_or_twice_is_refused(tmp_path):
    path = edf(tmp_path / "a", lead("P", "mmHg", RAMP), lead(data=RAMP), lead(data=RAMP))
    with pytest.raises(RecordError, match=r"lead 'P' must be in mV, uV or V. Got 'mmHg'"):
        read(path, leads=["P"])
    with pytest.raises(RecordError, match="'ECG', which is several"):
        read(path, leads=["ECG"])


def test_an_eeg_is_no_ecg(tmp_path):
    path = edf(tmp_path / "a", lead("EEG C3-A2", data=RAMP), lead("EOG", data=RAMP))
    with pytest.raises(RecordError, match=r"must have an ECG .* Name the leads"):
        read(path)


def test_a_stretch_is_read_from_its_data_records(tmp_path):
    data = np.arange(1000)
    path = edf(tmp_path / "a", lead(data=data), n_records=10)
    record = read(path, start=2.5, stop=7.31)
    np.testing.assert_allclose(record.signal[:, 0], millivolts(data[250:731]), rtol=1e-6)


def test_gaps_of_discontinuous_files_are_nan_at_their_times(tmp_path):
    times = notes(stamp(0.5), stamp(1.5), stamp(4.25))
    path = edf(
        tmp_path / "a", times, lead(data=np.arange(300)), n_records=3, reserved="EDF+D",
        time="23.59.58", recording="Startdate 02-MAR-2020 X X X",
    )  # fmt: skip
    with pytest.warns(UserWarning, match="175 of 475 samples"):
        record = read_record(path, annotator=None)
    values = record.signal[:, 0]
    np.testing.assert_allclose(values[:200], millivolts(range(200)), atol=1e-9)
    assert np.isnan(values[200:375]).all()
    np.testing.assert_allclose(values[375:], millivolts(range(200, 300)), rtol=1e-6)
    assert record.start_date == datetime.date(2020, 3, 2)
    assert record.start_time == datetime.time(23, 59, 58, 500_000)
    with pytest.warns(UserWarning, match="first of them sample 50"):
        part = read_record(path, annotator=None, start=1.5, stop=4)
    np.testing.assert_array_equal(part.signal[:, 0], values[150:400])


def test_times_of_data_records_in_a_row_are_not_rounded_one_by_one(tmp_path):
    # 1/3 s is written with rounding errors, which are no gaps
    onsets = [round(i / 3, 3) for i in range(6)]
    path = edf(
        tmp_path / "a", notes(*map(stamp, onsets)), lead(data=np.arange(198), per_record=33),
        n_records=6, seconds="0.333333", reserved="EDF+D",
    )  # fmt: skip
    np.testing.assert_allclose(read(path).signal[:, 0], millivolts(range(198)), atol=1e-9)


def test_records_that_are_later_and_later_stay_at_their_times(tmp_path):
    # each record is late by 0.4 samples, so that the third after a run begins at its own time
    times = notes(*(stamp(round(i * 1.004, 3)) for i in range(10)))
    path = edf(tmp_path / "a", times, lead(data=np.arange(1000)), n_records=10, reserved="EDF+D")
    with pytest.warns(UserWarning, match="4 of 1004 samples"):
        record = read_record(path, annotator=None)
    assert np.flatnonzero(np.isnan(record.signal[:, 0])).tolist() == [300, 601, 902, 903]


def test_overlapping_data_records_are_refused(tmp_path):
    path = edf(tmp_path / "a", notes(stamp(0), stamp(0.5)), lead(data=RAMP), reserved="EDF+D")
    with pytest.raises(RecordError, match=r"must not overlap. Record 1 begins at 0.5 s"):
        read(path)


def test_gaps_of_a_file_that_calls_itself_continuous_are_told(tmp_path):
    path = edf(tmp_path / "a", notes(stamp(0), stamp(3)), lead(data=RAMP), reserved="EDF+C")
    with pytest.warns(UserWarning, match="calls itself continuous"):
        assert read_record(path, annotator=None).n_samples == 400


def test_annotations_are_kept_and_beats_are_beats(tmp_path):
    texts = [(0.6, "N"), (1.4, "V"), (1.9, 0.5, "palpitations"), (2.2, "N")]
    path = edf(
        tmp_path / "a", lead(data=np.arange(300)),
        notes(stamp(0.5, *texts), stamp(1.5), stamp(2.5)), n_records=3, reserved="EDF+C",
    )  # fmt: skip
    record = read_record(path)
    # the first sample is 0.5 s after the start of the header, from which onsets count
    assert (record.sample.tolist(), record.symbol.tolist()) == ([10, 90, 170], ["N", "V", "N"])
    assert record.other.sample.tolist() == [140]
    assert (record.other.symbol[0], record.other.aux_note[0]) == ('"', "palpitations (0.5 s)")
    assert [one.name for one in find_records(tmp_path)] == ["a"]


def test_names_of_beats_are_beats_whatever_their_distance(tmp_path):
    times = notes(stamp(0, (0.2, "PVC"), (0.3, "ventricular"), (1.0, "Normal beat")), stamp(1))
    record = read_record(edf(tmp_path / "a", lead(data=RAMP), times, reserved="EDF+C"))
    assert (record.sample.tolist(), record.symbol.tolist()) == ([20, 100], ["V", "N"])
    assert record.other.aux_note.tolist() == ["ventricular"]


def test_letters_of_sleep_stages_are_comments(tmp_path):
    texts = [(0, 30, "N"), (30, 30, "R"), (60, 30, "R")]
    times = notes(stamp(0, *texts), *(stamp(i) for i in range(1, 90)), size=80)
    path = edf(
        tmp_path / "a", lead(data=np.arange(900), per_record=10), times, n_records=90,
        reserved="EDF+C",
    )  # fmt: skip
    record = read(path)
    assert record.other.sample.tolist() == [0, 300, 600]
    assert record.other.aux_note.tolist() == ["N (30 s)", "R (30 s)", "R (30 s)"]
    with pytest.raises(FileNotFoundError, match="no annotation file"):
        read_record(path)


def test_comments_of_the_file_are_kept_next_to_beats_of_another(tmp_path):
    times = notes(stamp(0, (0.5, "start of exercise")), stamp(1))
    path = edf(tmp_path / "a", lead(data=RAMP), times, reserved="EDF+C")
    (tmp_path / "a.atr.csv").write_text("sample,symbol\n30,N\n110,V\n")
    record = read_record(path)
    assert record.sample.tolist() == [30, 110]
    assert record.other.aux_note.tolist() == ["start of exercise"]
    part = read_record(path, start=0.4)
    assert (part.sample.tolist(), part.other.sample.tolist()) == ([70], [10])


def test_annotations_that_are_written_next_to_the_file_do_not_repeat_its_comments(tmp_path):
    times = notes(stamp(0, (0.5, "start of exercise")), stamp(1))
    path = edf(tmp_path / "a", lead(data=RAMP), times, reserved="EDF+C")
    record = dataclasses.replace(read(path), sample=[30], symbol=["N"])
    write_annotations(record, tmp_path)
    assert read_record(path) == record


def test_annotations_that_cannot_be_read_are_refused(tmp_path):
    path = edf(tmp_path / "a", lead(data=RAMP), notes(stamp(0) + b"?!", stamp(1)))
    with pytest.raises(RecordError, match="data record 0 must be times and texts"):
        read_record(path)
    with pytest.warns(UserWarning, match="Its annotations are not read"):
        assert read_record(path, annotator=None).n_samples == 200


def test_facts_of_the_header(tmp_path):
    path = edf(
        tmp_path / "a", lead(data=RAMP), time="22.15.01", date="04.03.21", reserved="EDF+C",
        patient="P7 F 02-MAY-1951 Ana_B paced", recording="Startdate 04-MAR-2021 X X Holter_3",
    )  # fmt: skip
    record = read(path)
    assert record.start_date == datetime.date(2021, 3, 4)
    assert record.start_time == datetime.time(22, 15, 1)
    assert record.comments == (
        "patient code: P7", "sex: F", "birthdate: 02-MAY-1951", "name: Ana B", "patient: paced",
        "equipment: Holter 3",
    )  # fmt: skip
    assert record.subject == "patient:P7"


def test_anonymous_facts_are_none(tmp_path):
    record = read(edf(tmp_path / "a", lead(data=RAMP)))
    assert (record.start_date, record.start_time, record.comments) == (None, None, ())
    assert not record.subject.startswith("patient")


def test_facts_of_plain_edf(tmp_path):
    path = edf(
        tmp_path / "a", lead(data=RAMP), time="08.30.00", date="02.08.51", patient="Ana, 1951",
        recording="Ward 7",
    )  # fmt: skip
    record = read(path)
    assert record.comments == ("patient: Ana, 1951", "recording: Ward 7")
    assert record.start_date == datetime.date(2051, 8, 2)
    assert record.start_time == datetime.time(8, 30)


def test_a_time_without_a_date_is_kept(tmp_path):
    record = read(edf(tmp_path / "a", lead(data=RAMP), time="23.59.59"))
    assert (record.start_date, record.start_time) == (None, datetime.time(23, 59, 59))


@pytest.mark.parametrize(
    ("date", "time"), [("99.99.99", "25.00.00"), ("1.1.2021", "8:30"), ("", "")]
)
def test_dates_and_times_that_are_none(tmp_path, date, time):
    record = read(edf(tmp_path / "a", lead(data=RAMP), date=date, time=time, recording="R"))
    assert (record.start_date, record.start_time) == (None, None)


def test_annotations_without_time_stamps(tmp_path):
    empty = [b"", b""]
    record = read(edf(tmp_path / "a", lead(data=RAMP), notes(*empty), reserved="EDF+C"))
    assert record.n_samples == 200
    path = edf(tmp_path / "b", lead(data=RAMP), notes(*empty), reserved="EDF+D")
    with pytest.raises(RecordError, match=r"must have a time. Record 0 has none"):
        read(path)


def test_times_of_years_are_refused(tmp_path):
    path = edf(tmp_path / "a", lead(data=RAMP), notes(stamp(0), stamp(10**9)), reserved="EDF+D")
    with pytest.raises(RecordError, match=r"must last less than a year"):
        read(path)


def test_texts_in_latin_1(tmp_path):
    text = b"+0\x14\x14\x00+0.5\x14\xfcbel\x14\x00"
    record = read(edf(tmp_path / "a", lead(data=RAMP), notes(text, stamp(1)), reserved="EDF+C"))
    assert record.other.aux_note.tolist() == ["übel"]


@pytest.mark.parametrize(
    ("size", "message"), [(300, "must have 512 bytes. Got 300"), (512, "at least one data record")]
)
def test_files_that_end_in_or_after_the_header(tmp_path, size, message):
    path = edf(tmp_path / "a", lead(data=RAMP))
    file = path.with_suffix(".edf")
    raw = file.read_bytes()
    file.write_bytes((raw[:236] + b"-1      " + raw[244:])[:size])
    with pytest.raises(RecordError, match=message):
        read(path)


@pytest.mark.parametrize("code", ["X", "0", "Unknown", "anonymous"])
def test_codes_of_nobody_are_no_subjects(tmp_path, code):
    path = edf(tmp_path / "a", lead(data=RAMP), patient=f"{code} X X X", reserved="EDF+C")
    assert not read(path).subject.startswith("patient")


def test_files_of_annotations_only_are_no_recordings(tmp_path):
    edf(tmp_path / "a", lead(data=RAMP))
    texts = notes(stamp(0, (0, 30, "Sleep stage W")), stamp(1))
    path = edf(tmp_path / "a-hypnogram", texts, seconds="0", reserved="EDF+C")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_records(tmp_path, annotator=None) == [tmp_path / "a"]
    with pytest.raises(RecordError, match=r"must have a signal. It has only annotations"):
        read(path)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"n": "x"}, "the number of signals must be a whole number from 1 on. Got 'x'"),
        ({"size": 300}, r"header of 1 signals must have 512 bytes. Got 300"),
        ({"n_records_": 3}, r"must have 3 data records of 200 bytes. Got 2, 400 bytes"),
        ({"seconds": "1,0"}, "length of a data record in seconds must be a number. Got '1,0'"),
        ({"seconds": "0"}, "must be positive"),
        ({"version": "1"}, "must begin with a header of 256 bytes"),
    ],
)
def test_damaged_headers_are_refused(tmp_path, fields, message):
    n_records = fields.pop("n_records_", None)
    path = edf(tmp_path / "a", lead(data=RAMP), **fields)
    file = path.with_suffix(".edf")
    if n_records:
        raw = file.read_bytes()
        file.write_bytes(raw[:236] + f"{n_records:<8}".encode() + raw[244:])
    with pytest.raises(RecordError, match=f"in the format EDF: .*{message}"):
        read(file)


@pytest.mark.parametrize("limits", [(1, 1), ("", 5), ("nan", 5)])
def test_limits_without_a_scale_are_refused(tmp_path, limits):
    path = edf(tmp_path / "a", lead(data=RAMP, limits=limits))
    with pytest.raises(RecordError, match="lead 'ECG' must have two physical limits that differ"):
        read(path)


def test_limits_the_other_way_round_invert_the_signal(tmp_path):
    path = edf(tmp_path / "a", lead(data=RAMP, limits=(32768, -32767)))
    np.testing.assert_allclose(read(path).signal[:, 0], millivolts(-RAMP), atol=1e-7)


def test_files_that_were_never_closed_are_read(tmp_path):
    path = edf(tmp_path / "a", lead(data=RAMP))
    raw = path.with_suffix(".edf").read_bytes()
    path.with_suffix(".edf").write_bytes(raw[:236] + b"-1      " + raw[244:])
    assert read(path).n_samples == 200
    path.with_suffix(".edf").write_bytes(raw + b"\0\0")
    with pytest.warns(UserWarning, match="2 bytes more than the 2 data records"):
        assert read_record(path, annotator=None).n_samples == 200


def test_files_in_capitals_are_found_and_read(tmp_path):
    edf(tmp_path / "a", lead(data=RAMP)).with_suffix(".edf").rename(tmp_path / "HOLTER.EDF")
    assert find_records(tmp_path, annotator=None) == [tmp_path / "HOLTER"]
    assert read(tmp_path / "HOLTER.EDF") == read(tmp_path / "HOLTER")


def test_long_files_are_decoded_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("skecg.records.formats._edf._BLOCK", 500)
    data = np.arange(1000)
    path = edf(tmp_path / "a", lead(data=data), n_records=10)
    np.testing.assert_allclose(read(path).signal[:, 0], millivolts(data), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["EDF", "BDF"])
def test_files_of_edfio_are_read_sample_for_sample(tmp_path, kind):
    data = np.random.default_rng(0).normal(0, 500, 3600)
    signal = getattr(edfio, f"{kind.title()}Signal")
    leads = [
        signal(data, 360, label="ECG II", physical_dimension="uV"),
        signal(data[:500], 50, label="Resp", physical_dimension="mmHg"),
    ]
    file = tmp_path / f"a.{kind.lower()}"
    getattr(edfio, kind.title())(
        leads, annotations=[edfio.EdfAnnotation(1.5, None, "stairs")], data_record_duration=1
    ).write(file)
    with pytest.warns(UserWarning, match="'Resp'"):
        record = read_record(file, annotator=None)
    np.testing.assert_array_equal(record.signal[:, 0], (leads[0].data / 1000).astype(np.float32))
    assert record.other.sample.tolist() == [540]


@pytest.mark.parametrize("kind", ["EDF", "BDF"])
def test_files_of_pyedflib_are_read_sample_for_sample(tmp_path, kind):
    pyedflib = pytest.importorskip("pyedflib")
    data = np.random.default_rng(0).normal(0, 0.5, (2, 2500))
    file = str(tmp_path / f"a.{kind.lower()}")
    limit = 32767 if kind == "EDF" else 8388607
    with pyedflib.EdfWriter(file, 2, getattr(pyedflib, f"FILETYPE_{kind}PLUS")) as writer:
        for i, label in enumerate(["I", "V5"]):
            facts = {"label": label, "dimension": "mV", "sample_frequency": 250, "prefilter": ""}
            facts |= {"physical_min": -5, "physical_max": 5, "transducer": ""}
            writer.setSignalHeader(i, facts | {"digital_min": -limit - 1, "digital_max": limit})
        writer.writeSamples(list(data))
        for onset in (1, 2, 2.6):
            writer.writeAnnotation(onset, -1, "N")
    record = read(file, annotator="atr")
    with pyedflib.EdfReader(file) as reader:
        expected = np.stack([reader.readSignal(i) for i in range(2)], axis=1)
    np.testing.assert_allclose(record.signal, expected, rtol=1e-6, atol=1e-7)
    assert record.sample.tolist() == [250, 500, 650]


def test_a_file_that_was_never_closed_tells_of_its_last_data_record(tmp_path):
    path = edf(tmp_path / "a", lead(data=RAMP))
    file = path.with_name("a.edf")
    raw = file.read_bytes()
    file.write_bytes(raw[:236] + b"-1      " + raw[244:-50])
    with pytest.warns(UserWarning, match="150 of 200 bytes are there"):
        record = read_record(path, annotator=None)
    np.testing.assert_allclose(record.signal[:, 0], millivolts(RAMP[:100]), atol=1e-9)
