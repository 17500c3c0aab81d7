"""read_record reads the same as wfdb, and refuses files that contradict their header."""

import dataclasses
import warnings

import numpy as np
import pytest
import wfdb

from skecg import ECGRecord, RecordError, find_records, read_header, read_record, tables
from skecg.records import Annotations

from .conftest import annotate, edit


def test_read_record_reads_signal_and_beats(wfdb_record, digital):
    record = read_record(wfdb_record())
    np.testing.assert_array_equal(record.signal, ((digital - 10) / 200).astype(np.float32))
    assert record.signal.dtype == np.float32
    assert (record.fs, record.lead_names, record.name) == (250.0, ("MLII", "V1"), "r1")
    assert record.sample.tolist() == [100, 300, 700]
    assert record.symbol.tolist() == ["N", "V", "N"]
    assert record.other == Annotations(
        [250, 500], ["+", "~"], subtype=[0, 49], aux_note=["(AFIB", ""]
    )


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212"])
def test_read_record_equals_wfdb_in_every_format(wfdb_record, digital, fmt):
    path = wfdb_record(fmt=fmt, signal=digital // 8, gain=306.1)
    expected = wfdb.rdrecord(str(path)).p_signal.astype(np.float32)
    np.testing.assert_array_equal(read_record(path).signal, expected)


@pytest.mark.parametrize("ending", [".hea", ".dat", ".atr"])
def test_read_record_takes_the_path_of_any_file(wfdb_record, ending):
    path = wfdb_record()
    assert read_record(f"{path}{ending}") == read_record(path)


def test_read_record_annotator(wfdb_record):
    path = wfdb_record()
    annotate(path, sample=[5], symbol="F", annotator="qrs", aux_note=[""], subtype=[0])
    assert read_record(path, annotator="qrs").symbol.tolist() == ["F"]
    assert read_record(f"{path}.qrs", annotator="qrs").symbol.tolist() == ["F"]
    unlabelled = read_record(path, annotator=None)
    assert len(unlabelled.sample) == len(unlabelled.other) == 0


def test_read_record_subject(wfdb_record, tmp_path, monkeypatch):
    assert read_record(wfdb_record("e0126")).subject == "edb:e0123"
    path = wfdb_record("x", folder=tmp_path / "ward2")
    assert read_record(path).subject == "ward2:x"
    monkeypatch.chdir(path.parent)
    assert read_record("x").subject == "ward2:x"
    assert read_record(path, subject="ana").subject == "ana"


@pytest.mark.parametrize(
    ("comment", "subject"),
    [('skecg subject: "ana"', "ana"), ("skecg subject: ana", "e0118"), ("ana", "e0118")],
)
def test_read_record_takes_the_subject_of_the_header_unless_it_is_damaged(
    wfdb_record, comment, subject
):
    path = wfdb_record("e0119")
    with path.with_suffix(".hea").open("a") as header:
        header.write(f"# {comment}\n")
    assert read_record(path).subject.removeprefix("edb:") == subject


@pytest.mark.parametrize(("unit", "factor"), [("uV", 1e-3), ("V", 1e3)])
def test_read_record_converts_to_millivolts(wfdb_record, digital, unit, factor):
    record = read_record(wfdb_record(units=["mV", unit]))
    np.testing.assert_allclose(record.signal[:, 0], (digital[:, 0] - 10) / 200, rtol=1e-6)
    np.testing.assert_allclose(record.signal[:, 1], (digital[:, 1] - 10) / 200 * factor, rtol=1e-6)


def test_read_record_excludes_leads_of_other_units(wfdb_record):
    path = wfdb_record(units=["mV", "mmHg"])
    with pytest.warns(UserWarning, match=r"'r1': leads excluded: 'V1' \(its unit is 'mmHg'"):
        record = read_record(path)
    assert record.lead_names == ("MLII",)
    assert read_record(path, leads=["MLII"]) == record
    with pytest.raises(RecordError, match=r"lead 'V1' cannot be read: its unit is 'mmHg'"):
        read_record(path, leads=["V1"])
    edit(path, "/mV", "/bar")
    with pytest.raises(RecordError, match=r"'r1': at least one lead must have samples in mV"):
        read_record(path)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_read_record_reads_microvolts_in_any_encoding(wfdb_record, encoding):
    path = wfdb_record(units=["mV", "uV"])
    expected = read_record(path).signal
    text = path.with_suffix(".hea").read_text().replace("/uV", "/µV")
    path.with_suffix(".hea").write_text(text, encoding=encoding)
    np.testing.assert_array_equal(read_record(path).signal, expected)


def test_read_record_gain_zero_is_200(wfdb_record, digital):
    path = wfdb_record()
    edit(path, "200.0(10)", "0(10)")
    np.testing.assert_array_equal(read_record(path).signal, np.float32((digital - 10) / 200))


def test_read_record_keeps_gaps_and_warns(wfdb_record, digital):
    digital[5:9, 1] = -2048
    path = wfdb_record()
    with pytest.warns(UserWarning) as caught:
        record = read_record(path)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert str(caught[0].message) == (
        "Record 'r1': 4 of 1000 samples of lead 'V1' are missing and read as NaN, the first of "
        "them sample 5."
    )
    assert np.flatnonzero(np.isnan(record.signal[:, 1])).tolist() == [5, 6, 7, 8]
    assert not np.isnan(record.signal[:, 0]).any()


def test_read_record_warns_of_flat_leads(wfdb_record, digital):
    digital[:, 0] = 110
    path = wfdb_record()
    with pytest.warns(UserWarning, match=r"'r1': lead 'MLII' is flat, 0.5 mV") as caught:
        read_record(path)
    assert len(caught) == 1


def test_read_record_warns_of_a_flat_lead_with_gaps(wfdb_record, digital):
    digital[:, 0] = 110
    digital[3, 0] = -2048
    path = wfdb_record()
    with pytest.warns(UserWarning) as caught:
        read_record(path)
    assert ["missing" in str(w.message) for w in caught] == [True, False]


def test_read_record_refuses_a_wrong_checksum(wfdb_record):
    path = wfdb_record()
    content = bytearray(path.with_suffix(".dat").read_bytes())
    content[900] ^= 1
    path.with_suffix(".dat").write_bytes(content)
    with pytest.raises(RecordError, match=r"'r1': the checksum of lead 'MLII' must be.*Got.*"):
        read_record(path)


def test_read_record_accepts_signed_and_unsigned_checksums(wfdb_record):
    path = wfdb_record()
    for checksum in wfdb.rdheader(str(path)).checksum:
        edit(path, f" {checksum} 0 ", f" {checksum - 2**16} 0 ")
    read_record(path)


def test_read_record_accepts_a_header_without_checksums(wfdb_record, digital):
    path = wfdb_record()
    path.with_suffix(".hea").write_text("r1 2 250 1000\nr1.dat 212 200(10)\nr1.dat 212 200(10)\n")
    record = read_record(path)
    np.testing.assert_array_equal(record.signal, np.float32((digital - 10) / 200))
    assert record.lead_names == ("lead0", "lead1")


def test_read_record_measures_the_length_where_the_header_has_none(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".hea").write_text("r1 2 250\nr1.dat 212 200\nr1.dat 212 200\n")
    assert read_record(path).n_samples == 1000
    path.with_suffix(".dat").write_bytes(b"")
    with pytest.raises(RecordError, match=r"must hold at least 1 samples.*Got 0 samples"):
        read_record(path)


def test_read_record_refuses_a_truncated_signal(wfdb_record):
    path = wfdb_record()
    content = path.with_suffix(".dat").read_bytes()
    path.with_suffix(".dat").write_bytes(content[:-3])
    words = r"'r1': .*must hold at least 1000 samples of 2 leads, 3000 bytes. Got 999 samples"
    with pytest.raises(RecordError, match=words):
        read_record(path)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("hea", "'r1': there is no header '.*r1.hea'.*find_records"),
        ("dat", "'r1': there is no signal file '.*r1.dat', which its header names"),
        ("atr", r"'r1': there is no annotation file '.*r1.atr'.*none.*annotator=None"),
    ],
)
def test_read_record_names_the_missing_file(wfdb_record, ending, words):
    path = wfdb_record()
    path.with_suffix(f".{ending}").unlink()
    with pytest.raises(FileNotFoundError, match=words):
        read_record(path)


