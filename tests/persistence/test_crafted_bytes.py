"""Files whose bytes are not those of a model file: each is refused with its reason."""

import gzip
import json
import os
import stat
import struct
import zipfile
import zlib

import numpy as np
import pytest

import skecg
from skecg import ModelFileError


def _refused(path, words):
    """The error of loading, which names the file, says what is wrong and stays short."""
    with pytest.raises(ModelFileError, match=words) as said:
        skecg.load(path)
    assert f"'{path}' is not a usable skecg model file: " in str(said.value)
    assert len(str(said.value)) < 2000 + len(str(path))


# ---- what is no model file at all


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no model file .*model\.skecg.*Relative paths"):
        skecg.load(tmp_path / "model.skecg")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b"P", "not a zip archive"),
        (b"model = 1\n" * 100, "it is not a zip archive. Pass a file that skecg.save wrote"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "an HDF5 file, as Keras writes weights"),
        (gzip.compress(b"PK\x03\x04"), "compressed by gzip"),
        (b"PK\x03\x04" + bytes(100), "does not end as a zip archive does"),
        (b"PK\x05\x06" + bytes(18), "not a zip archive"),
    ],
)
def test_other_files_are_refused(tmp_path, data, words):
    path = tmp_path / "m.skecg"
    path.write_bytes(data)
    _refused(path, words)


def test_folder_is_refused(tmp_path):
    _refused(tmp_path, "it is a folder")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_pipe_is_refused_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "not a regular file")


def test_file_larger_than_any_model_is_not_read(tmp_path):
    path = tmp_path / "m.skecg"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)  # takes no room on disk
    _refused(path, "it has 2147483648 bytes, more than")


def test_file_of_keras_is_refused(tmp_path):
    members = ("metadata.json", "config.json", "model.weights.h5")
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as file:
        for name in members:
            file.writestr(name, "{}")
    _refused(tmp_path / "m.keras", "holds 3: .*as a file of Keras does")


# ---- pickles


def test_pickle_is_refused(tmp_path, bomb):
    (tmp_path / "m.skecg").write_bytes(bomb[0])
    _refused(
        tmp_path / "m.skecg", r"a pickle, as joblib\.dump writes it.*joblib\.load if you trust"
    )


def test_pickle_as_text_is_refused(scaler_file, files, bomb):
    files.write(scaler_file, bomb[0], files.parts(scaler_file)[1])
    _refused(scaler_file, r"model\.json cannot be read")


def test_pickle_as_arrays_is_refused(scaler_file, files, bomb):
    files.write(scaler_file, files.parts(scaler_file)[0], bomb[0])
    _refused(scaler_file, r"arrays\.npz does not end as a zip archive does")


def test_pickle_as_array_is_refused(scaler_file, files, bomb):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, arrays | {"a0.npy": bomb[0]})
    _refused(scaler_file, r"'a0\.npy' in arrays\.npz is not an array in npy format")


def test_pickle_as_further_member_is_refused(scaler_file, files, bomb):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, arrays, [("data.pkl", bomb[0])])
    _refused(scaler_file, r"nothing else. It holds 3: .*'data\.pkl'")
    files.write(scaler_file, content, arrays | {"data.pkl": bomb[0]})
    _refused(scaler_file, r"arrays\.npz holds 'data\.pkl'")


def test_array_of_objects_is_refused(scaler_file, files, bomb):
    content, arrays = files.parts(scaler_file)
    objects = np.array([bomb[1]], dtype=object)
    files.write(scaler_file, content, arrays | {"a0.npy": files.npy(objects)})
    _refused(scaler_file, r"of the dtype '\|O'.*Python objects would be pickles")


# ---- the zip


