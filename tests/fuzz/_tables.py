"""Targets that are tables: recordings as tables and arrays, beats, subjects, corrections."""

import io
import json
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import skecg
from skecg.records._select import read_names
from skecg.records._subject_table import read_subjects

from ._mutations import mutate_bytes, mutate_json, mutate_text
from ._target import NAME, Files, Target

__all__ = ["TABLES"]

_DOCUMENTED = (skecg.RecordError, FileNotFoundError)


def _columns(n: int) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(n) / 250, np.sin(np.arange(n) / 9).round(4)


# ---- recordings


def _make_text(folder: Path, sep: str) -> list[Files]:
    time, wave = _columns(60)

    def lines(head: str, row: Callable[[int, float, float], str]) -> str:
        written = [row(i, t, v) for i, (t, v) in enumerate(zip(time, wave, strict=True))]
        return head + "".join(f"{one}\n" for one in written if one)

    texts = [
        lines(f"time (s){sep}II (mV)\n", lambda i, t, v: f"{t:.3f}{sep}{v}"),
        lines(f"# fs: 250\n# a comment\nI{sep}V5\n", lambda i, t, v: f"{v}{sep}{-v}"),
        lines(
            f"# fs: 250\nsample{sep}MLII\n'sample #'{sep}'mV'\n", lambda i, t, v: f"{i}{sep}{v}"
        ),
        lines(f"time{sep}ecg_uv\n", lambda i, t, v: f"0:00:{t:06.3f}{sep}{v * 1000}"),
        lines(f"time{sep}II\n", lambda i, t, v: f"2020-01-01T00:00:{t:06.3f}{sep}{v}"),
        # with a gap
        lines(
            f"time (ms){sep}II (mV)\n",
            lambda i, t, v: "" if 0.1 < t < 0.14 else f"{t * 1000:g}{sep}{v}",
        ),
    ]
    beats = f"sample{sep}symbol{sep}aux_note\n" + "".join(
        f"{5 + 10 * i}{sep}{'NVN+'[i % 4]}{sep}{'(AFIB' * (i % 4 == 3)}\n" for i in range(5)
    )
    ending = ".csv" if sep == "," else ".tsv"
    return [
        {f"{NAME}{ending}": text.encode(), f"{NAME}.atr{ending}": beats.encode()} for text in texts
    ]


def _change_text(rng: random.Random, files: Files, others: list[Files]) -> Files:
    name = rng.choice((*files, min(files, key=len)))
    return {**files, name: mutate_text(rng, files[name], [one[name] for one in others])}


def _read_text(folder: Path, files: Files) -> object:
    return repr(skecg.read_record(folder / min(files, key=len), fs=None))


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    return stream.getvalue()


def _make_npz(folder: Path) -> list[Files]:
    wave = np.sin(np.arange(120) / 9).reshape(60, 2).astype(np.float32)
    beats = {"sample": np.array([5, 15, 25]), "symbol": np.array(["N", "V", "N"])}
    whole = {
        "fs": np.array(250.0),
        "lead_names": np.array(["II", "V5"]),
        "units": np.array(["mV"]),
    }
    return [
        {f"{NAME}.npz": _npz(signal=wave, fs=np.array(250))},
        {f"{NAME}.npz": _npz(signal=wave, **whole, **beats)},
        {f"{NAME}.npz": _npz(signal=wave[:, 0], **beats, fs=np.array(360))},
    ]


