"""Damaged files of any kind: an error that names the record, or one that says what is wrong.

All files are written byte by byte; what is right is known from these bytes.
"""

import errno
import os
import socket
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from skecg import (
    ECGRecord,
    RecordError,
    compare_folders,
    describe_records,
    find_records,
    load_beats,
    read_header,
    read_record,
    write_annotations,
    write_record,
)
from skecg.records.formats import _format
from skecg.records.formats._wfdb import _header_text
from skecg.records.formats._wfdb._words import NoEndMarkError, decode

from ..broken_files import FS, Files, N, beats, edf, line, signal, words


def fails(*_, **__):
    """Take the place of a reader and raise, as a library does on bytes that nobody thought of."""
    raise fails.error


LIBRARY_ERRORS = [
    IndexError("index 7 is out of bounds"),
    TypeError("unsupported operand"),
    OverflowError("int too big to convert"),
    MemoryError(),
    AttributeError("no attribute 'x'"),
    RecursionError("maximum recursion depth exceeded"),
    struct.error("unpack requires 4 bytes"),
    ZeroDivisionError("division by zero"),
    KeyError("lead"),
    OSError("pyarrow says no"),
    ValueError("array is too big"),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "ordinal not in range"),
]


@pytest.fixture(params=LIBRARY_ERRORS, ids=lambda error: type(error).__name__)
def broken(request, tmp_path, monkeypatch):
    """A record whose reading raises an error of a library, and one that is sound."""
    for name in ("r", "good"):
        (tmp_path / name).mkdir()
        Files().write(tmp_path / name)
    for file in (tmp_path / "good").iterdir():
        text = file.read_bytes()
        if file.suffix == ".hea":
            text = text.replace(b"r 2", b"good 2").replace(b"r.dat", b"good.dat")
        (tmp_path / f"good{file.suffix}").write_bytes(text)
    fails.error = request.param
    own = _header_text.parse_header_text

    def parse(content, record, file):
        return fails() if record == "r" else own(content, record, file)

    monkeypatch.setattr("skecg.records.formats._wfdb._header.parse_header_text", parse)
    return tmp_path / "r" / "r", tmp_path / "good"


def test_every_error_while_a_record_is_read_names_it(broken):
    path, _ = broken
    for read in (read_record, read_header):
        with pytest.raises(RecordError, match=r"^Record 'r': "):
            read(path)


def test_a_broken_record_ends_no_run(broken):
    with pytest.warns(UserWarning, match=r"Record 'r'"):
        beats = load_beats(broken, fs=FS, on_error="warn")
    assert beats.records == ["good"]
    assert beats.skipped["record"].tolist() == ["r"]
    summary = describe_records(broken)
    assert list(summary.problems) == ["r"]
    assert "Record 'r'" in summary.problems["r"]


def test_a_warning_that_a_filter_turns_into_an_error_passes(tmp_path):
    path = Files(first=f"r 2 {FS} {N} 10:00:00 31/31/2000").write(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="date"):
            read_record(path)


def test_errors_of_parameters_stay_those_of_python(tmp_path):
    path = Files().write(tmp_path)
    with pytest.raises(TypeError, match="'leads'"):
        read_record(path, leads=[1])
    with pytest.raises(TypeError, match="'subject'"):
        read_record(path, subject=5)
    with pytest.raises(ValueError, match="'start'") as caught:
        read_record(path, start=1e9)
    assert not isinstance(caught.value, RecordError)


def test_comparing_folders_skips_what_cannot_be_read(tmp_path, monkeypatch):
    for folder in ("ref", "test"):
        (tmp_path / folder).mkdir()
        Files().write(tmp_path / folder)
        for ending in (".hea", ".atr", ".dat"):
            content = (tmp_path / folder / f"r{ending}").read_bytes()
            (tmp_path / folder / f"s{ending}").write_bytes(content)
    own = Path.read_bytes

    def read(self):
        if self.name == "s.atr":
            raise IndexError("two notes at one annotation")
        return own(self)

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(RecordError, match=r"Record 's': two notes"):
        compare_folders(tmp_path / "ref", tmp_path / "test", annotator="atr")
    with pytest.warns(UserWarning, match=r"Record 's'"):
        found = compare_folders(
            tmp_path / "ref", tmp_path / "test", annotator="atr", start=0, on_error="warn"
        )
    assert found.skipped["record"].tolist() == ["s"]


