"""Broken and unusual files, and what reading them gives: the rows of a page of the guide.

`tests/records/test_broken_files.py` asserts the rows; `docs/_broken_files.py` writes the page from
them. Recordings are written byte by byte: a beat each second, two leads, 20 s.
"""

import os
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FS, N, UNITS = 250, 5000, 200
BEATS = list(range(125, N - 100, FS))
READ, WARNED, REFUSED = "read", "read, with a warning", "refused"


def signal():
    """Two leads in steps of 1/200 mV: a spike at each beat."""
    one = np.zeros(N, dtype=np.int64)
    for at in BEATS:
        one[at - 5 : at + 6] += np.rint(200 * np.hanning(11)).astype(int)
    return np.column_stack([one, one // 2])


def checksum(values):
    """The 16-bit sum of a lead, as headers have it."""
    total = int(values.sum()) & 0xFFFF
    return total - ((total & 0x8000) << 1)


def line(values, name="II", file="r.dat", fmt="16", gain="200(0)/mV", total=None):
    """A line of a header about one lead."""
    total = checksum(values) if total is None else total
    return f"{file} {fmt} {gain} 16 0 {values[0]} {total} 0 {name}"


def words(*annotations, end=True):
    """Annotations (sample, code[, note]) as the words of a file in MIT format."""
    made, before = b"", 0
    for sample, code, *note in annotations:
        step, before = sample - before, sample
        if not 0 <= step < 1024:
            made += struct.pack("<HHH", 59 << 10, (step >> 16) & 0xFFFF, step & 0xFFFF)
            step = 0
        made += struct.pack("<H", code << 10 | step)
        for text in note:
            made += struct.pack("<H", 63 << 10 | len(text)) + text + b"\0" * (len(text) % 2)
    return made + b"\0\0" * end


def beats(code=1):
    """A normal beat, or another, each second."""
    return [(at, code) for at in BEATS]


@dataclass
class Files:
    """The files of one recording, to be changed by a row before they are written."""

    first: str = f"r 2 {FS} {N}"
    values: np.ndarray = field(default_factory=signal)
    lines: list[str] | None = None
    comments: tuple[str, ...] = ()
    annotations: bytes | None = field(default_factory=lambda: words(*beats()))
    data: bytes | None = None

    def write(self, folder: Path) -> Path:
        """Write the files; return the path of the recording."""
        pair = [line(self.values[:, i], name) for i, name in enumerate(("II", "V5"))]
        lines = pair if self.lines is None else self.lines
        text = "\n".join([self.first, *lines, *self.comments]) + "\n"
        (folder / "r.hea").write_bytes(text.encode("latin-1"))
        data = self.values.astype("<i2").tobytes() if self.data is None else self.data
        if data:
            (folder / "r.dat").write_bytes(data)
        if self.annotations is not None:
            (folder / "r.atr").write_bytes(self.annotations)
        return folder / "r"


@dataclass
class Others:
    """Files of any format by their endings; None is a pipe, which opening would wait for."""

    contents: dict[str, bytes | None]

    def write(self, folder: Path) -> Path:
        """Write the files; return the path of the recording."""
        for ending, content in self.contents.items():
            if content is None:
                os.mkfifo(folder / f"r{ending}")
            else:
                (folder / f"r{ending}").write_bytes(content)
        return folder / "r"


def edf(seconds=b"1"):
    """An EDF file of ten data records and one lead."""
    fields = [(b"0", 8), (b"X X X X", 80), (b"X", 80), (b"01.01.20", 8), (b"10.00.00", 8)]
    fields += [(b"512", 8), (b"", 44), (b"10", 8), (seconds, 8), (b"1", 4), (b"ECG II", 16)]
    fields += [(b"", 80), (b"mV", 8), (b"-2", 8), (b"2", 8), (b"-2048", 8), (b"2047", 8)]
    fields += [(b"", 80), (b"250", 8), (b"", 32)]
    return b"".join(text.ljust(size) for text, size in fields) + bytes(5000)


def npy(shape):
    """A NumPy array whose header has any shape, and ten numbers."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(80)


@dataclass(frozen=True)
class Row:
    """A recording, and what `read_record` gives.

    ``words`` is a part of the warning or of the error; ``check`` looks at what was read.
    """

    file: str  # "header", "signal", "annotations", "others"
    what: str
    outcome: str
    make: Callable[[], Files | Others]
    words: str = ""
    check: Callable[[object], bool] = lambda record: len(record.sample) == len(BEATS)
    leads: tuple[str, ...] | None = None


def _header(first=None, **changes):
    """Make files with another first line."""
    return lambda: Files(**({} if first is None else {"first": first}), **changes)


def _leads(make):
    """Make files with other lines of leads, made from the two leads."""
    return lambda: Files(lines=make(signal()))


def _data(make):
    """Make files with another signal file, made from the samples."""
    return lambda: Files(data=make(signal()))


def _marks(*annotations, **options):
    """Make files with other annotations."""
    return lambda: Files(annotations=words(*annotations, **options))


def _two(first="II", second="V5", **second_line):
    """Make lines of two leads, the second of which differs."""
    return lambda x: [line(x[:, 0], first), line(x[:, 1], second, **second_line)]


ALL = beats()
LAST = (N, 1)
ROWS = (
    Row(
        "header",
        "Rate in exponent form, ``2.5e2``",
        READ,
        _header(f"r 2 2.5e2 {N}"),
        check=lambda r: r.fs == 250,
    ),
    Row(
        "header",
        "A number that is only half a number, ``2.5x2``",
        REFUSED,
        _header(f"r 2 2.5x2 {N}"),
        "frequency",
    ),
    Row(
        "header",
        "Gain with a floating-point number, ``2.0e2(0)/mV``",
        READ,
        _leads(_two(gain="2.0e2(0)/mV")),
        check=lambda r: np.isclose(r.signal[BEATS[0], 1], 0.5),
    ),
    Row(
        "header",
        "Gain with a fractional baseline, ``200.0(0.0)/mV``",
        REFUSED,
        _leads(_two(gain="200.0(0.0)/mV")),
        "BASELINE",
    ),
    Row(
        "header",
        "No number of samples",
        READ,
        _header(f"r 2 {FS}"),
        check=lambda r: r.n_samples == N,
    ),
    Row(
        "header",
        "More lines of leads than announced",
        READ,
        _header(f"r 2 {FS} {N}", lines=[*_two()(signal()), line(signal()[:, 0], "V6", "no.dat")]),
        check=lambda r: r.lead_names == ("II", "V5"),
    ),
    Row(
        "header",
        "Fewer lines of leads than announced",
        REFUSED,
        _leads(lambda x: [line(x[:, 0])]),
        "2",
    ),
    Row(
        "header",
        "An impossible date, ``10:00:00 31/31/2000``",
        WARNED,
        _header(f"r 2 {FS} {N} 10:00:00 31/31/2000"),
        "date",
    ),
    Row(
        "header",
        "Blood pressure next to the ECG",
        WARNED,
        _leads(_two(second="ABP", gain="1(0)/mmHg")),
        "ABP",
        check=lambda r: r.lead_names == ("II",),
    ),
    Row(
        "header",
        'Blood pressure next to the ECG, with ``leads=["II"]``',
        READ,
        _leads(_two(second="ABP", gain="1(0)/mmHg")),
        leads=("II",),
        check=lambda r: r.lead_names == ("II",),
    ),
    Row(
        "header",
        "Blood pressure chosen by name",
        REFUSED,
        _leads(_two(second="ABP", gain="1(0)/mmHg")),
        "mmHg",
        leads=("ABP",),
    ),
    Row(
        "header",
        "Two leads of one name",
        READ,
        _leads(_two(second="II")),
        check=lambda r: r.lead_names == ("II", "II"),
    ),
    Row(
        "header",
        "A rate that no record has, ``1e300``",
        REFUSED,
        _header(f"r 2 1e300 {N}"),
        "from 1e-06 to 1e[+]09",
    ),
    Row(
        "header",
        "Characters that control a terminal in the name of a lead",
        READ,
        _leads(_two(second="V5\x9b31m")),
        check=lambda r: r.lead_names == ("II", r"V5\x9b31m"),
    ),
    Row(
        "header",
        "A line end in the subject that skecg wrote",
        READ,
        _header(comments=('# skecg subject: "ana\\nQ 100.00"',)),
        check=lambda r: r.subject == r"ana\nQ 100.00",
    ),
    Row(
        "header",
        "A layout that names itself",
        REFUSED,
        _header(f"r/2 2 {FS} {N}", lines=["r 0", f"r {N}"]),
        "segments",
    ),
    Row(
        "header",
        "A segment of zero bytes and a gap of 10,000,000,000,000 samples",
        REFUSED,
        _header(f"r/2 2 {FS}", lines=["~ 10000000000000", f"r {N}"]),
        "segments",
    ),
    Row(
        "signal",
        "Without checksums, as long as one of another format",
        REFUSED,
        lambda: Files(lines=["r.dat 212 200", "r.dat 212 200"]),
        "format 16",
    ),
    Row(
        "signal",
        "Without checksums, and longer than the header says",
        WARNED,
        lambda: Files(
            lines=["r.dat 16 200 11 0 0", "r.dat 16 200 11 0 0"],
            data=signal().astype("<i2").tobytes() + bytes(1000),
        ),
        "not read",
    ),
    Row(
        "signal",
        "Cut off",
        REFUSED,
        _data(lambda x: x.astype("<i2").tobytes()[:8000]),
        "2000 samples",
    ),
    Row("signal", "Missing", REFUSED, _data(lambda x: b""), "no signal file"),
    Row(
        "signal",
        "A sample changed, so that the checksum is wrong",
        REFUSED,
        _data(lambda x: (x + (np.arange(len(x)) == 7)[:, None]).astype("<i2").tobytes()),
        "checksum",
    ),
    Row(
        "signal",
        "Invalid samples (-32768)",
        WARNED,
        lambda: Files(values=np.where(np.arange(N)[:, None] < 50, -32768, signal())),
        "missing and read as NaN",
        check=lambda r: np.isnan(r.signal[:50]).all(),
    ),
    Row("signal", "A flat lead", WARNED, lambda: Files(values=signal() * [1, 0]), "flat"),
    Row(
        "signal",
        "Format 61, high byte first",
        READ,
        lambda: Files(
            lines=[line(signal()[:, i], n, fmt="61") for i, n in enumerate(["II", "V5"])],
            data=signal().astype(">i2").tobytes(),
        ),
        check=lambda r: np.isclose(r.signal[BEATS[0], 0], 1.0),
    ),
    Row(
        "signal",
        "Amplitude of uV under the unit mV",
        WARNED,
        lambda: Files(
            lines=[line(signal()[:, i], n, gain="0.2(0)/mV") for i, n in enumerate(["II", "V5"])]
        ),
        "likely in",
    ),
    Row("annotations", "Empty", REFUSED, lambda: Files(annotations=b""), "is empty"),
    Row(
        "annotations",
        "A text",
        REFUSED,
        lambda: Files(annotations=b"0.5 N\n1.5 N\n"),
        "a text, not in MIT format",
    ),
    Row("annotations", "Missing", REFUSED, lambda: Files(annotations=None), "no annotation file"),
    Row("annotations", "Without end mark", REFUSED, _marks(*ALL, end=False), "must end with"),
    Row(
        "annotations",
        "Words behind the end mark",
        WARNED,
        lambda: Files(annotations=words(*ALL) + words((7, 5))),
        "behind",
    ),
    Row(
        "annotations",
        "A beat at the sample after the last",
        WARNED,
        _marks(*ALL, LAST),
        "beat outside the signal: 1",
        check=lambda r: r.excluded == {"beat outside the signal": 1},
    ),
    Row(
        "annotations",
        "Most beats after the last sample",
        REFUSED,
        _marks((125, 1), *[(N + i, 1) for i in range(5)]),
        "made for each other",
    ),
    Row("annotations", "No beat at all", REFUSED, _marks((125, 28, b"(N")), "is a beat"),
    Row(
        "annotations",
        "Positions that decrease",
        REFUSED,
        _marks((500, 1), (300, 1)),
        "never decrease",
    ),
    Row(
        "annotations",
        "Two beats at one sample",
        WARNED,
        _marks(ALL[0], *ALL),
        "at the same sample",
        check=lambda r: len(r.sample) == len(BEATS) and sum(r.excluded.values()) == 1,
    ),
    Row(
        "annotations",
        "A code that nothing defines",
        WARNED,
        _marks(*[(at, 45 if i == 3 else 1) for i, at in enumerate(BEATS)]),
        "45",
        check=lambda r: len(r.sample) == len(BEATS) - 1,
    ),
    Row(
        "annotations",
        "A beat's code with another mnemonic, ``5 PVC``",
        READ,
        _marks(
            (0, 22, b"## annotation type definitions"),
            (0, 22, b"5 PVC"),
            (0, 22, b"## end of definitions"),
            *beats(5),
        ),
        check=lambda r: set(r.symbol.tolist()) == {"V"},
    ),
    Row(
        "annotations",
        "A note that begins with ``##`` in the middle of the recording",
        READ,
        _marks(ALL[0], (200, 22, b"## noisy from here"), *ALL[1:]),
        check=lambda r: r.other.aux_note.tolist() == ["## noisy from here"],
    ),
    Row(
        "annotations",
        "A time resolution of its own, 1000 Hz",
        READ,
        _marks((0, 22, b"## time resolution: 1000"), *[(4 * at, 1) for at in BEATS]),
        check=lambda r: r.sample.tolist() == BEATS,
    ),
    Row(
        "others",
        "A pipe in place of the header",
        REFUSED,
        lambda: Others({".hea": None}),
        "It is a pipe",
    ),
    Row(
        "others",
        "A pipe in place of an EDF file",
        REFUSED,
        lambda: Others({".edf": None}),
        "It is a pipe",
    ),
    Row("others", "An empty CSV file", REFUSED, lambda: Others({".csv": b""}), "it is empty"),
    Row(
        "others",
        "A table with one time far behind the others",
        REFUSED,
        lambda: Others({".csv": b"time (s),II\n0,1\n0.004,2\n0.008,1\n1e13,2\n"}),
        "those of an ECG",
    ),
    Row(
        "others",
        "A NumPy array that promises more than the file holds",
        REFUSED,
        lambda: Others({".npy": npy("(10000000000000,)")}),
        "damaged",
    ),
    Row(
        "others",
        "An EDF file whose data records last ``1e999999`` s",
        REFUSED,
        lambda: Others({".edf": edf(b"1e999999")}),
        "length of a data record",
    ),
)
