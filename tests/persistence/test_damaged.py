"""Files cut short, with bits flipped, with parts exchanged at random, and zip bombs."""

import copy
import json
import struct
import time
import tracemalloc
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest

import skecg
from skecg import ModelFileError


def test_file_cut_short_anywhere_is_refused(scaler_file):
    data = scaler_file.read_bytes()
    for length in range(0, len(data), 10):
        scaler_file.write_bytes(data[:length])
        with pytest.raises(ModelFileError, match="is not a usable skecg model file"):
            skecg.load(scaler_file)


@pytest.mark.parametrize("cut", [1, 2, 21, 22, 23, 100])
def test_file_that_lacks_its_start_or_end_is_refused(scaler_file, cut):
    data = scaler_file.read_bytes()
    for part in (data[:-cut], data[cut:]):
        scaler_file.write_bytes(part)
        with pytest.raises(ModelFileError, match="is not a usable skecg model file"):
            skecg.load(scaler_file)


def test_flipped_bit_in_any_byte_is_refused_or_harmless(scaler_file, scaler, rows):
    """What is harmless lies in the times and attributes of the zip."""
    data, expected = scaler_file.read_bytes(), scaler.transform(rows[0])
    rng = np.random.default_rng(0)
    n_harmless = 0
    for place in range(len(data)):
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(8))
        scaler_file.write_bytes(broken)
        try:
            loaded = skecg.load(scaler_file)
        except ModelFileError:
            continue
        n_harmless += 1
        np.testing.assert_array_equal(loaded.transform(rows[0]), expected)
    assert n_harmless < len(data) / 10


def test_flipped_bits_of_a_network_are_refused_or_harmless(saved, pipe, rows):
    data, expected = saved.read_bytes(), pipe.predict_proba(rows[0])
    rng = np.random.default_rng(1)
    for place in rng.integers(len(data), size=150):
        broken = bytearray(data)
        broken[place] ^= 1 << int(rng.integers(8))
        saved.write_bytes(broken)
        try:
            loaded = skecg.load(saved)
        except ModelFileError:
            continue
        np.testing.assert_array_equal(loaded.predict_proba(rows[0]), expected)


# ---- descriptions changed at random, with checksums that agree


JUNK = [
    None,
    True,
    0,
    -1,
    7,
    2**40,
    0.5,
    "",
    "a0",
    "fit",
    "\ud800",
    [],
    [[]],
    [1, 2],
    {},
    {"array": "a0"},
    {"array": "a9999"},
    {"objects": ["a", None]},
    {"spec": {"float": "nan"}},
    {"spec": {"tuple": [1]}},
    {"tuple": [3, 2]},
    {"dict": {"a": 1}},
    {"dict": [["a", 1]]},
    {"function": "double_minority"},
    {"class": "sklearn.StandardScaler", "params": {}},
    {"class": "imblearn.Pipeline", "params": {"steps": []}},
    {"class": "sklearn.GridSearchCV", "params": {"estimator": None, "param_grid": None}},
    {"masked": {"array": "a0"}, "mask": [True]},
]


def _places(node, path=()):
    """Every path in a JSON value."""
    yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _places(value, (*path, key))


def _change(content, rng):
    """Exchange, remove or double a part of a description."""
    content = copy.deepcopy(content)
    places = list(_places(content["model"], ("model",)))[1:]
    path = places[rng.integers(len(places))]
    owner = content
    for key in path[:-1]:
        owner = owner[key]
    kind = rng.integers(4)
    if kind == 0:
        del owner[path[-1]]
    elif kind == 1 and isinstance(owner, list):
        owner.append(copy.deepcopy(owner[path[-1]]))
    elif kind == 2:
        other = content
        for key in places[rng.integers(len(places))]:
            other = other[key] if _has(other, key) else other
        owner[path[-1]] = copy.deepcopy(other)
    else:
        owner[path[-1]] = JUNK[rng.integers(len(JUNK))]
    return content


def _has(node, key):
    if isinstance(node, dict):
        return key in node
    return isinstance(node, list) and isinstance(key, int) and key < len(node)


@pytest.mark.parametrize("seed", range(4))
def test_parts_exchanged_at_random_are_refused_or_load(scaler_file, files, seed):
    content, arrays = files.parts(scaler_file)
    rng = np.random.default_rng(seed)
    n_refused = 0
    for _ in range(250):
        files.write(scaler_file, _change(content, rng), arrays)
        try:
            skecg.load(scaler_file)
        except ModelFileError:
            n_refused += 1
    assert n_refused > 100


def test_parts_of_a_network_exchanged_at_random_are_refused_or_load(saved, files):
    content, arrays = files.parts(saved)
    rng = np.random.default_rng(0)
    n_refused = 0
    for _ in range(300):
        files.write(saved, _change(content, rng), arrays)
        try:
            skecg.load(saved)
        except ModelFileError:
            n_refused += 1
    assert n_refused > 100