# -- numbers that promise more than the files hold


@pytest.mark.parametrize(
    "files",
    [
        Files(first=f"r 2 {FS} 9000000000000000"),
        Files(first="r 2 1e-9 5000"),
        Files(first="r 2 1e300 5000"),
        Files(first=f"r 90000000000000 {FS} {N}"),
        Files(lines=[line(signal()[:, 0], fmt="16x900000000")] * 2),
        Files(lines=[line(signal()[:, 0], fmt="16+900000000000000")] * 2),
        Files(lines=[line(signal()[:, 0], gain="200(99999999999999999999)/mV")] * 2),
        Files(first=f"r/2 2 {FS} 10000000000005000", lines=["~ 10000000000000000", "s 5000"]),
        Files(first=f"r/1 2 {FS} {N}", lines=[f"r {N}"]),
        Files(first=f"r/2 2 {FS} {N}", lines=["r 0", f"r {N}"]),
        Files(first=f"r/1 2 {FS} {N}", lines=[f"./r {N}"]),
    ],
    ids="samples rate_low rate_high leads per_frame offset baseline gap itself layout dot".split(),
)
def test_absurd_numbers_are_refused_before_memory_is_taken(tmp_path, files):
    path = files.write(tmp_path)
    with pytest.raises(RecordError, match=r"Record 'r'"):
        read_record(path)


