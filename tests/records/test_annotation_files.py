"""WFDB annotation files, written here byte by byte as annot(5) defines them."""

import dataclasses
import time
import warnings

import numpy as np
import pytest
import wfdb
from wfdb.io.annotation import ann_labels

from skecg import (
    ECGRecord,
    RecordError,
    describe_records,
    load_beats,
    read_record,
    write_annotations,
    write_record,
)
from skecg.records import Annotations
from skecg.records.formats import FORMATS, read_annotations
from skecg.records.formats._wfdb._codes import SYMBOLS
from skecg.records.formats._wfdb._words import Columns, decode, encode

from .conftest import edit

N, V, NOTE, RHYTHM = 1, 5, 22, 28  # codes of WFDB
END = b"\0\0"


def word(code, number=0):
    """Return one 16-bit word: 6 bits of code, 10 bits of interval or number, low byte first."""
    return bytes([number & 0xFF, code << 2 | number >> 8])


def skip(interval):
    """Return an interval of 32 bits: the high half first, each with its low byte first."""
    a, b, c, d = (interval & 0xFFFFFFFF).to_bytes(4, "little")
    return word(59) + bytes([c, d, a, b])


def text(content):
    """Return a text, padded to whole words."""
    return word(63, len(content)) + content + b"\0" * (len(content) % 2)


def note(content, interval=0):
    """Return a comment."""
    return word(NOTE, interval) + text(content)


def table(*entries):
    """Return a table of definitions."""
    begin, end = b"## annotation type definitions", b"## end of definitions"
    return b"".join(note(content) for content in (begin, *entries, end))


BEATS = word(N, 100) + word(V, 150) + word(N, 50)  # at 100, 250 and 300


@pytest.fixture
def stream(tmp_path):
    """Read the annotations of a file with this content and an end mark, without a header."""

    def read(content, end=END):
        (tmp_path / "r1.atr").write_bytes(content + end)
        return read_annotations(tmp_path / "r1", "atr")

    return read


@pytest.fixture
def record(wfdb_record):
    """Read a recording of 1000 samples at 250 Hz whose annotation file has this content."""
    path = wfdb_record()

    def read(content):
        path.with_suffix(".atr").write_bytes(content + END)
        return read_record(path)

    return read


# -- words


def test_the_symbols_of_codes_are_those_of_wfdb():
    assert {
        label.label_store: label.symbol for label in ann_labels if label.label_store
    } == SYMBOLS


def test_a_word_holds_a_code_and_the_interval_since_the_annotation_before(stream):
    found = stream(bytes([77, 4]) + bytes([0xFF, 0x17]))  # 77: N; then 1023: V
    assert found.sample.tolist() == [77, 1100]
    assert found.symbol.tolist() == ["N", "V"]
    assert found.fs is found.subtype is found.aux_note is None


def test_a_skip_has_its_high_half_first(stream):
    # 0x00010203 = 66051
    found = stream(bytes([0, 236, 0x01, 0x00, 0x03, 0x02]) + word(N, 7))
    assert found.sample.tolist() == [66058]


def test_skips_may_be_negative_and_add_up(stream):
    found = stream(skip(-30) + word(RHYTHM) + skip(2**31 - 1) + skip(5) + word(N, 26))
    assert found.sample.tolist() == [-30, 2**31]


def test_words_of_an_interval_or_a_text_are_not_annotations(stream):
    # the payload looks like the end mark, a skip and an annotation
    found = stream(skip(0) + word(N, 9) + text(word(59) + b"\xfc\xff" + word(V)) + word(V, 1))
    assert found.sample.tolist() == [9, 10]
    assert found.symbol.tolist() == ["N", "V"]


def test_a_subtype_is_of_one_annotation_channel_and_num_are_of_the_following_too(stream):
    fields = word(61, 0xFF) + word(62, 200) + word(60, 0x80)
    found = stream(word(N, 1) + word(N, 1) + fields + word(N, 1) + word(N, 1) + word(62, 0))
    assert found.subtype.tolist() == [0, -1, 0, 0]
    assert found.chan.tolist() == [0, 200, 200, 0]
    assert found.num.tolist() == [0, -128, -128, -128]