# ---- bombs: small files that would unpack to much


def _bomb_declared(files, path):
    """Text that unpacks to 64 MiB, as it says itself."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("model.json", "w") as member:
            for _ in range(64):
                member.write(bytes(2**20))
        file.writestr("arrays.npz", b"", zipfile.ZIP_STORED)


def _bomb_hidden(files, path):
    """The same, but the zip says that it unpacks to 100 bytes."""
    _bomb_declared(files, path)
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = data.find(magic)
        data[start + offset : start + offset + 4] = struct.pack("<I", 100)
    path.write_bytes(data)


def _bomb_arrays(files, path):
    """Arrays of 64 MiB of zeros, compressed to 64 KiB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        file.writestr("model.json", '{"format": "skecg-model"}')
        file.writestr("arrays.npz", files.npz({"a0.npy": bytes(64 * 2**20)}))


def _bomb_array(files, path):
    """The same one zip further in."""
    npz = files.npz({"a0.npy": bytes(64 * 2**20)}, zipfile.ZIP_DEFLATED)
    text = {"format": "skecg-model", "version": 1, "versions": {}, "model": {}, "beats": None}
    files.write(path, text, npz)


def _bomb_members(files, path):
    """Thirty thousand members."""
    with zipfile.ZipFile(path, "w") as file:
        for i in range(30_000):
            file.writestr(f"{i}.json", b"")


def _bomb_many_arrays(files, path):
    """Thirty thousand arrays."""
    text = {"format": "skecg-model", "version": 1, "versions": {}, "model": {}, "beats": None}
    files.write(path, text, files.npz({f"a{i}.npy": b"" for i in range(30_000)}))


def _bomb_values(files, path):
    """Six million empty lists in 40 KiB of compressed text."""
    files.write(path, "[" + "[]," * 4_000_000 + "1]", files.npz({}))


def _bomb_shape(files, path):
    """An array that declares a terabyte."""
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (137438953472,), }\n"
    npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(8)
    text = {"format": "skecg-model", "version": 1, "versions": {}, "model": {}, "beats": None}
    files.write(path, text, {"a0.npy": npy})


BOMBS = {
    "declared size": (_bomb_declared, r"model\.json has 67108864 bytes, more than the 16777216"),
    "hidden size": (_bomb_hidden, "Bad CRC-32"),
    "compressed arrays": (_bomb_arrays, r"arrays\.npz is compressed"),
    "a compressed array": (_bomb_array, r"a0\.npy is compressed"),
    "many members": (_bomb_members, "lists its members in .* bytes, more than 4096"),
    "many arrays": (_bomb_many_arrays, r"arrays\.npz lists its members in .* bytes, more than"),
    "many values": (_bomb_values, "values, more than the 1000000"),
    "a huge shape": (_bomb_shape, "should have 1099511627776 bytes"),
}


@contextmanager
def _peak():
    """Give a list that holds the most bytes in use at a time once the block is left."""
    peak = []
    tracemalloc.start()
    try:
        yield peak
    finally:
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_in_little_time_and_memory(tmp_path, files, name):
    make, words = BOMBS[name]
    path = tmp_path / "bomb.skecg"
    make(files, path)
    start = time.process_time()
    with pytest.raises(ModelFileError, match=words):
        skecg.load(path)
    assert time.process_time() - start < 2
    with _peak() as peak, pytest.raises(ModelFileError):
        skecg.load(path)
    assert peak[0] < 48 * 2**20


def test_largest_text_that_is_read_takes_bounded_memory(scaler_file, files):
    """Nearly a million values in nearly 16 MiB of text, the most that the bounds let through."""
    text = json.dumps({"format": "skecg-model", "version": 1, "model": [{}] * 480_000, "beats": 0})
    files.write(scaler_file, text.replace("}", "}" + " " * 30), files.parts(scaler_file)[1])
    with _peak() as peak, pytest.raises(ModelFileError, match="must have the keys"):
        skecg.load(scaler_file)
    assert peak[0] < 200 * 2**20


def test_reading_takes_no_more_than_three_times_the_arrays(rows, files, scaler_file):
    content, arrays = files.parts(scaler_file)
    more = {f"a{i}.npy": files.npy(np.zeros(2**19)) for i in range(3, 8)}
    files.write(scaler_file, content, arrays | more)
    size = scaler_file.stat().st_size
    with _peak() as peak:
        skecg.load(scaler_file)
    assert size > 20 * 2**20
    assert peak[0] < 3.2 * size


def test_flipped_bits_inside_the_arrays_are_found_by_their_own_checksum(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    npz = bytearray(files.npz(arrays))
    place = npz.find(arrays["a0.npy"]) + len(arrays["a0.npy"]) - 1
    npz[place] ^= 1
    files.write(scaler_file, content, bytes(npz))
    with pytest.raises(ModelFileError, match=r"Bad CRC-32 for file 'a0\.npy'"):
        skecg.load(scaler_file)
