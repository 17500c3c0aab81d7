"""Targets that are recordings: WFDB, EDF, BDF, ISHNE."""

import binascii
import importlib.util
import io
import random
import re
import struct
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

import skecg
from skecg.records._split_annotations import split_annotations
from skecg.records.formats import read_annotations

from ._mutations import mutate_bytes, mutate_text, number, word
from ._target import NAME, Files, Target

__all__ = ["RECORDS"]

_DOCUMENTED = (skecg.RecordError, FileNotFoundError)

# ---- headers and signals of WFDB

_HEADERS = (
    "{n} 2 250 1000\n{n}.dat 16 200(0)/mV 16 0 0 0 0 MLII\n{n}.dat 16 200/mV 12 1024 0 0 0 V5\n",
    "{n} 1 360/360(0) 500 12:30:00 01/02/2003\n{n}.dat 212 200 11 1024 995 -22131 0 MLII\n",
    "{n} 2 3.6e2 400 9:05:7.25\n{n}.dat 80x2:1+24 1e2(-5)/uV 8 0 0 0 0 lead I, modified\n"
    "{n}.dat 80x1:0+24 0/V 8 0\n# age: 70 sex: F\n# <subject> x\n",
    '#wfdb 10.7\n{n} 1 128\n{n}.dat 310 12.5(3)/mV\n# skecg subject: "ana"\n',
    "{n} 3 500 300\n{n}.dat 24 1000(0)/mV 24 0 5 0 0 I\n{n}.dat 24\n{n}.dat 24 1/pm\n",
    "{n} 1 250 640\n{n}.dat 311 200/mV 10 0\n",
    "{n} 1 250 320\n{n}.dat 160 200/mV 16 32768 0 0 0 ECG\n",
    "{n} 1 250 320\n{n}.dat 61 200/mV 16 0 0 0 0 ECG\n",
    "{n} 1 250 300\n{n}.dat 8 200/mV 8 0 0 0 0 ECG\n",
    "{n} 1 250 300\n{n}.dat 32 200/mV 32 0 0 0 0 ECG\n",
    "{n}/2 1 250 600\na 300\nb 300\n# comment\n",
    "{n}/3 1 250 900\nl 0\na 300\n~ 600\n",
    "{n} 0 250 1000\n",
)
_PARTS = {
    "a.hea": b"a 1 250 300\na.dat 16 200/mV 16 0 0 0 0 II\n",
    "b.hea": b"b 1 250 300\nb.dat 16 200/mV 16 0 0 0 0 II\n",
    "l.hea": b"l 1 250 0\n~ 0 200/mV 16 0 0 0 0 II\n",
}


def _wave(n: int) -> bytes:
    return (200 * np.sin(np.arange(n) / 9)).astype("<i2").tobytes()


def _make_headers(folder: Path) -> list[Files]:
    parts = _PARTS | {"a.dat": _wave(300), "b.dat": _wave(300)}
    made = []
    for text in _HEADERS:
        files = {f"{NAME}.hea": text.format(n=NAME).encode(), f"{NAME}.dat": _wave(2000)}
        made.append(files | (parts if "/" in text.split()[0] else {}))
    return made


def _make_signals(folder: Path) -> list[Files]:
    """Make recordings of headers without checksums, and one with."""
    made = []
    for files in _make_headers(folder):
        if b" 0 250 1000" not in files[f"{NAME}.hea"]:  # has a signal
            made.append(
                {k: _without_sums(v) if k.endswith("hea") else v for k, v in files.items()}
            )
    made += _make_flac()
    skecg.write_record(replace(skecg.simulate_record(4, random_state=0), name=NAME), folder)
    made.append({file.name: file.read_bytes() for file in folder.iterdir()})
    return made


def _make_flac() -> list[Files]:
    """Make recordings of compressed signals, if the package that reads them is there."""
    if importlib.util.find_spec("soundfile") is None:
        return []
    import soundfile

    made = []
    for fmt, subtype, n_leads in ((508, "PCM_S8", 1), (516, "PCM_16", 2), (524, "PCM_24", 1)):
        stream = io.BytesIO()
        wave = np.sin(np.arange(400 * n_leads) / 9).reshape(400, n_leads) / 2
        soundfile.write(stream, wave, 250, subtype, format="FLAC")
        header = f"{NAME} {n_leads} 250 400\n" + f"{NAME}.dat {fmt} 200/mV\n" * n_leads
        made.append({f"{NAME}.hea": header.encode(), f"{NAME}.dat": stream.getvalue()})
    return made


def _without_sums(header: bytes) -> bytes:
    """Remove the fields of a header from the initial value on, which no changed signal has."""
    return re.sub(rb"(?m)^(\S+ [\dx:+]+ \S+ \d+ \d+) .*$", rb"\1", header)


def _change_header(rng: random.Random, files: Files, others: list[Files]) -> Files:
    name = f"{NAME}.hea"
    return {**files, name: mutate_text(rng, files[name], [one[name] for one in others])}