def test_fields_behind_a_skip_belong_to_the_annotation_before_it(stream):
    found = stream(word(N, 1) + skip(2000) + word(61, 3) + text(b"a") + word(V, 1))
    assert found.sample.tolist() == [1, 2002]
    assert found.subtype.tolist() == [3, 0]
    assert found.aux_note.tolist() == ["a", ""]


def test_texts_are_latin_1_up_to_their_first_nul(stream):
    found = stream(word(RHYTHM) + text(b"(AFIB\0x") + note(b"f\xfc## \xfc\xfc", 3) + word(N, 1))
    assert found.aux_note.tolist() == ["(AFIB", "fü## üü", ""]
    assert stream(word(N, 1) + text(b"")).aux_note.tolist() == [""]
    assert stream(word(N, 1) + text(b"a") + text(b"last")).aux_note.tolist() == ["last"]


def test_null_annotations_only_move_the_time(stream):
    found = stream(word(0, 500) + word(N, 7))
    assert (found.sample.tolist(), found.symbol.tolist()) == ([507], ["N"])


def test_nothing_is_read_past_the_end_mark(stream):
    assert stream(BEATS, END + b"\0\0\0").sample.tolist() == [100, 250, 300]
    with pytest.warns(
        UserWarning, match=r"'r1': ignored 5 bytes behind the end mark of .*r1\.atr"
    ):
        found = stream(BEATS, END + word(V, 9) + word(63, 255) + b"x")
    assert found.sample.tolist() == [100, 250, 300]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        word(N, 5),
        word(N, 5) + b"\0",
        word(N, 5) + text(b"four")[:-2] + b"\0\0",  # the zeros are in the text
        word(N, 5) + skip(0)[:4],
        skip(0),
    ],
)
def test_a_file_without_end_mark_is_refused(stream, content):
    with pytest.raises(RecordError, match=r"'r1': its annotation file .* must end with two zero"):
        stream(content, end=b"")


@pytest.mark.parametrize("field", [word(60, 1), word(61, 1), word(62, 1), text(b"a")])
def test_a_field_without_an_annotation_is_refused(stream, field):
    with pytest.raises(RecordError, match=r"'r1': .* comes before the first annotation"):
        stream(skip(5) + field + BEATS)


@pytest.mark.parametrize("code", b"EFNOPQRUV")
def test_aha_format_is_refused(stream, code):
    one = bytes([0, code, 0, 0, 5, 0, 1, 0]) + bytes(8)
    with pytest.raises(RecordError, match=r"AHA format, .*rdann -r r1 -a atr \| wrann -r r1"):
        stream(one + bytes([0, ord("N")]) + bytes(14) + b"\xff" * 992)


def test_a_first_annotation_that_looks_like_aha_format_is_read(stream):
    content = word(19, 512) + text(b"(T0+") + BEATS * 10  # "T" at 512: a zero byte and "N"
    assert content[:2] == b"\0N"
    assert stream(content).sample[0] == 512
    assert stream(word(19, 512)).symbol.tolist() == ["T"]


def test_every_content_is_read_or_refused(stream):
    rng = np.random.default_rng(0)
    codes = np.array([0, 1, 5, 22, 28, 45, 50, 59, 60, 61, 62, 63])
    for _ in range(1000):
        words = rng.choice(codes, size=30) << 10 | rng.integers(0, 4, size=30)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = stream(words.astype("<u2").tobytes())
        except RecordError:
            continue
        assert len(found.sample) == len(found.symbol) <= 30


