"""A model file as bytes: a zip of a text and arrays, checked before anything is made of them.

Python's zipfile reads the members. A check of the end of the zip beforehand keeps a crafted file
from making it list millions of members or unpack gigabytes.
"""

import io
import json
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from numpy.typing import NDArray

from ._arrays import npy_bytes, read_npy
from ._errors import DAMAGED, Refused
from ._texts import first_control

__all__ = ["FORMAT_VERSION", "read_archive", "write_archive"]

FORMAT = "skecg-model"
FORMAT_VERSION = 1
TEXT, ARRAYS = "model.json", "arrays.npz"
MAX_TEXT = 16 * 2**20  # bytes; a pipeline takes some thousand, a large search a million
MAX_VALUES = 1_000_000  # in the text, by its brackets and commas
MAX_ARRAYS = 2**30  # bytes
MAX_DIRECTORY = {TEXT: 4096, ARRAYS: 2**20}  # bytes of the zip's list of members

_KEYS = {"format", "version", "versions", "model", "beats"}
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,  # by zipfile, for flags and versions that it does not know
    OSError,  # for positions before the start
    RuntimeError,  # by zipfile, for encrypted members
    ValueError,
)
_ARRAY_NAME = re.compile(r"a[0-9]{1,6}\.npy")
_TAKE_ARRAYS_AS_THEY_ARE = "Pack it as it was: zip -0 FILE arrays.npz"
_OTHER_KINDS = {
    b"\x80": "a pickle, as joblib.dump writes it; reading one runs code in it, so use "
    "joblib.load if you trust where it comes from",
    b"\x89HDF": "an HDF5 file, as Keras writes weights",
    b"\x1f\x8b": "compressed by gzip",
}


def write_archive(path: Path, content: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write a model file; equal contents give equal bytes."""
    head = {"format": FORMAT, "version": FORMAT_VERSION}
    text = json.dumps(head | content, indent=1, allow_nan=False)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, array in arrays.items():
            file.writestr(_member(f"{name}.npy", zipfile.ZIP_STORED), npy_bytes(array))
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(_member(TEXT, zipfile.ZIP_DEFLATED), text)
        # not compressed, so that a file never asks for more memory than its own size
        file.writestr(_member(ARRAYS, zipfile.ZIP_STORED), packed.getvalue())


def read_archive(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read the text and the arrays of a model file, or raise `Refused`."""
    _check_file(path.stat())
    with path.open("rb") as file:
        _check_file(os.fstat(file.fileno()))  # another file may have replaced it meanwhile
        _check_kind(file)
        members = _read_members(file, TEXT, (TEXT, ARRAYS))
    content = _read_text(members[TEXT])
    packed = members.pop(ARRAYS)
    arrays = _read_members(io.BytesIO(packed), ARRAYS)
    return content, {n.removesuffix(".npy"): read_npy(n, data) for n, data in arrays.items()}


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    """Return a member of fixed time, so that equal models are equal files."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = compression
    info.external_attr = 0o644 << 16
    return info


def _check_file(status: os.stat_result) -> None:
    """Refuse a path that is not a file, or a file too large for a model, before opening it."""
    if stat.S_ISDIR(status.st_mode):
        raise Refused("it is a folder", "Pass the path of the file that skecg.save wrote")
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer
        raise Refused("it is not a regular file", "Copy it into one first")
    largest = MAX_TEXT + MAX_ARRAYS + 2**20
    if status.st_size > largest:
        raise Refused(f"it has {status.st_size} bytes, more than the {largest} of any model file")


def _check_kind(file: IO[bytes]) -> None:
    """Refuse a file that does not begin as a zip does, and name its kind."""
    start = file.read(4)
    if not start:
        raise Refused("it is empty")
    if start != b"PK\x03\x04":
        kinds = (kind for magic, kind in _OTHER_KINDS.items() if start.startswith(magic))
        kind = next(kinds, "not a zip archive")
        raise Refused(f"it is {kind}", "Pass a file that skecg.save wrote")


def _read_members(
    file: IO[bytes], place: str, expected: tuple[str, ...] | None = None
) -> dict[str, bytes]:
    """Return all members of the outer zip (of the given names) or of the arrays, checked."""
    try:
        _check_directory(file, MAX_DIRECTORY[place], "it" if expected else place)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            # as written in the file: zipfile cuts a name at NUL
            _check_names([m.orig_filename for m in members], expected)
            for member in members:
                _check_member(member)
            # Python before 3.11.8 reads one region of a file as often as members claim it
            if sum(m.compress_size for m in members) > file.seek(0, os.SEEK_END):
                raise Refused(f"{place if expected is None else 'it'} has members that overlap")
            return {m.filename: _read_member(archive, m) for m in members}
    except _DAMAGED as error:
        raise Refused(str(error).rstrip(".") or type(error).__name__) from error


def _check_directory(file: IO[bytes], largest: int, name: str) -> None:
    """Check the end of a zip, and the length of its list of members, before Python reads it.

    The end of an archive of one part without a comment::

        ... | list of members | 20 bytes, only in a zip64 | 22 bytes: end of the list
                                PK 6 7 ...                  PK 5 6 ... length at 12 ... 0 0
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 42))
    tail = file.read()
    end = tail[-22:]
    if len(end) < 22 or end[:4] != b"PK\x05\x06" or end[20:] != b"\0\0":
        raise Refused(f"{name} does not end as a zip archive does")
    if tail[:-22][-20:-16] == b"PK\x06\x07":
        raise Refused(f"{name} is a zip64, which model files never are")
    length = struct.unpack("<I", end[12:16])[0]
    if length > largest:
        raise Refused(f"{name} lists its members in {length} bytes, more than {largest}")