def test_read_record_lists_other_annotators(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".atr").rename(path.with_suffix(".ecg"))
    with pytest.raises(FileNotFoundError, match=r"of this recording: ecg\."):
        read_record(path)


def test_read_record_refuses_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"is a folder.*find_records"):
        read_record(tmp_path)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 9])
def test_read_record_refuses_truncated_annotations(wfdb_record, n):
    path = wfdb_record()
    path.with_suffix(".atr").write_bytes(path.with_suffix(".atr").read_bytes()[:n])
    with pytest.raises(RecordError, match=r"'r1': its annotation file .* must end with two zero"):
        read_record(path)


def test_read_record_verifies_no_checksum_where_the_length_is_open(wfdb_record):
    path = wfdb_record()
    expected = read_record(path)
    for length in ("", " 0"):
        text = path.with_suffix(".hea").read_text().splitlines()
        text[0] = f"r1 2 250{length}"
        text[1] = text[1].rsplit(maxsplit=3)[0] + " 12345 0 MLII"
        path.with_suffix(".hea").write_text("\n".join(text) + "\n")
        assert read_header(path).n_samples == 1000
        assert read_record(path) == expected
        assert read_record(path, start=1.0, stop=2.0).sample.tolist() == [50]


def test_read_record_refuses_a_header_without_leads(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".hea").write_text("r1 0 250 1000\n")
    with pytest.raises(RecordError, match=r"must hold a signal.*gives 0 leads"):
        read_record(path)