def test_encode_is_the_inverse_of_decode():
    rng = np.random.default_rng(0)
    n = 2000
    steps = rng.choice([0, 1, 300, 1023, 1024, 70_000, 2**31, 2**33, -5], size=n)
    notes = np.array(["", "a", "é" * 255, "## x", "b\tc\n"])[rng.integers(0, 5, size=n)]
    columns = Columns(
        np.cumsum(steps),
        rng.integers(0, 59, size=n),
        rng.integers(-128, 128, size=n),
        rng.integers(0, 256, size=n),
        rng.integers(-128, 128, size=n),
        notes,
    )
    content = encode(columns)
    found, end = decode(content)
    assert end == len(content) - 2
    for before, after in zip(columns, found, strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_long_file_is_read_in_a_moment(stream):
    n = 100_000
    content = word(N, 200) * n
    start = time.perf_counter()
    assert len(stream(content)) == n
    assert time.perf_counter() - start < 1  # some 0.01 s


# -- definitions


def test_the_code_decides_the_class_not_a_mnemonic(record):
    definitions = table(b"5 PVC Premature ventricular contraction", b"1 NOT not a beat", b"28 V x")
    found = record(definitions + word(RHYTHM, 3) + text(b"(N") + BEATS)
    assert found.symbol.tolist() == ["N", "V", "N"]
    assert found.other.symbol.tolist() == ["+"]


@pytest.mark.parametrize(
    "definitions",
    [
        table(b"42 z zed"),
        table(b"42 z"),
        table(b"42\tz\tzed"),
        table(b"42 y first", b"42 z then"),
        table(b"43 y why") + table(b"42 z zed"),
        note(b"## annotation type definitions") + note(b"42 z"),  # no end
        note(b"42 z"),  # as the library takes it: the file has annotations of code 42
        note(b"## anything") + table(b"42 z", b"not a definition"),
        note(b"## time resolution: 250") + table(b"42 z") + note(b"## time resolution: 250"),
    ],
)
def test_definitions_give_the_symbols_of_free_codes(record, definitions):
    found = record(definitions + skip(-1) + word(0, 1) + word(42, 9) + BEATS)
    assert found.other.symbol.tolist()[-1] == "z"
    assert found.other.sample.tolist()[-1] == 9
    assert len(found.sample) == 3


def test_time_resolution(stream, wfdb_record):
    beats = word(N, 3) + word(N, 5)
    assert stream(note(b"## time resolution: 1000") + beats).fs == 1000
    assert stream(note(b"## time resolution: 1000") + beats).symbol.tolist() == ["N", "N"]
    assert stream(table(b"42 z") + note(b"## time resolution: 31.25 Hz") + beats).fs == 31.25
    assert stream(note(b"## time resolution: 1e3") * 2 + beats).fs == 1000
    path = wfdb_record()
    assert read_annotations(path, "atr").fs == 250


@pytest.mark.parametrize("value", [b"checked", b"", b"nan", b"high"])
def test_a_text_in_place_of_a_time_resolution_is_a_note(stream, value):
    found = stream(note(b"## time resolution: " + value) + BEATS)
    assert found.fs is None
    assert found.aux_note[0] == "## time resolution: " + value.decode()


@pytest.mark.parametrize(
    "value", b"0;-5;1e999;1e-300;1,000;2,5e2;1e3x;0x10;250 500;250kHz;+-250;360/2".split(b";")
)
def test_a_time_resolution_is_understood_or_refused(stream, value):
    with pytest.raises(RecordError, match=r"Record '.*time resolution.*number of Hz"):
        stream(note(b"## time resolution: " + value) + BEATS)


@pytest.mark.parametrize("value", [b" 250", b"250Hz", b"2.5e2 Hz ", b"+250.", b"250\0x"])
def test_a_time_resolution_may_have_a_unit(stream, value):
    assert stream(note(b"## time resolution: " + value) + BEATS).fs == 250


def test_positions_are_brought_to_the_rate_of_the_signal(record):
    # 250 Hz: 3 / 2 = 1.5 -> 2; 1001 / 2 = 500.5 -> 501; 1400 / 2 = 700
    content = note(b"## time resolution: 500") + word(N, 3) + word(V, 998) + word(N, 399)
    assert record(content).sample.tolist() == [2, 501, 700]


def test_positions_far_beyond_the_signal_do_not_overflow(record):
    with pytest.raises(RecordError, match="2 of 2 beats lie outside the signal"):
        record(note(b"## time resolution: 1e-6") + skip(2**31 - 1) * 20 + word(N, 3) + word(N, 3))


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (note(b"## noisy from here", 1) + BEATS, ["## noisy from here"]),
        (note(b"## time resolution: 500", 1) + BEATS, ["## time resolution: 500"]),
        (note(b"## made by hand") + BEATS, ["## made by hand"]),
        (note(b"45 years old") + BEATS, ["45 years old"]),
        (word(RHYTHM) + text(b"## (AFIB") + BEATS, ["## (AFIB"]),
        # definitions end at the first annotation that is not a note at sample 0
        (word(RHYTHM) + note(b"## time resolution: 500") + BEATS, ["", "## time resolution: 500"]),
        (
            skip(-1) + word(0, 1) + note(b"## end of definitions") + BEATS,
            ["## end of definitions"],
        ),
        (word(NOTE) + word(61, 1) + text(b"## time resolution: 5") + BEATS, None),
    ],
)
def test_other_notes_with_two_hashes_are_notes(record, content, notes):
    found = record(content)
    assert found.sample.tolist()[-1] - found.sample.tolist()[0] == 200
    assert found.other.aux_note.tolist() == notes or ["## time resolution: 5"]