@pytest.mark.parametrize(
    "name",
    ["../model.json", "/etc/model.json", "a/../model.json", "C:\\\\model.json", "model.json/"],
)
def test_names_that_lead_elsewhere_are_refused(scaler_file, files, tmp_path, name):
    content, arrays = files.parts(scaler_file)
    with zipfile.ZipFile(scaler_file, "w") as file:
        file.writestr(name, json.dumps(content))
        file.writestr("arrays.npz", files.npz(arrays))
    _refused(scaler_file, "each once, and nothing else. It holds 2")
    files.write(scaler_file, content, arrays, [(name, "x")])
    _refused(scaler_file, "each once, and nothing else. It holds 3")
    files.write(scaler_file, content, arrays | {name: b"x"})
    _refused(scaler_file, r"arrays\.npz holds ")
    assert [p.name for p in tmp_path.iterdir()] == [scaler_file.name]


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_members_of_one_name_are_refused(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, arrays, [("model.json", "{}")])
    _refused(
        scaler_file, "each once, and nothing else. It holds 3: 'model.json', 'arrays.npz', 'm"
    )
    with zipfile.ZipFile(scaler_file, "w") as file:
        file.writestr("model.json", "{}")
        file.writestr("model.json", "{}")
    _refused(scaler_file, "each once, and nothing else. It holds 2")


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_arrays_of_one_name_are_refused(scaler_file, files, tmp_path):
    content, arrays = files.parts(scaler_file)
    with zipfile.ZipFile(tmp_path / "arrays", "w") as file:
        for _ in range(2):
            file.writestr("a0.npy", arrays["a0.npy"])
    files.write(scaler_file, content, (tmp_path / "arrays").read_bytes())
    _refused(scaler_file, "two arrays of one name")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_special_files_are_refused(scaler_file, files, kind):
    content, arrays = files.parts(scaler_file)
    member = zipfile.ZipInfo("model.json")
    member.external_attr = (kind | 0o777) << 16
    with zipfile.ZipFile(scaler_file, "w") as file:
        file.writestr(member, json.dumps(content))
        file.writestr("arrays.npz", files.npz(arrays))
    _refused(scaler_file, r"model\.json is a link or another special file")


def _set_in_headers(path, local, central, value, name=b"model.json"):
    """Overwrite a field in both headers of a member."""
    data = bytearray(path.read_bytes())
    for magic, size, offset in ((b"PK\x03\x04", 30, local), (b"PK\x01\x02", 46, central)):
        place = data.find(name)
        while data[place - size : place - size + 4] != magic:
            place = data.find(name, place + 1)
        data[place - size + offset : place - size + offset + len(value)] = value
    path.write_bytes(data)


def test_encrypted_members_are_refused(scaler_file):
    _set_in_headers(scaler_file, 6, 8, b"\x01\x00")
    _refused(scaler_file, r"model\.json is encrypted")


@pytest.mark.parametrize(("flag", "words"), [(0x20, "patch"), (0x40, "encryption")])
def test_flags_that_zipfile_does_not_know_are_refused(scaler_file, flag, words):
    _set_in_headers(scaler_file, 6, 8, struct.pack("<H", flag))
    _refused(scaler_file, words)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(scaler_file, files, method):
    content, arrays = files.parts(scaler_file)
    with zipfile.ZipFile(scaler_file, "w") as file:
        file.writestr("model.json", json.dumps(content), method)
        file.writestr("arrays.npz", files.npz(arrays))
    _refused(scaler_file, "compressed by a method that is not read")


@pytest.mark.parametrize("method", [1, 9, 93, 99])
def test_compressions_that_nobody_knows_are_refused(scaler_file, method):
    _set_in_headers(scaler_file, 8, 10, struct.pack("<H", method))
    _refused(scaler_file, "compressed by a method that is not read")