def _check_names(names: list[str], expected: tuple[str, ...] | None) -> None:
    """Refuse other than the two members of the outer zip, or numbered arrays of the inner one."""
    if expected is not None and sorted(names) != sorted(expected):
        shown = ", ".join(repr(n[:80]) for n in names[:5]) or "none"
        keras = ", as a file of Keras does" if "metadata.json" in names else ""
        raise Refused(
            f"it must hold the members {' and '.join(expected)}, each once, and nothing else. It "
            f"holds {len(names)}: {shown}{keras}"
        )
    if expected is None:
        wrong = [name for name in names if not _ARRAY_NAME.fullmatch(name)]
        if wrong or len(set(names)) < len(names):
            which = repr(wrong[0][:80]) if wrong else "two arrays of one name"
            raise Refused(f"arrays.npz holds {which}. Its members are a0.npy, a1.npy and so on")


def _check_member(member: zipfile.ZipInfo) -> None:
    """Refuse a member that is not a plain file, or would unpack to more than a model holds."""
    name = member.filename
    if member.flag_bits & 0x1:
        raise Refused(f"{name} is encrypted", "Decrypt it with the program that encrypted it")
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
        raise Refused(f"{name} is a link or another special file", DAMAGED)
    if name != TEXT:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise Refused(
                f"{name} is compressed, and arrays never are, so that a file cannot ask for more "
                "memory than its own size",
                _TAKE_ARRAYS_AS_THEY_ARE,
            )
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"{name} is compressed by a method that is not read (deflate is)")
    largest = MAX_TEXT if name == TEXT else MAX_ARRAYS
    if member.file_size > largest:
        raise Refused(f"{name} has {member.file_size} bytes, more than the {largest} of any model")


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Read no more bytes than the member declares; zipfile then compares the checksum."""
    with archive.open(member) as stream:
        return stream.read(member.file_size + 1)


def _read_text(data: bytes) -> dict[str, Any]:
    """Return the content of model.json, if it is of this format and version."""
    n_values = sum(data.count(sign) for sign in (b",", b"[", b"{"))
    if n_values > MAX_VALUES:
        raise Refused(f"{TEXT} holds {n_values} values, more than the {MAX_VALUES} of any model")
    try:
        content = json.loads(
            data.decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError as error:
        raise Refused(f"{TEXT} is nested too deep") from error
    except ValueError as error:
        raise Refused(f"{TEXT} cannot be read: {error}") from error
    _check_header(content)
    if (text := first_control(content)) is not None:
        raise Refused(
            f"{TEXT} has the text {text[:80]!r}, whose characters could control a terminal or "
            "change the lines of a report",
            "Rename it, and save the model again",
        )
    return content


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object, unless it has a key twice: readers may take one or the other."""
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"an object has the key {key[:80]!r} twice")
        content[key] = value
    return content


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _int(text: str) -> int:
    if len(text) > 20:
        raise ValueError(f"the number {text[:40]}... is too large")
    return int(text)


def _check_header(content: object) -> None:
    """Check the format and its version before anything else."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Refused(f"{TEXT} does not describe a skecg model (its 'format' is not '{FORMAT}')")
    version = content.get("version")
    if type(version) is not int or version != FORMAT_VERSION:
        newer = type(version) is int and version > FORMAT_VERSION
        problem = (
            f"it is of format version {str(version)[:20]}, and this version of skecg reads "
            f"version {FORMAT_VERSION}"
        )
        if newer:
            raise Refused(problem, "A later skecg wrote it: pip install -U skecg")
        raise Refused(f"{problem}. No such version exists")
    if content.keys() != _KEYS:
        odd = sorted(content.keys() ^ _KEYS)
        raise Refused(
            f"{TEXT} must have the keys {', '.join(sorted(_KEYS))}. These differ: {str(odd)[:200]}"
        )