def test_read_record_refuses_a_header_with_too_few_lines(wfdb_record):
    path = wfdb_record()
    edit(path, "r1 2 250", "r1 3 250")
    with pytest.raises(RecordError, match=r"each of 3 leads in one line. Got 2 lines"):
        read_record(path)


def test_read_record_ignores_more_lines_than_leads(wfdb_record):
    path = wfdb_record()
    expected = read_record(path)
    with path.with_suffix(".hea").open("a") as header:
        header.write("old.dat 16 200(0)/mV 16 0 0 0 0 V5\n")
    assert read_record(path) == expected


@pytest.mark.parametrize("text", ["", "# nothing\n", "r1\n", "r1 2 250 1000\nr1.dat\n"])
def test_read_record_refuses_a_broken_header(wfdb_record, text):
    path = wfdb_record()
    path.with_suffix(".hea").write_text(text)
    with pytest.raises(RecordError, match="Record 'r1': "):
        read_record(path)


def test_read_record_refuses_records_without_beats(wfdb_record):
    path = wfdb_record()
    annotate(path, sample=[5, 8], symbol="+!", aux_note=["", ""], subtype=[0, 0])
    with pytest.raises(RecordError, match=r"'r1': none of its 2 annotations is a beat"):
        read_record(path)
    path.with_suffix(".atr").write_bytes(b"\0\0")
    with pytest.raises(RecordError, match=r"'r1': none of its 0 annotations is a beat"):
        read_record(path)


@pytest.mark.parametrize(
    ("symbol", "words", "excluded"),
    [
        ("N+V~N", "beat outside the signal: 1", {"beat outside the signal": 1}),
        ("N+VN~", "other annotation outside the signal: 1", {}),
    ],
)
def test_read_record_excludes_annotations_beyond_the_signal(wfdb_record, symbol, words, excluded):
    path = wfdb_record()
    annotate(path, sample=[100, 250, 300, 500, 1000], symbol=symbol)
    with pytest.warns(UserWarning, match=f"'r1': annotations excluded: {words}"):
        record = read_record(path)
    assert record.excluded == excluded
    assert max([*record.sample, *record.other.sample]) == 500


def test_read_record_refuses_annotations_of_a_longer_signal(wfdb_record):
    path = wfdb_record()
    annotate(path, sample=[100, 250, 300, 1000, 1200], symbol="+NNNN")
    with pytest.warns(UserWarning):
        assert len(read_record(path).sample) == 2
    annotate(path, sample=[100, 250, 1000, 1000, 1200], symbol="+NNNN")
    words = "3 of 4 beats lie outside the signal of 1000 samples, the first of them at sample 1000"
    with pytest.raises(RecordError, match=words):
        read_record(path)