def test_undefined_codes_are_excluded_and_counted(record):
    content = word(45, 5) + word(15, 5) + word(45, 5) + word(57, 5) + BEATS
    words = "code 15: 1, annotation of undefined code 45: 2, annotation of undefined code 57: 1"
    with pytest.warns(UserWarning, match=f"'r1': annotations excluded: .*undefined {words}"):
        found = record(content)
    assert len(found.sample) == 3 and not len(found.other)
    reasons = [f"annotation of undefined code {code}" for code in (15, 45, 57)]
    assert found.excluded == dict(zip(reasons, (1, 2, 1), strict=True))
    skipped = load_beats(found, window=(0.1, 0.1)).skipped
    assert set(reasons) <= set(skipped["reason"])


def test_a_free_code_with_the_mnemonic_of_another_code_is_undefined(record):
    with pytest.warns(UserWarning, match="undefined code 42: 1"):
        found = record(table(b"42 N normal") + word(42, 5) + BEATS)
    assert len(found.sample) == 3


def test_a_recording_of_undefined_codes_has_no_beats(record):
    with pytest.raises(RecordError, match=r"none of its 2 .* Nothing defines the codes 42, 45"):
        record(word(42, 1) + word(45, 1))


# -- beats outside the signal, and at one sample


def test_annotations_before_the_signal_are_excluded(record):
    with pytest.warns(UserWarning, match="other annotation outside the signal: 1"):
        found = record(skip(-30) + word(RHYTHM) + text(b"(N") + skip(30) + BEATS)
    assert found.sample.tolist() == [100, 250, 300]
    assert not len(found.other) and found.excluded == {}


def test_a_beat_at_the_end_is_counted_and_its_recording_is_used(wfdb_record, tmp_path):
    path = wfdb_record()
    path.with_suffix(".atr").write_bytes(BEATS + word(N, 700) + END)  # at sample 1000 of 1000
    with pytest.warns(UserWarning, match="'r1': annotations excluded: beat outside the signal: 1"):
        beats = load_beats([path], window=(0.1, 0.1), leads=[0])
    assert len(beats) == 3
    row = beats.skipped.iloc[0]
    assert row.tolist() == ["r1", "beat outside the signal", 1]
    summary = describe_records(path)
    assert summary.problems == {} and summary.n_beats == 3
    assert "beat outside the signal: 1" in summary.records[0].warnings[0]