def _change_signal(rng: random.Random, files: Files, others: list[Files]) -> Files:
    kind = rng.random()
    if kind < 0.5:
        return _change_header(rng, files, others)
    if kind < 0.6:  # the header of one with the signal of another
        name = f"{NAME}.hea"
        return {**rng.choice(others), name: files[name]}
    name = rng.choice(list(files))
    change = mutate_text if name.endswith(".hea") else mutate_bytes
    return {**files, name: change(rng, files[name])}


def _read_header(folder: Path, files: Files) -> object:
    return skecg.read_header(folder / NAME)


def _read_signal(folder: Path, files: Files) -> object:
    return repr(skecg.read_record(folder / NAME, annotator=None))


# ---- annotations of WFDB


def _words(*pairs: tuple[int, int]) -> bytes:
    return b"".join(struct.pack("<H", code << 10 | value) for code, value in pairs)


def _note(text: bytes) -> bytes:
    return _words((63, len(text))) + text + b"\0" * (len(text) % 2)


def _make_annotations(folder: Path) -> list[Files]:
    beats = _words(*[(1 + (i % 7 == 0) * 4, 200) for i in range(60)])
    skip = _words((59, 0)) + struct.pack("<HH", 1, 2000)  # high word first
    rhythm = _words((28, 5)) + _note(b"(AFIB")
    fields = _words((5, 30), (61, 1), (62, 1), (60, 2))
    head = _words((22, 0)) + _note(b"## time resolution: 500")
    table = b"".join(
        _words((22, 0)) + _note(text)
        for text in (
            b"## annotation type definitions",
            b"42 pace pacing spike",
            b"## end of definitions",
        )
    )
    own = _words((42, 300))
    contents = (
        beats,
        beats[:20] + skip + beats[20:40],
        rhythm + beats + rhythm,
        head + beats + fields + beats,
        head + table + _words((0, 0))[:0] + own + beats,
        _words((22, 0)) + _note(b"a text") + fields * 3 + beats,
    )
    return [
        {f"{NAME}.hea": _HEADERS[0].format(n=NAME).encode(), f"{NAME}.atr": one + b"\0\0"}
        for one in contents
    ]