def test_read_record_refuses_annotations_out_of_order(wfdb_record):
    path = wfdb_record()
    # N at 300, then a jump of -200 samples to another N
    skip = bytes([0, 59 << 2, 0xFF, 0xFF, 0x38, 0xFF])
    n300, n0 = bytes([300 & 0xFF, (300 >> 8) | 4]), bytes([0, 4])
    path.with_suffix(".atr").write_bytes(n300 + skip + n0 + b"\0\0")
    with pytest.raises(RecordError, match=r"'r1': positions of annotations must never decrease"):
        read_record(path)


@pytest.mark.parametrize("stretch", [(0.4, 1.6), (0, 2), (1.0, None), (0.0, 99.0)])
def test_read_record_reads_a_stretch(wfdb_record, stretch):
    path = wfdb_record()
    whole = read_record(path)
    start, stop = stretch
    part = read_record(path, start=start, stop=stop)
    first, last = round(start * 250), 1000 if stop is None else min(round(stop * 250), 1000)
    np.testing.assert_array_equal(part.signal, whole.signal[first:last])
    inside = (whole.sample >= first) & (whole.sample < last)
    assert part.sample.tolist() == (whole.sample[inside] - first).tolist()
    assert part.symbol.tolist() == whole.symbol[inside].tolist()


@pytest.mark.parametrize("stretch", [(-1, 2), (2, 1), (1, 1), ("0", 1), (5, 6), (0, 0.001)])
def test_read_record_refuses_impossible_stretches(wfdb_record, stretch):
    with pytest.raises(ValueError, match="'start' and 'stop' parameters of read_record must be"):
        read_record(wfdb_record(), start=stretch[0], stop=stretch[1])


def test_read_record_reads_leads_by_name(wfdb_record):
    path = wfdb_record()
    whole = read_record(path)
    part = read_record(path, leads=whole.lead_names[::-1])
    assert part.lead_names == whole.lead_names[::-1]
    np.testing.assert_array_equal(part.signal, whole.signal[:, ::-1])
    for wrong in ("II", [], [1]):
        with pytest.raises(TypeError, match="'leads' parameter of read_record must be names"):
            read_record(path, leads=wrong)


def test_read_record_undoes_skew(wfdb_record, digital):
    path = wfdb_record()
    text = path.with_suffix(".hea").read_text().splitlines()
    text[2] = text[2].replace(" 212 ", " 212:3 ")
    path.with_suffix(".hea").write_text("\n".join(text) + "\n")
    with pytest.warns(UserWarning, match="3 of 1000 samples of lead 'V1'"):
        record = read_record(path)
    expected = np.float32((digital - 10) / 200)
    np.testing.assert_array_equal(record.signal[:, 0], expected[:, 0])
    np.testing.assert_array_equal(record.signal[:-3, 1], expected[3:, 1])


@pytest.fixture
def multi_record(wfdb_record, digital):
    """A recording of two segments with a gap of 50 samples between them."""
    path = wfdb_record("m_1", signal=digital[:600])
    wfdb_record("m_2", signal=digital[600:])
    master = path.with_name("m")
    master.with_suffix(".hea").write_text("m/3 2 250 1050\nm_1 600\n~ 50\nm_2 400\n")
    annotate(master)
    return master


def test_read_record_joins_segments(multi_record, digital):
    assert [path.name for path in find_records(multi_record.parent)] == ["m"]
    with pytest.warns(UserWarning, match="50 of 1050 samples"):
        record = read_record(multi_record)
    expected = np.float32((digital - 10) / 200)
    np.testing.assert_array_equal(record.signal[:600], expected[:600])
    np.testing.assert_array_equal(record.signal[650:], expected[600:])
    assert np.isnan(record.signal[600:650]).all()


def test_read_record_joins_segments_of_a_layout(multi_record):
    lines = [f"~ 0 200(0)/mV 16 0 0 0 0 {lead}" for lead in ("V1", "aVF", "MLII")]
    layout = multi_record.with_name("m_layout.hea")
    layout.write_text("\n".join(["m_layout 3 250 0", *lines]) + "\n")
    multi_record.with_suffix(".hea").write_text(
        "m/4 3 250 1050\nm_layout 0\nm_1 600\n~ 50\nm_2 400\n"
    )
    assert [path.name for path in find_records(multi_record.parent)] == ["m"]
    with pytest.warns(UserWarning):
        record = read_record(multi_record)
        expected = wfdb.rdrecord(str(multi_record)).p_signal.astype(np.float32)
    assert record.lead_names == ("V1", "aVF", "MLII")
    np.testing.assert_array_equal(record.signal, expected)