def test_a_gap_between_segments_may_not_take_all_memory(tmp_path):
    values = signal()
    for name in ("a", "b"):
        lines = "\n".join(line(values[:, i], f"V{i}", f"{name}.dat") for i in range(2))
        (tmp_path / f"{name}.hea").write_text(f"{name} 2 {FS} {N}\n{lines}\n")
        (tmp_path / f"{name}.dat").write_bytes(values.astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text(f"r/3 2 {FS}\na {N}\n~ 10000000000000\nb {N}\n")
    with pytest.raises(RecordError, match=r"Record 'r'.* nearly all of it is a gap"):
        read_record(tmp_path / "r", annotator=None)
    part = read_record(tmp_path / "r", annotator=None, stop=10)
    assert part.signal.shape == (2500, 2)
    (tmp_path / "r.hea").write_text(f"r/3 2 {FS}\na {N}\n~ 3000000\nb {N}\n")
    with pytest.warns(UserWarning, match="missing|gap|NaN"):
        assert read_record(tmp_path / "r", annotator=None).n_samples == 2 * N + 3_000_000


def test_annotations_of_far_away_take_no_memory(tmp_path):
    far = b"".join(struct.pack("<3H", 59 << 10, 0x7FFF, 0xFFFF) for _ in range(5000))
    content = words(*beats(), end=False) + far + struct.pack("<H", 1 << 10) + b"\0\0"
    path = Files(annotations=content).write(tmp_path)  # the last beat at sample 1e13
    with pytest.warns(UserWarning, match="outside the signal: 1"):
        assert len(read_record(path).sample) == len(beats())


def test_a_rate_far_below_that_of_the_rows_is_refused(tmp_path):
    path = Files(first=f"r 2 0.001 {N}").write(tmp_path)
    assert read_record(path).fs == 0.001
    with pytest.raises(RecordError, match=r"Record 'r': .*250 Hz from 0.001 Hz"):
        load_beats(path, fs=250)


@pytest.mark.parametrize("skew", [999_999_999, 4990])
def test_skews_beyond_the_signal_are_gaps(tmp_path, skew):
    path = Files(lines=[line(signal()[:, 0], fmt=f"16:{skew}"), line(signal()[:, 1], "V5")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = read_record(path.write(tmp_path))
    assert np.isnan(record.signal[max(N - skew, 0) :, 0]).all()
    assert not np.isnan(record.signal[:, 1]).any()


def test_a_compressed_file_may_not_promise_more_than_its_bytes(tmp_path):
    values = np.zeros((1000, 1), dtype=np.int16)
    soundfile.write(tmp_path / "r.dat", values, 250, format="FLAC", subtype="PCM_16")
    content = bytearray((tmp_path / "r.dat").read_bytes())
    content[21:26] = bytes([content[21] | 0x0F]) + b"\xff" * 4  # 2**36 - 1 samples
    (tmp_path / "r.dat").write_bytes(content)
    (tmp_path / "r.hea").write_text("r 1 250\nr.dat 516 200/mV 16 0 0 0 0 II\n")
    with pytest.raises(RecordError, match=r"Record 'r'"):
        read_record(tmp_path / "r", annotator=None)


@pytest.mark.parametrize(
    ("place", "field"),
    [
        (244, b"1e999999"),
        (244, b"1e-99999"),
        (244, b"9e300   "),
        (236, b"99999999"),
        (252, b"9999"),
        (184, b"99999999"),
        (472, b"99999999"),  # samples of the signal in a data record
    ],
)
def test_an_edf_file_of_absurd_numbers(tmp_path, place, field):
    fields = [(b"0", 8), (b"X X X X", 80), (b"X", 80), (b"01.01.20", 8), (b"10.00.00", 8)]
    fields += [(b"512", 8), (b"", 44), (b"10", 8), (b"1", 8), (b"1", 4)]
    fields += [(b"ECG II", 16), (b"", 80), (b"mV", 8), (b"-2", 8), (b"2", 8), (b"-2048", 8)]
    fields += [(b"2047", 8), (b"", 80), (b"250", 8), (b"", 32)]
    content = bytearray(b"".join(text.ljust(size) for text, size in fields) + bytes(5000))
    (tmp_path / "r.edf").write_bytes(content)
    with pytest.warns(UserWarning, match="flat"):
        assert read_record(tmp_path / "r", annotator=None).n_samples == 2500
    content[place : place + len(field)] = field
    (tmp_path / "r.edf").write_bytes(content)
    with pytest.raises(RecordError, match=r"Record 'r'"):
        read_record(tmp_path / "r", annotator=None)


@pytest.mark.parametrize(
    ("place", "field"),
    [(112, b"1_0"), (104, b"-\xd9\xa2"), (112, b"1,5"), (128, b"2_047"), (128, b"40000"),
     (120, b"-40000"), (128, b"2047.0"), (120, b"-0x7")],
)  # fmt: skip
def test_a_limit_of_an_edf_lead_is_a_number_or_refused(tmp_path, place, field):
    content = bytearray(edf())
    content[256 + place : 264 + place] = field.ljust(8)
    (tmp_path / "r.edf").write_bytes(content)
    with pytest.raises(RecordError, match=r"Record 'r': .*'ECG II' must have two physical limits"):
        read_record(tmp_path / "r", annotator=None)


def ishne(n_samples, n_leads=1, fs=250, offset=522):
    """An ISHNE file without a checksum."""
    raw = bytearray(522)
    raw[:8] = b"ISHNE1.0"
    struct.pack_into("<4i", raw, 10, 0, n_samples, 522, offset)
    struct.pack_into("<h", raw, 156, n_leads)
    struct.pack_into("<12h", raw, 158, *[6] * 12)
    struct.pack_into("<12h", raw, 206, *[1000] * 12)
    struct.pack_into("<h", raw, 272, fs)
    return bytes(raw) + np.arange(1000, dtype="<i2").tobytes()


@pytest.mark.parametrize(
    "facts",
    [{"n_samples": 2**31 - 1}, {"n_samples": 1000, "offset": 2**31 - 1}, {"n_samples": -5},
     {"n_samples": 1000, "n_leads": 32767}, {"n_samples": 1000, "fs": -1}],
    ids=str,
)  # fmt: skip
def test_an_ishne_file_of_absurd_numbers(tmp_path, facts):
    (tmp_path / "r.ecg").write_bytes(ishne(1000))
    assert read_record(tmp_path / "r.ecg", annotator=None).n_samples == 1000
    content = ishne(**facts)
    if facts == {"n_samples": -5}:
        content = content[:-1]  # of an unknown length, half a sample
    (tmp_path / "r.ecg").write_bytes(content)
    with pytest.raises(RecordError, match=r"Record 'r'"):
        read_record(tmp_path / "r.ecg", annotator=None)


def npy(shape, dtype="<f8", data=bytes(80)):
    """An array whose header has any shape."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


@pytest.mark.parametrize("shape", ["(10**13,)", "(10000000000000,)", "(-5,)", "(9, " * 90 + ")"])
@pytest.mark.parametrize("ending", [".npy", ".npz"])
def test_an_array_may_not_promise_more_than_the_file_holds(tmp_path, shape, ending):
    if ending == ".npy":
        (tmp_path / "r.npy").write_bytes(npy(shape))
    else:
        with zipfile.ZipFile(tmp_path / "r.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("signal.npy", npy(shape))
    with pytest.raises(RecordError, match=r"Record 'r'"):
        read_record(tmp_path / f"r{ending}", annotator=None, fs=250)
    (tmp_path / "x").mkdir()
    assert find_records(Files().write(tmp_path / "x").parent.parent) == [tmp_path / "x" / "r"]


def test_a_parquet_file_may_not_promise_more_rows_than_it_holds(tmp_path, monkeypatch):
    table = pd.DataFrame({"II": np.zeros(2_000_000, dtype=np.float32)})
    table.attrs["fs"] = 250
    table.to_parquet(tmp_path / "r.parquet")  # a few kB
    assert read_header(tmp_path / "r.parquet").n_samples == 2_000_000
    monkeypatch.setattr(_format, "_LONGEST", 1)
    monkeypatch.setattr(_format, "_MOST_SAMPLES", 1000)
    with pytest.raises(RecordError, match=r"Record 'r': .* as many rows as its bytes hold"):
        read_header(tmp_path / "r.parquet")


@pytest.mark.parametrize("second", ["1e13", "1e300", "4e4"])
def test_a_gap_in_a_table_may_not_take_all_memory(tmp_path, second):
    rows = [f"{i / 250},0.1" for i in range(500)]
    (tmp_path / "r.csv").write_text("\n".join(["time (s),II", *rows, f"{second},0.2"]))
    with pytest.raises(RecordError, match=r"Record 'r': .*those of one recording"):
        read_record(tmp_path / "r.csv", annotator=None)


def test_a_table_of_an_impossible_rate_is_refused(tmp_path):
    for rate in ("0", "1e300"):
        (tmp_path / "r.csv").write_text(f"# fs: {rate}\nII\n1\n2\n3\n")
        with pytest.raises(RecordError, match="sampling frequency must be that of an ECG"):
            read_record(tmp_path / "r.csv", annotator=None)


# -- headers and annotations: each character and each word


@pytest.mark.parametrize("field", range(9))
@pytest.mark.parametrize("junk", ["?", "x1x", "_", ",5", "(", "--1", "\x01", "\x7f", "0x10"])
def test_each_field_of_a_line_is_understood_or_refused(field, junk):
    fields = "r.dat 16x1:0+0 200.0(0)/mV 16 0 0 5 0 II".split()
    fields[field] += junk
    content = f"r 1 250 5\n{' '.join(fields)}\n".encode()
    if field in (0, 8) and junk.isprintable():  # names of any form
        made = _header_text.parse_header_text(content, "r", "r.hea").signals[0]
        assert (made.file, made.description)[field == 8] == fields[field]
        return
    if field == 2 and junk.isprintable():  # a unit of any form
        made = _header_text.parse_header_text(content, "r", "r.hea").signals[0]
        assert made.unit == f"mV{junk}"
        return
    with pytest.raises(RecordError, match=r"Record 'r': .* in line 2 of its header"):
        _header_text.parse_header_text(content, "r", "r.hea")


@pytest.mark.parametrize("seed", range(20))
def test_decoding_annotations_always_ends(seed):
    rng = np.random.default_rng(seed)
    content = rng.integers(0, 256, 4000, dtype=np.uint8)
    content[1::2] = rng.choice([59, 60, 61, 62, 63, 1, 22], 2000) << 2  # SKIP, NUM, ..., AUX
    for n in (0, 1, 2, 3, 999, 4000):
        try:
            columns, end = decode(content[:n].tobytes() + b"\0\0" * (seed % 2))
        except (NoEndMarkError, ValueError):
            continue
        assert end <= n + 2
        assert len(columns.sample) <= n


def test_one_long_note_makes_no_other_note_long():
    content = words((0, 22, b"x" * 254), *((i, 1) for i in range(1, 20_000)))
    tracemalloc.start()
    columns, _ = decode(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert columns.note[0] == "x" * 254 and len(columns.note) == 20_000
    assert peak < 8_000_000  # 20 MB if all had the length of the first


def test_words_behind_the_end_mark_are_no_beats(tmp_path):
    content = words(*beats()) + words(*((i, 5) for i in range(0, 1000, 100)))
    with pytest.warns(UserWarning, match="22 bytes behind the end mark|behind the end mark"):
        record = read_record(Files(annotations=content).write(tmp_path))
    assert set(record.symbol.tolist()) == {"N"}
    assert record.sample.tolist() == [at for at, _ in beats()]


# -- folders, pipes, sockets


def closed(monkeypatch, folder, code=errno.EACCES):
    """Make a folder that cannot be listed; the superuser can enter any."""
    own = os.scandir

    def scan(path="."):
        if os.fspath(path) == str(folder):
            raise OSError(code, os.strerror(code), str(folder))
        return own(path)

    monkeypatch.setattr(os, "scandir", scan)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ESTALE])
def test_a_folder_that_cannot_be_entered_is_an_error(tmp_path, monkeypatch, code):
    (tmp_path / "private").mkdir()
    Files().write(tmp_path)
    closed(monkeypatch, tmp_path / "private", code)
    with pytest.raises(OSError, match=r"private': .*on_error='warn'"):
        find_records(tmp_path)
    with pytest.warns(UserWarning, match=r"private': .*are not listed"):
        assert find_records(tmp_path, on_error="warn") == [tmp_path / "r"]
    closed(monkeypatch, tmp_path, code)
    for on_error in ("raise", "warn"):
        with pytest.raises(OSError, match=f"Cannot look for recordings in '{tmp_path}'"):
            find_records(tmp_path, on_error=on_error)


def test_only_files_are_opened(tmp_path, monkeypatch):
    Files().write(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    listening = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    listening.bind("x.csv")
    for ending in (".hea", ".edf", ".bdf", ".ecg", ".tsv", ".parquet", ".npz", ".npy"):
        os.mkfifo(tmp_path / f"x{ending}")
        (tmp_path / f"link{ending}").symlink_to(tmp_path / "pipe")
        (tmp_path / f"device{ending}").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "r.qrs")
    (tmp_path / "folder.hea").mkdir()
    assert find_records(tmp_path) == [tmp_path / "r"]
    for name, kind in {"x": "a pipe", "link": "a pipe", "device": "a device"}.items():
        with pytest.raises((RecordError, FileNotFoundError), match=f"Record '{name}'.*{kind}"):
            read_record(tmp_path / name, annotator=None)
    with pytest.raises(RecordError, match=r"'folder'.* It is a folder"):
        read_record(tmp_path / "folder")
    with pytest.raises((RecordError, FileNotFoundError), match=r"Record 'r'"):
        read_record(tmp_path / "r", annotator="qrs")
    listening.close()


@pytest.mark.parametrize("ending", [".dat", ".atr"])
def test_a_pipe_in_place_of_a_part_of_a_recording(tmp_path, ending):
    path = Files().write(tmp_path)
    (tmp_path / f"r{ending}").unlink()
    os.mkfifo(tmp_path / f"r{ending}")
    with pytest.raises((RecordError, FileNotFoundError), match=f"Record 'r'.*r{ending}'.*a pipe"):
        read_record(path)


def test_segments_in_a_folder_below_are_read_with_their_whole(tmp_path):
    (tmp_path / "parts").mkdir()
    values = signal()
    lines = "\n".join(line(values[:, i], f"V{i}", "a.dat") for i in range(2))
    (tmp_path / "parts" / "a.hea").write_text(f"a 2 {FS} {N}\n{lines}\n")
    (tmp_path / "parts" / "a.dat").write_bytes(values.astype("<i2").tobytes())
    (tmp_path / "r.hea").write_text(f"r/2 2 {FS} {2 * N}\nparts/a {N}\nparts/a {N}\n")
    (tmp_path / "r.atr").write_bytes(words(*beats()))
    assert find_records(tmp_path) == [tmp_path / "r"]
    record = read_record(tmp_path / "r")
    np.testing.assert_array_equal(record.signal[N:, 0], np.float32(values[:, 0] / 200))


# -- sizes of signal files without checksums


def unsummed(n_leads=2, fmt="212"):
    return [f"r.dat {fmt} 200(0)/mV" for _ in range(n_leads)]


@pytest.mark.parametrize(
    ("fmt", "n_bytes", "fits"),
    [
        ("212", 2 * 2 * N, "format 16"),  # 4/3 of 3 bytes for two samples
        ("16", 2 * 4 * N, "format 32"),
        ("16", 2 * 3 * N, "format 24"),
        ("80", 2 * 2 * N, "format 16"),
        ("24", 2 * 6 * N, "4 leads"),
        ("212", 2 * 3 * N, "4 leads"),
    ],
)
def test_a_file_of_the_size_of_another_format_is_refused(tmp_path, fmt, n_bytes, fits):
    path = Files(lines=unsummed(fmt=fmt), data=bytes(n_bytes), annotations=None).write(tmp_path)
    with pytest.raises(RecordError, match=rf"Record 'r': .*Got {n_bytes} bytes.*{fits}"):
        read_record(path, annotator=None)
    with pytest.raises(RecordError, match=fits):
        read_record(path, annotator=None, stop=3)


def test_a_longer_file_is_read_with_a_warning(tmp_path):
    data = signal().astype("<i2").tobytes() + bytes(1000)
    files = Files(lines=unsummed(fmt="16"), data=data)
    with pytest.warns(UserWarning, match=f"Got {4 * N + 1000} bytes"):
        assert read_record(files.write(tmp_path)).n_samples == N
    # a checksum tells that the format is right
    files = Files(data=data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_record(files.write(tmp_path)).n_samples == N


@pytest.mark.parametrize(
    ("fmt", "n_leads", "n_bytes", "rest"),
    [("16", 3, 20_000, 1), ("16", 2, 20_000, 0), ("16", 2, 20_001, 0), ("16", 3, 20_002, 2),
     ("212", 2, 20_000, 0), ("212", 3, 4502, 0), ("212", 3, 4503, 2), ("212", 5, 4504, 2)],
)  # fmt: skip
def test_a_file_of_open_length_ends_with_a_whole_frame(tmp_path, fmt, n_leads, n_bytes, rest):
    lines = [f"r.dat {fmt} 200"] * n_leads
    first = f"r {n_leads} {FS}"
    path = Files(first=first, lines=lines, data=bytes(n_bytes), annotations=None).write(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_record(path, annotator=None)
    texts = [str(one.message) for one in caught if "whole frame" in str(one.message)]
    assert len(texts) == (rest > 0)
    assert all(f"Got {rest} samples more" in text for text in texts)


@pytest.mark.parametrize("name", ["r.hea", "r.atr"])
@pytest.mark.parametrize(
    ("content", "noun"),
    [(b"<!DOCTYPE html>\n<p>404</p>\n", "a page of the web"),
     (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "a pointer of Git LFS")],
    ids=["page", "pointer"],
)  # fmt: skip
def test_what_was_saved_in_place_of_a_file_is_named(tmp_path, name, content, noun):
    path = Files().write(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordError, match=f"Record 'r'.*It is {noun} .*fetch the file itself"):
        read_record(path)


@pytest.mark.parametrize("lost", [1, 4, 5000])
def test_a_shorter_file_is_refused(tmp_path, lost):
    data = signal().astype("<i2").tobytes()[:-lost]
    path = Files(lines=unsummed(fmt="16"), data=data).write(tmp_path)
    with pytest.raises(RecordError, match=rf"{4 * N} bytes. Got .* {4 * N - lost} bytes"):
        read_record(path)


# -- advice that fits the cause


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda f: (f / "r.atr").write_bytes(b""), "It is empty"),
        (lambda f: (f / "r.atr").write_text("100 N\n350 N\n"), "a text, not in MIT format"),
        (lambda f: (f / "r.atr").write_bytes(words(*beats(), end=False)), "complete"),
        (lambda f: (f / "r.hea").write_bytes(b""), "Write it, or copy the header"),
        (lambda f: (f / "r.hea").write_text(f"r 1 {FS} 9\nr.dat 99 200\n"), "xform"),
        (lambda f: (f / "r.hea").write_text(f"r 1 {FS} 9\nr.dat 516 200\n"), "Is format 516"),
        (lambda f: (f / "r.dat").unlink() or (f / "r.dat").mkdir(), "It is a folder"),
    ],
    ids="empty text cut empty_header format flac folder".split(),
)
def test_advice_fits_the_cause(tmp_path, make, advice):
    path = Files().write(tmp_path)
    make(tmp_path)
    with pytest.raises(RecordError, match=rf"Record 'r'.*{advice}") as caught:
        read_record(path)
    assert ("complete" in str(caught.value)) == (advice == "complete")


@pytest.mark.parametrize("name", ["r.hea", "r.dat", "r.atr"])
def test_a_file_without_permission_says_so(tmp_path, monkeypatch, name):
    path = Files().write(tmp_path)

    def refuse(self, *args):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    owner = {"r.hea": "_header", "r.dat": "_signal_files", "r.atr": "_annotations"}[name]
    monkeypatch.setattr(f"skecg.records.formats._wfdb.{owner}.check_file", refuse)
    with pytest.raises(RecordError, match=f"Record 'r': cannot read '.*{name}'.*the right"):
        read_record(path)


# -- a full disk


@pytest.fixture
def full(monkeypatch):
    """Writing bytes fails, half-way, as on a full disk."""

    def write(self, content):
        with open(self, "wb") as file:
            file.write(memoryview(content).cast("B")[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)


def test_a_full_disk_names_the_file(tmp_path, full):
    record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    with pytest.raises(OSError, match="No space left") as caught:
        write_record(record, tmp_path)
    assert caught.value.filename == str(tmp_path / "ana.dat")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_annotations(tmp_path, request):
    record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    write_record(record, tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    request.getfixturevalue("full")
    for write in (write_record, write_annotations):
        with pytest.raises(OSError, match="No space left") as caught:
            write(record, tmp_path)
        assert Path(caught.value.filename).name in ("ana.dat", "ana.atr")
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_device_that_is_full(tmp_path):
    record = ECGRecord(np.arange(500) / 200, 250, sample=[100], symbol=["N"], name="ana")
    with pytest.raises(OSError, match=r"full|directory") as caught:
        write_record(record, "/dev/full")
    assert "/dev/full" in str(caught.value)