def test_compressed_arrays_are_refused(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    with zipfile.ZipFile(scaler_file, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("model.json", json.dumps(content))
        file.writestr("arrays.npz", files.npz(arrays))
    _refused(scaler_file, r"arrays\.npz is compressed, and arrays never are.*zip -0")
    files.write(scaler_file, content, files.npz(arrays, zipfile.ZIP_DEFLATED))
    _refused(scaler_file, r"a0\.npy is compressed, and arrays never are")


def test_member_that_reaches_into_another_is_refused(scaler_file):
    data = bytearray(scaler_file.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = bytes(4)  # arrays.npz begins where model.json does
    scaler_file.write_bytes(data)
    _refused(scaler_file, "differ|[Oo]verlap")


def test_zip64_is_refused(scaler_file):
    data = scaler_file.read_bytes()
    scaler_file.write_bytes(data[:-22] + b"PK\x06\x07" + bytes(16) + data[-22:])
    _refused(scaler_file, "zip64")


def test_comment_or_data_behind_the_zip_is_refused(scaler_file):
    data = scaler_file.read_bytes()
    scaler_file.write_bytes(data + b"#!/bin/sh")
    _refused(scaler_file, "does not end as a zip archive does")


def test_name_that_goes_on_behind_nul_is_refused(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    with zipfile.ZipFile(scaler_file, "w") as file:
        file.writestr("model.jsonX", json.dumps(content))
        file.writestr("arrays.npz", files.npz(arrays))
    scaler_file.write_bytes(scaler_file.read_bytes().replace(b"model.jsonX", b"model.json\0"))
    _refused(scaler_file, r"holds 2: 'model\.json\\x00'")


def test_digits_of_other_scripts_are_none(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, arrays | {"a\u0663.npy": arrays["a0.npy"]})
    _refused(scaler_file, r"arrays\.npz holds 'a\u0663\.npy'")


def _inside_one_another(n, payload):
    """A zip of n members, each with all that follow inside it: n * (n + 1) / 2 payloads."""
    data, headers = payload, []
    for name in [b"a%d.npy" % k for k in range(n)][::-1]:
        common = struct.pack(
            "<HHHHIIIHH", 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0
        )
        start = b"PK\x03\x04" + struct.pack("<H", 20) + common + name
        headers.append((b"PK\x01\x02" + struct.pack("<HH", 20, 20) + common, name, len(start)))
        data = start + data
    listed, offset = b"", 0
    for head, name, length in headers[::-1]:
        listed += head + struct.pack("<HHHII", 0, 0, 0, 0, offset) + name
        offset += length
    end = struct.pack("<HHHHIIH", 0, 0, n, n, len(listed), len(data), 0)
    return data + listed + b"PK\x05\x06" + end


def test_members_inside_one_another_are_refused(scaler_file, files):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, _inside_one_another(300, bytes(100_000)))
    _refused(scaler_file, r"arrays\.npz has members that overlap")
    files.write(scaler_file, content, _inside_one_another(1, arrays["a0.npy"]))
    _refused(scaler_file, "is missing")  # the zip itself is fine


def test_file_that_another_takes_the_place_of_is_judged_anew(scaler_file, tmp_path, monkeypatch):
    large = tmp_path / "large.skecg"
    with large.open("wb") as file:
        file.truncate(2 * 2**30)
    small = scaler_file.stat()
    monkeypatch.setattr(type(large), "stat", lambda self, **kwargs: small)
    _refused(large, "it has 2147483648 bytes, more than")


def test_wrong_checksum_is_refused(scaler_file):
    _set_in_headers(scaler_file, 14, 16, b"1234")
    _refused(scaler_file, "Bad CRC-32 for file 'model.json'")


# ---- arrays


def _npy(header, body=b"", version=b"\x01\x00"):
    header = header.encode() if isinstance(header, str) else header
    return b"\x93NUMPY" + version + struct.pack("<H", len(header)) + header + body


def _header(descr="'<f4'", fortran="False", shape="(1,)"):
    return f"{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n"


@pytest.mark.parametrize(
    ("npy", "words"),
    [
        (b"", "not an array in npy format"),
        (b"\x93NUMPY\x01\x00", "not an array in npy format"),
        (_npy(_header(), bytes(4), b"\x02\x00"), "not an array in npy format"),
        (_npy(_header(shape="(9999999999,)"), bytes(4)), "should have 39999999996 bytes"),
        (_npy(_header(shape="(999999999999, 999999999999)"), bytes(4)), "should have 3999"),
        (_npy(_header(shape="(9999999999999,)"), bytes(4)), "header that skecg does not write"),
        (_npy(_header(shape="(-1,)"), bytes(4)), "header that skecg does not write"),
        (_npy(_header(shape="(" + "1, " * 40 + ")"), bytes(4)), "header that skecg does not"),
        (_npy(_header(shape="(0, 1)"), bytes(4)), "should have 0 bytes"),
        (_npy(_header(shape="(0, 999999999999, 999999999999)")), "cannot have the shape"),
        (_npy(_header(), bytes(5)), "and has 5"),
        (_npy(_header(), b""), "and has 0"),
        (_npy(_header("'|V4'"), bytes(4)), "of the dtype '.V4'"),
        (_npy(_header("'<f16'"), bytes(16)), "of the dtype '<f16'"),
        (_npy(_header("'<c8'"), bytes(8)), "of the dtype '<c8'"),
        (_npy(_header("'<M8[D]'"), bytes(8)), "of the dtype"),
        (_npy(_header("'<U0'"), b""), "of the dtype"),
        (_npy(_header("[('a', '<f4')]"), bytes(4)), "header that skecg does not write"),
        (_npy(_header("[('a', '|O')]"), bytes(8)), "header that skecg does not write"),
        (_npy("__import__('os').system('x')\n"), "header that skecg does not write"),
        (_npy("(" * 60_000), "header that skecg does not write"),
        (_npy(_header("'<U1'"), b"\xff\xff\xff\xff"), "invalid characters"),
        (_npy(_header("'>U1'"), b"\x00\x11\x00\x00"), "invalid characters"),
        (_npy(_header("'|b1'"), b"\x02"), "neither true nor false"),
    ],
)
def test_arrays_of_other_kinds_are_refused(scaler_file, files, npy, words):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content, arrays | {"a0.npy": npy})
    _refused(scaler_file, words)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)),
        np.array(3, np.uint8),
        np.array(["N", "\U0001f493"]),
        np.array([[b"a", b"bc"]]),
        np.zeros((0, 3), np.float16),
        np.array([True, False]),
    ],
)
def test_reader_of_arrays_agrees_with_numpy(files, array):
    from skecg.persistence._arrays import read_npy

    read = read_npy("a0.npy", files.npy(array))
    assert read.dtype == array.dtype
    assert read.flags.writeable
    np.testing.assert_array_equal(read, array)