def test_read_record_checks_every_segment(multi_record):
    edit(multi_record.with_name("m_2"), " 250 ", " 360 ")
    with pytest.raises(RecordError, match=r"'m': its segment 'm_2' must be.*250 Hz. Got 360"):
        read_record(multi_record)
    edit(multi_record.with_name("m_2"), " 360 400", " 250 399")
    edit(multi_record, "1050", "1051")
    with pytest.raises(RecordError, match=r"'m': its segments must add up to the 1051 samples"):
        read_record(multi_record)
    edit(multi_record, "1051", "1050")
    with pytest.raises(RecordError, match=r"'m': its segment 'm_2' must hold 400 samples"):
        read_record(multi_record)
    edit(multi_record.with_name("m_2"), " 250 399", " 250 400")
    content = bytearray(multi_record.with_name("m_2.dat").read_bytes())
    content[900] ^= 1
    multi_record.with_name("m_2.dat").write_bytes(content)
    with pytest.raises(RecordError, match=r"'m_2': the checksum of lead"):
        read_record(multi_record)
    multi_record.with_name("m_2.hea").unlink()
    with pytest.raises(FileNotFoundError, match="'m_2': there is no header"):
        read_record(multi_record)


def test_read_record_refuses_segments_of_other_leads_or_lengths(multi_record):
    edit(multi_record.with_name("m_2"), "V1", "V5")
    with pytest.raises(RecordError, match=r"'m': its segment 'm_2' must hold 400 samples of"):
        read_record(multi_record)
    edit(multi_record, "m/3 2 ", "m/3 3 ")
    edit(multi_record.with_name("m_2"), "V5", "V1")
    with pytest.raises(RecordError, match=r"'m': its segments must name the 3 leads"):
        read_record(multi_record)


@pytest.mark.records
def test_read_record_reads_all_real_recordings_without_warnings(records_folder):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counts = {}
        for database in ("edb", "mitdb", "svdb"):
            records = [read_record(path) for path in find_records(records_folder / database)]
            beats = sum(len(record.sample) for record in records)
            counts[database] = (len(records), beats, len({record.subject for record in records}))
    assert counts == {
        "edb": (22, 21369, 20),
        "mitdb": (22, 51021, 22),
        "svdb": (39, 91575, 39),
    }


@pytest.mark.records
@pytest.mark.parametrize(
    ("classes", "expected"),
    [("dechazal", [45866, 944, 3788, 415, 8]), ("ec57", [45834, 976, 3788, 415, 8])],
)
def test_read_record_counts_of_ds1_are_the_published_ones(records_folder, classes, expected):
    symbols = [read_record(records_folder / "mitdb" / name).symbol for name in tables.DS1]
    mapping = tables.class_map(classes)
    labels = [mapping[symbol] for symbol in np.concatenate(symbols)]
    assert [labels.count(label) for label in tables.AAMI_ORDER] == expected


@pytest.mark.records
def test_read_record_equals_wfdb_on_real_recordings(records_folder):
    for name in ("edb/sele0104", "mitdb/114", "svdb/804"):
        path = records_folder / name
        record = read_record(path)
        whole = wfdb.rdrecord(str(path))
        np.testing.assert_array_equal(record.signal, whole.p_signal.astype(np.float32))
        made = ECGRecord.from_wfdb(whole, wfdb.rdann(str(path), "atr"), subject=record.subject)
        assert made == record
        assert len(record.sample) + len(record.other) == len(wfdb.rdann(str(path), "atr").sample)


@pytest.mark.records
def test_read_record_of_noise_has_no_beats(records_folder):
    for path in find_records(records_folder / "nstdb", annotator=None):
        record = read_record(path, annotator=None)
        assert record.signal.shape == (650000, 2)
        assert record.signal[0, 0] == np.float32(wfdb.rdheader(str(path)).init_value[0] / 200)
        assert dataclasses.replace(record) == record