def _change_npz(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change an array and pack it anew, or bytes of the archive."""
    [(name, content)] = files.items()
    if rng.random() < 0.5:
        return {name: mutate_bytes(rng, content, [one[name] for one in others])}
    with np.load(io.BytesIO(content)) as archive:
        arrays = dict(archive)
    one = rng.choice(list(arrays))
    changed: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
        lambda a: a.astype("U4"),
        lambda a: a.astype("f4") * np.nan if a.dtype.kind in "fi" else a[:0],
        lambda a: np.atleast_1d(a)[::-1],
        lambda a: np.atleast_1d(a)[:0],
        lambda a: np.stack((a, a)),
        lambda a: a.astype("?"),
        lambda a: a.astype("c16") if a.dtype.kind in "fi" else a.astype("S2"),
        lambda a: a * -1 if a.dtype.kind in "fi" else np.repeat(a, 2),
        lambda a: a.astype("f8") * 1e300 if a.dtype.kind in "fi" else np.array(["\x1b", "\0"]),
        lambda a: np.array(rng.choice((0, -1, 1e9, np.inf, 2**62, 0.001))),
    )
    if rng.random() < 0.1:
        del arrays[one]
    else:
        arrays[one] = rng.choice(changed)(arrays[one])
    return {name: _npz(**arrays)}


def _make_npy(folder: Path) -> list[Files]:
    wave = np.sin(np.arange(120) / 9)
    arrays = (
        wave,
        wave.reshape(60, 2).astype("f4"),
        np.asfortranarray(wave.reshape(40, 3)),
        (wave * 100).astype(">i2"),
    )
    return [{f"{NAME}.npy": _npy(one)} for one in arrays]


def _change_npy(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change the text of the header, of which the length stays right, or bytes."""
    [(name, content)] = files.items()
    if rng.random() < 0.4:
        return {name: mutate_bytes(rng, content, [one[name] for one in others])}
    end = 10 + int.from_bytes(content[8:10], "little")
    header = mutate_text(rng, content[10:end].rstrip()) + b" \n"
    return {name: content[:8] + len(header).to_bytes(2, "little") + header + content[end:]}


def _read_array(folder: Path, files: Files) -> object:
    (name,) = files
    annotator = "atr" if b"symbol" in files[name] else None
    fs = 250 if name.endswith(".npy") else None
    return repr(skecg.read_record(folder / name, annotator=annotator, fs=fs))


def _make_parquet(folder: Path) -> list[Files]:
    import pyarrow as pa
    from pyarrow import parquet

    time, wave = _columns(60)
    tables = (
        pa.table({"time (s)": time, "II (mV)": wave}),
        pa.table({"I": wave, "V5": -wave}).replace_schema_metadata({"fs": "250"}),
        pa.table({"time (ms)": time * 1000, "ecg_uv": (wave * 1000).astype("i4")}),
    )
    made = []
    for i, table in enumerate(tables):
        stream = io.BytesIO()
        parquet.write_table(table, stream, compression="NONE" if i else "SNAPPY")
        made.append({f"{NAME}.parquet": stream.getvalue()})
    return made


def _change_parquet(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change bytes, half of the time of the description at the end."""
    name = f"{NAME}.parquet"
    content = files[name]
    if rng.random() < 0.5:
        start = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
        return {
            **files,
            name: content[:start] + _same_length(rng, content[start:-8]) + content[-8:],
        }
    return {**files, name: mutate_bytes(rng, content, [one[name] for one in others])}


def _same_length(rng: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(changed))
        changed[at] = rng.choice(
            (0, 1, 255, changed[at] ^ 1 << rng.randrange(8), rng.randrange(256))
        )
    return bytes(changed)


def _read_parquet(folder: Path, files: Files) -> object:
    return repr(skecg.read_record(folder / f"{NAME}.parquet", annotator=None))


# ---- beats


def _make_beats(folder: Path, ending: str) -> list[Files]:
    record = skecg.simulate_record(12, random_state=0)
    extractors = (
        skecg.BeatExtractor((0.02, 0.02), fs=250.0),
        skecg.BeatExtractor(
            (0.02, 0.02), fs=250.0, leads=[("MLII", "II"), 1], preprocessing=skecg.BeatNormalizer()
        ),
    )
    made = []
    for extractor in extractors:
        skecg.write_beats(extractor.extract(record)[:4], folder / f"{NAME}{ending}")
        made.append({file.name: file.read_bytes() for file in sorted(folder.iterdir())})
    return made


def _change_beats(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change the table, or the description: in JSON text, or as data."""
    if f"{NAME}.parquet" in files:
        return _change_beats_parquet(rng, files, others)
    if f"{NAME}.npy" in files:
        return _change_beats_npy(rng, files, others)
    name = f"{NAME}.json"
    kind = rng.random()
    if kind < 0.4:
        about = mutate_json(rng, json.loads(files[name]))
        return {**files, name: json.dumps(about).encode()}
    if kind > 0.6:
        name = f"{NAME}.csv"
    return {**files, name: mutate_text(rng, files[name], [one[name] for one in others])}


def _change_beats_parquet(rng: random.Random, files: Files, others: list[Files]) -> Files:
    from pyarrow import parquet

    if rng.random() < 0.6:
        return _change_parquet(rng, files, others)
    name = f"{NAME}.parquet"
    table = parquet.read_table(io.BytesIO(files[name]))
    about = mutate_json(rng, json.loads(table.schema.metadata[b"skecg"]))
    stream = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({b"skecg": json.dumps(about)}), stream)
    return {name: stream.getvalue()}


def _change_beats_npy(rng: random.Random, files: Files, others: list[Files]) -> Files:
    """Change the header, the rows, the table behind them, or bytes anywhere."""
    name = f"{NAME}.npy"
    content = files[name]
    kind = rng.random()
    if kind < 0.3:
        return {name: mutate_bytes(rng, content, [one[name] for one in others])}
    if kind < 0.5:  # the text of the header, of which the length is fixed
        header = mutate_text(rng, content[10:128].rstrip())[:117].ljust(117) + b"\n"
        return {name: content[:10] + header + content[128:]}
    tail = len(content) - 16 - int.from_bytes(content[-16:-8], "little")
    if kind < 0.6:
        return {name: content[:128] + mutate_bytes(rng, content[128:tail]) + content[tail:]}
    inner = {f"{NAME}.parquet": content[tail:-16]}
    table = _change_beats_parquet(rng, inner, [inner])[f"{NAME}.parquet"]
    return {name: content[:tail] + table + len(table).to_bytes(8, "little") + content[-8:]}


def _read_beats(folder: Path, files: Files) -> object:
    name = next(one for one in files if not one.endswith(".json"))
    return repr(skecg.read_beats(folder / name))


# ---- subjects, lists of records, corrections


def _make_subjects(folder: Path) -> list[Files]:
    texts = (
        "record,subject\np07_1,p07\np07_2,p07\n",
        'record;subject;age\n"a/b";"x;y";70\n\nc;d;\n',
        "\ufeffRecord\tSubject\r\n100\tana\r\n",
    )
    return [{f"{NAME}.csv": text.encode()} for text in texts]


def _make_lists(folder: Path) -> list[Files]:
    texts = ("100\n101 # with a comment\n\nmitdb/102\n", "# none\nx", "a\r\nb\r\n")
    return [{f"{NAME}.txt": text.encode()} for text in texts]


def _make_corrections(folder: Path) -> list[Files]:
    texts = (
        "record,sample,time,clock,symbol,p_N,corrected\n100,77,0.214,,N,0.61,V\n100,90,,,N,0.5,\n",
        "\ufeffrecord;time;corrected\r\na;0:01:02.5;'-\r\nb;3;n\r\n",
        "time_s,sample,class,p_N,rr_s,leads\n0.2,50,N,0.9,,II+V5\n1.0,250,V,0.2,0.8,II\n",
    )
    return [{f"{NAME}.csv": text.encode()} for text in texts]


def _change_one(rng: random.Random, files: Files, others: list[Files]) -> Files:
    [(name, content)] = files.items()
    return {name: mutate_text(rng, content, [one[name] for one in others])}


def _read_subjects(folder: Path, files: Files) -> object:
    return read_subjects(folder / f"{NAME}.csv")


def _read_list(folder: Path, files: Files) -> object:
    return read_names(folder / f"{NAME}.txt")


def _read_corrections(folder: Path, files: Files) -> object:
    read = skecg.read_corrections(folder / f"{NAME}.csv")
    return read.changes(250.0, (np.arange(0, 500, 50), np.full(10, "N")))


TABLES = (
    Target("csv", 0.02, _DOCUMENTED, partial(_make_text, sep=","), _change_text, _read_text),
    Target("tsv", 0.01, _DOCUMENTED, partial(_make_text, sep="\t"), _change_text, _read_text),
    Target("npz", 0.02, _DOCUMENTED, _make_npz, _change_npz, _read_array),
    Target("npy", 0.03, _DOCUMENTED, _make_npy, _change_npy, _read_array),
    Target("parquet", 0.02, _DOCUMENTED, _make_parquet, _change_parquet, _read_parquet),
    *(
        Target(
            f"beats-{ending[1:]}",
            0.015,
            (ValueError, FileNotFoundError),
            partial(_make_beats, ending=ending),
            _change_beats,
            _read_beats,
        )
        for ending in (".csv", ".parquet", ".npy")
    ),
    Target("subjects", 0.015, (ValueError,), _make_subjects, _change_one, _read_subjects),
    Target("lists", 0.015, (ValueError,), _make_lists, _change_one, _read_list),
    Target("corrections", 0.01, (ValueError,), _make_corrections, _change_one, _read_corrections),
)