def test_excluded_beats_of_a_stretch_are_those_in_it(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".atr").write_bytes(BEATS + word(N) + word(N, 400) + word(N, 700) + END)
    counts = {
        (0.0, None): {"beat outside the signal": 1, "beat at the same sample as another": 1},
        (0.0, 1.0): {},
        (1.0, 2.0): {"beat at the same sample as another": 1},
        (2.0, None): {"beat outside the signal": 1},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for (start, stop), expected in counts.items():
            assert read_record(path, start=start, stop=stop).excluded == expected


def test_of_simultaneous_beats_in_several_channels_one_is_kept(record):
    with pytest.warns(UserWarning, match="beat at the same sample as another: 2"):
        found = record(word(N, 9) + word(V) + word(62, 1) + word(N) + word(62, 2) + BEATS)
    assert found.sample.tolist() == [9, 109, 259, 309]
    assert found.symbol.tolist() == ["N", "N", "V", "N"]


# -- objects of wfdb


def rdann(path, *labels):
    return wfdb.rdann(str(path), "atr", return_label_elements=["symbol", *labels])


def made(path, *labels):
    return ECGRecord.from_wfdb(wfdb.rdrecord(str(path)), rdann(path, *labels))


def test_from_wfdb_takes_the_class_from_the_code(wfdb_record):
    path = wfdb_record()
    content = table(b"5 PVC premature", b"42 z zed") + BEATS + word(42, 5) + END
    path.with_suffix(".atr").write_bytes(content)
    assert rdann(path).symbol == ["N", "PVC", "N", "z"]
    for labels in ([], ["label_store"]):
        found = made(path, *labels)
        assert found.symbol.tolist() == ["N", "V", "N"]
        assert found.other.symbol.tolist() == ["z"]
    assert found == read_record(path, subject=found.subject)


def test_from_wfdb_refuses_a_mnemonic_of_several_codes(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".atr").write_bytes(table(b"5 N premature") + BEATS + END)
    with pytest.raises(RecordError, match=r"shows several codes as 'N'.*label_store"):
        made(path)
    assert made(path, "label_store").symbol.tolist() == ["N", "V", "N"]


def test_from_wfdb_counts_undefined_codes(wfdb_record):
    path = wfdb_record()
    path.with_suffix(".atr").write_bytes(BEATS + word(45, 5) + END)
    with pytest.raises(RecordError, match="a code that the annotation file does not define"):
        made(path)
    with pytest.warns(UserWarning, match="undefined code 45"):
        read_record(path)
    assert made(path, "label_store").excluded == {"annotation of undefined code 45": 1}


# -- writing


def with_others(at, symbols, notes, **changes):
    other = Annotations(at, symbols, aux_note=notes)
    values = {"sample": [10, 3000], "symbol": ["N", "V"], "name": "w", "other": other} | changes
    return ECGRecord(np.arange(5000) / 200, 250, ["II"], **values)


@pytest.mark.parametrize(
    ("sample", "symbol", "notes"),
    [
        ([1000], ['"'], ["## noisy from here"]),
        ([1000], ["+"], ["## (AFIB"]),
        ([0], ["+"], ["## (AFIB"]),
        ([1], ['"'], ["## time resolution: 500"]),
        ([1000], ['"'], ["f\xfc## x"]),
        ([1000], ['"'], ["".join(map(chr, range(1, 256)))]),
        ([0, 0], ['"', "z"], ["42 pace", "## x y"][:1] + [""]),
        ([0], ['"'], ["45 years old"]),
        ([0, 4999], ["MRK", "|"], ["", "## end of definitions"]),
        ([5] * 8, list("bcghiklm"), ["x"] * 8),
        ([512], ["T"], [""]),
        ([0], ["*"], [""]),
    ],
)
def test_written_annotations_read_back_equal(tmp_path, sample, symbol, notes):
    record = with_others(sample, symbol, notes)
    path = write_record(record, tmp_path)
    assert read_record(path) == record
    # all but comments at sample 0, which wfdb ignores
    annotation = wfdb.rdann(str(path), "atr")
    expected = [
        (s, y, n) for s, y, n in zip(sample, symbol, notes, strict=True) if (s, y) != (0, '"')
    ]
    found = zip(
        annotation.sample.tolist(),
        annotation.symbol,
        [text.partition("\0")[0] for text in annotation.aux_note],
        strict=True,
    )
    assert [one for one in found if one[0] not in (10, 3000)] == expected


def test_a_file_never_begins_like_one_in_aha_format(tmp_path):
    for sample, symbol in ((512, "T"), (768, "T"), (0, "*"), (256, "*"), (512, "D")):
        path = write_record(
            with_others([sample], [symbol], [""], sample=[3000], symbol=["N"]), tmp_path
        )
        assert path.with_suffix(".atr").read_bytes()[:2] == word(59)


def test_negative_num_and_large_intervals_are_read_by_wfdb(tmp_path):
    n = 70_000
    other = Annotations([0, 69_999], ["+", "~"], subtype=[-1, 127], chan=[3, 255], num=[-5, 7])
    record = ECGRecord(
        np.arange(n) / 200, 250, sample=[66_000], symbol=["N"], other=other, name="w"
    )
    found = wfdb.rdann(str(write_record(record, tmp_path)), "atr")
    assert found.sample.tolist() == [0, 66_000, 69_999]
    assert found.subtype.tolist() == [-1, 0, 127]
    assert found.chan.tolist() == [3, 0, 255]
    assert found.num.tolist() == [-5, 0, 7]


def test_write_annotations_writes_one_file(wfdb_record):
    path = wfdb_record()
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    record = read_record(path)
    found = dataclasses.replace(record, sample=[7, 900], symbol=["N", "V"])
    assert write_annotations(found, path.parent, annotator="skecg") == path
    after = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert after.keys() - before.keys() == {"r1.skecg"}
    assert {name: after[name] for name in before} == before
    assert read_record(path, annotator="skecg") == found
    assert "time resolution" not in (path.parent / "r1.skecg").read_text("latin-1")
    write_annotations(dataclasses.replace(found, sample=[], symbol=[], other=None), path.parent)
    assert path.with_suffix(".atr").read_bytes() == END


def test_write_annotations_refuses_another_recording(wfdb_record, tmp_path):
    path = wfdb_record()
    record = read_record(path)
    for change, words in (
        ({"fs": 360}, r"sampling frequency, 360 Hz\. Got 250 Hz"),
        ({"signal": record.signal[:900]}, r"length, 900 samples\. Got 1000"),
        ({"other": Annotations([5], ["+"], num=[200])}, "'num'"),
    ):
        with pytest.raises(RecordError, match=words):
            write_annotations(dataclasses.replace(record, **change), path.parent, annotator="x")
    with pytest.raises(FileNotFoundError, match="no header"):
        write_annotations(record, tmp_path / "elsewhere")
    with pytest.raises(TypeError, match=r"write_annotations needs an ECGRecord\. Got str"):
        write_annotations("100", tmp_path)
    with pytest.raises(ValueError, match="'annotator' parameter of write_annotations"):
        write_annotations(record, path.parent, annotator="hea")
    assert not list(path.parent.glob("*.x"))


def test_write_annotations_never_replaces_a_signal(wfdb_record):
    path = wfdb_record()
    record = read_record(path)
    path.with_suffix(".dat").rename(path.with_suffix(".sig"))
    edit(path, "r1.dat", "r1.sig")
    before = path.with_suffix(".sig").read_bytes()
    with pytest.raises(RecordError, match=r"r1\.sig' is a signal file of '.*r1\.hea'"):
        write_annotations(record, path.parent, annotator="sig")
    assert path.with_suffix(".sig").read_bytes() == before


def test_write_annotations_keeps_the_old_file_if_it_fails(wfdb_record, monkeypatch):
    path = wfdb_record()
    record, before = read_record(path), path.with_suffix(".atr").read_bytes()

    def full_disk(*args):
        raise OSError("No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_annotations(record, path.parent)
    assert path.with_suffix(".atr").read_bytes() == before
    assert len(list(path.parent.iterdir())) == 3


def test_annotations_give_their_rate_where_no_header_does(tmp_path):
    stream = read_annotations(write_record(with_others([1], ["z"], [""]), tmp_path), "atr")
    FORMATS[0].write_annotations(tmp_path / "alone", stream, "atr")
    found = read_annotations(tmp_path / "alone", "atr")
    assert found.fs == stream.fs == 250
    np.testing.assert_array_equal(found.symbol, stream.symbol)
    assert wfdb.rdann(str(tmp_path / "alone"), "atr").fs == 250


def test_annotations_next_to_a_header_of_frames_give_their_rate(wfdb_record, monkeypatch):
    # two samples a frame: annotations without a resolution count frames, half the rate
    path = wfdb_record()
    found = dataclasses.replace(read_record(path), sample=[7, 901], symbol=["N", "V"])
    for module in ("_annotations", "_write_annotations"):
        name = f"skecg.records.formats._wfdb.{module}.annotation_rate"
        monkeypatch.setattr(name, lambda path: 125.0)
    write_annotations(found, path.parent, annotator="skecg")
    assert read_annotations(path, "skecg").fs == 250
    assert read_record(path, annotator="skecg") == found


# -- files of others


def test_write_record_does_not_replace_files_of_others(wfdb_record):
    path = wfdb_record()
    record = read_record(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(RecordError, match=r"r1\.hea' was not written by skecg.*write_annotations"):
        write_record(record, path.parent)
    path.with_suffix(".hea").rename(path.with_name("other.hea"))
    with pytest.raises(RecordError, match=r"r1\.dat' was not written by skecg"):
        write_record(record, path.parent, annotator="new")
    path.with_name("other.hea").rename(path.with_suffix(".hea"))
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_write_record_replaces_its_own_record_with_comments_in_unicode(tmp_path):
    # in UTF-8, "Å" and "…" hold the byte 0x85, which ends a line in Latin-1
    record = ECGRecord([0.0, 0.5], 250, ["II"], name="r1", comments=["Åsa …"])
    write_record(record, tmp_path)
    changed = dataclasses.replace(record, signal=[0.0, 1.0])
    assert read_record(write_record(changed, tmp_path), annotator=None) == changed


def test_write_record_does_not_replace_a_header_with_a_comment_of_skecg(wfdb_record):
    path = wfdb_record(comments=['skecg subject: "ana"'])
    with pytest.raises(RecordError, match="was not written by skecg"):
        write_record(read_record(path), path.parent)


def test_write_record_keeps_annotations_without_a_recording(tmp_path):
    (tmp_path / "w.atr").write_bytes(BEATS + END)
    write_record(with_others([], [], [], sample=[], symbol=[]), tmp_path)
    assert (tmp_path / "w.atr").read_bytes() == BEATS + END


# -- real recordings


@pytest.mark.records
def test_real_annotations_equal_those_of_wfdb(records_folder, tmp_path):
    for file in sorted(records_folder.glob("*/*.atr")):
        found = read_annotations(file.with_suffix(""), "atr")
        expected = wfdb.rdann(str(file.with_suffix("")), "atr")
        assert found.sample.tolist() == expected.sample.tolist()
        assert found.symbol.tolist() == expected.symbol
        for name in ("subtype", "chan", "num"):
            column = getattr(found, name)
            zeros = np.zeros(len(found), dtype=int)
            np.testing.assert_array_equal(
                zeros if column is None else column, getattr(expected, name)
            )
        notes = [one.partition("\0")[0] for one in expected.aux_note]
        assert notes == ([""] * len(found) if found.aux_note is None else found.aux_note.tolist())
        FORMATS[0].write_annotations(tmp_path / "copy", found, "atr")
        copy = read_annotations(tmp_path / "copy", "atr")
        assert copy.sample.tolist() == found.sample.tolist()
        assert copy.symbol.tolist() == found.symbol.tolist()