# ---- the text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[]", "does not describe a skecg model"),
        ("1", "does not describe a skecg model"),
        ("{}", "does not describe a skecg model"),
        (b"\xff\xfe{\x00}\x00", "cannot be read"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[" + "[]," * 600_000 + "1]", "values, more than the 1000000 of any model"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "number 1e999 is too large"),
        ('{"a": 1, "b": {"a": 1, "b": 2, "a": 3}}', "an object has the key 'a' twice"),
        ('{"a": ' + "9" * 5000 + "}", r"number 9{40}\.\.\. is too large"),
        ('{"format": "' + "x" * 10_000_000 + '"}', "does not describe a skecg model"),
    ],
)
def test_texts_that_describe_nothing_are_refused(scaler_file, files, text, words):
    files.write(scaler_file, text, files.parts(scaler_file)[1])
    _refused(scaler_file, words)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (
            2,
            r"version 2, and this version of skecg reads version 1\. A later skecg wrote it",
        ),
        (99, r"pip install -U skecg"),
        (0, "format version 0.*No such version exists"),
        (-1, "No such version exists"),
        ("1", "No such version exists"),
        (1.0, "No such version exists"),
        (True, "No such version exists"),
        (None, "No such version exists"),
        ([1], "No such version exists"),
    ],
)
def test_other_format_versions_are_refused(scaler_file, files, version, words):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content | {"version": version}, arrays)
    _refused(scaler_file, words)


@pytest.mark.parametrize("key", ["model", "versions", "beats"])
def test_missing_and_further_parts_are_refused(scaler_file, files, key):
    content, arrays = files.parts(scaler_file)
    files.write(scaler_file, content | {"code": "print(1)"}, arrays)
    _refused(scaler_file, r"must have the keys .*These differ: \['code'\]")
    del content[key]
    files.write(scaler_file, content, arrays)
    _refused(scaler_file, f"These differ: .'{key}'")