def _change_annotations(rng: random.Random, files: Files, others: list[Files]) -> Files:
    name = f"{NAME}.atr"
    content = files[name]
    if rng.random() < 0.5:
        return {**files, name: mutate_bytes(rng, content, [one[name] for one in others])}
    words = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = 2 * rng.randrange(len(words) // 2 or 1)
        code = rng.choice((0, 1, 5, 22, 42, 49, 50, 59, 60, 61, 62, 63, rng.randrange(64)))
        new = struct.pack("<H", code << 10 | rng.choice((0, 1, 2, 255, 1023, rng.randrange(1024))))
        if rng.random() < 0.3:
            new += rng.choice((_note(number(rng).encode()), _note(word(rng).encode()[:255])))
        words[at : at + 2 * (rng.random() < 0.7)] = new
    if rng.random() < 0.1:
        return {**_change_header(rng, files, others), name: bytes(words)}
    return {**files, name: bytes(words)}


def _read_annotations(folder: Path, files: Files) -> object:
    stream = read_annotations(folder / NAME, "atr")
    return split_annotations(stream, 250.0, 100_000, NAME)


# ---- EDF and BDF

_SIGNAL_FIELDS = (16, 80, 8, 8, 8, 8, 8, 80, 8, 32)


def _edf(
    leads: list[tuple[str, str, int]], data: bytes, *, kind: str = "", bdf: bool = False
) -> bytes:
    """Return a file of leads (label, unit, samples a record) in records of 1 s."""
    n = len(leads)
    width = 3 if bdf else 2
    n_records = len(data) // (width * sum(per for *_, per in leads))
    version = b"\xffBIOSEMI" if bdf else b"0".ljust(8)
    head = version + b"X F 02-MAR-1950 ana".ljust(80) + b"Startdate 03-APR-2020 X X X".ljust(80)
    head += b"03.04.2012.30.15" + str(256 * (n + 1)).encode().ljust(8) + kind.encode().ljust(44)
    head += str(n_records).encode().ljust(8) + b"1".ljust(8) + str(n).encode().ljust(4)
    limit = 2 ** (8 * width - 1)
    columns = [
        [label for label, _, _ in leads], [""] * n, [unit for _, unit, _ in leads],
        ["-3.2768"] * n, ["3.2767"] * n, [str(-limit)] * n, [str(limit - 1)] * n,
        ["HP:0.05Hz"] * n, [str(per) for *_, per in leads], [""] * n,
    ]  # fmt: skip
    for size, column in zip(_SIGNAL_FIELDS, columns, strict=True):
        head += b"".join(text.encode().ljust(size) for text in column)
    return head + data


def _tals(*texts: str, size: int) -> bytes:
    return "".join(texts).encode().ljust(size, b"\0")


def _make_edf(folder: Path, ending: str) -> list[Files]:
    bdf = ending == ".bdf"
    width = 3 if bdf else 2
    wave = _wave(600) if not bdf else bytes(3) * 600
    plain = _edf([("ECG II", "mV", 100)], wave[: 600 * width], bdf=bdf)
    two = _edf([("ECG I", "uV", 50), ("Resp", "", 25)], wave[: 600 * width], bdf=bdf)
    notes = f"{'BDF' if bdf else 'EDF'} Annotations"
    kind = "BDF+" if bdf else "EDF+"
    made = [plain, two]
    for step, letter in ((1, "C"), (2, "D")):
        data = b""
        for i in range(5):
            tal = _tals(
                f"+{i * step}\x14\x14\0",
                f"+{i * step}.25\x14N\x14\0+{i * step}.75\x150.1\x14V\x14\0",
                f"+{i * step}.9\x14a note\x14\0" if i % 2 else "",
                size=40 * width,
            )
            data += wave[i * 100 * width : (i + 1) * 100 * width] + tal
        made.append(_edf([("II", "mV", 100), (notes, "", 40)], data, kind=kind + letter, bdf=bdf))
    return [{f"{NAME}{ending}": one} for one in made]


def _change_edf(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change a field of the header, or bytes anywhere."""
    [(name, content)] = files.items()
    kind = rng.random()
    if kind < 0.35:
        return {name: mutate_bytes(rng, content, [one[name] for one in others])}
    n = int(content[252:256])
    if kind < 0.55:  # the annotations and the signal
        begin = 256 * (n + 1)
        change = mutate_text if rng.random() < 0.5 else mutate_bytes
        return {name: content[:begin] + change(rng, content[begin:])}
    fields = [(8, 80), (88, 80), (168, 8), (176, 8), (184, 8), (192, 44), (236, 8), (244, 8)]
    fields.append((252, 4))
    start = 256
    for size in _SIGNAL_FIELDS:
        fields += [(start + i * size, size) for i in range(n)]
        start += size * n
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        at, size = rng.choice(fields)
        new = rng.choice((number, number, word))(rng).encode()
        if rng.random() < 0.2:
            new = mutate_text(rng, bytes(changed[at : at + size]))
        changed[at : at + size] = new[:size].ljust(size)
    return {name: bytes(changed)}


def _read_edf(folder: Path, files: Files) -> object:
    (name,) = files
    annotator = "atr" if b"Annotations" in files[name][:4096] else None
    return repr(skecg.read_record(folder / name, annotator=annotator))


# ---- ISHNE


def _make_ishne(folder: Path) -> list[Files]:
    made = []
    for n_leads, fs in ((1, 250), (3, 200)):
        raw = bytearray(522)
        raw[:8] = b"ISHNE1.0"
        struct.pack_into("<4i", raw, 10, 14, 300, 522, 536)
        struct.pack_into("<h", raw, 156, n_leads)
        struct.pack_into("<12h", raw, 158, *[5, 12, 13] + [0] * 9)
        struct.pack_into("<12h", raw, 182, *[0] * 12)
        struct.pack_into("<12h", raw, 206, *[2500] * 12)
        struct.pack_into("<h", raw, 272, fs)
        struct.pack_into("<6h", raw, 128, 1, 2, 2020, 12, 30, 15)
        raw += b"variable block"
        made.append({f"{NAME}.ecg": _with_sum(raw) + _wave(300 * n_leads)})
    return made


def _with_sum(raw: bytes) -> bytes:
    """Return a header with the checksum that belongs to it."""
    return raw[:8] + struct.pack("<H", binascii.crc_hqx(bytes(raw[10:]), 0xFFFF)) + raw[10:]


def _change_ishne(rng: random.Random, files: Files, others: list[Files]) -> Files:
    [(name, content)] = files.items()
    if rng.random() < 0.3:
        changed = mutate_bytes(rng, content, [one[name] for one in others])
    else:
        edited = bytearray(content)
        for _ in range(rng.choice((1, 1, 2, 3))):
            at = rng.choice(
                (10, 14, 18, 22, 128, 130, 132, 138, 140, 142, 156, 158, 182, 206, 272)
            )
            value = rng.choice((0, 1, -1, 2, 12, 13, 99, 536, 32767, -32768, rng.randrange(3000)))
            struct.pack_into("<h", edited, at, value)
        changed = bytes(edited)
    if rng.random() < 0.8:
        changed = _with_sum(changed[:536]) + changed[536:]
    return {name: changed}


def _read_ishne(folder: Path, files: Files) -> object:
    return repr(skecg.read_record(folder / f"{NAME}.ecg", annotator=None))


RECORDS = (
    Target("headers", 0.26, _DOCUMENTED, _make_headers, _change_header, _read_header),
    Target(
        "annotations", 0.24, _DOCUMENTED, _make_annotations, _change_annotations, _read_annotations
    ),
    Target("signals", 0.1, _DOCUMENTED, _make_signals, _change_signal, _read_signal),
    *(
        Target(
            ending[1:],
            0.035,
            _DOCUMENTED,
            partial(_make_edf, ending=ending),
            _change_edf,
            _read_edf,
        )
        for ending in (".edf", ".bdf")
    ),
    Target("ishne", 0.06, _DOCUMENTED, _make_ishne, _change_ishne, _read_ishne),
)
