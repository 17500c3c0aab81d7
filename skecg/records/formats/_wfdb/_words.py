"""The 16-bit words of annotation files in MIT format: decode and encode them.

Source: the WFDB Applications Guide, annot(5), https://wfdb.io/spec/annotation-files.html
"""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Columns", "NoEndMarkError", "decode", "encode", "is_aha"]

# Codes of words that are not annotations, but belong to the one before.
_SKIP = 59  # the next two words are an interval
_NUM, _SUB, _CHN = 60, 61, 62  # a number
_AUX = 63  # the next bytes are a text
_PAYLOAD = 64  # stands for the words of an interval or a text

_LONGEST = 1023  # interval in the word of an annotation
_LONGEST_SKIP = 2**31 - 1

# Codes with which a file in AHA format may begin, after a byte of zero.
_AHA_CODES = b"EFNOPQRUV"
_AHA_BYTES = 16  # of an annotation
_AHA_END = 0xFF  # fills the file behind the last annotation


class NoEndMarkError(ValueError):
    """There is no word of zero, except in an interval or a text."""


class Columns(NamedTuple):
    """Annotations in the order of the file, one item each.

    The last four are None where no annotation has such a number or text.
    """

    sample: NDArray[np.int64]
    code: NDArray[np.int64]
    subtype: NDArray[np.int64] | None = None
    chan: NDArray[np.int64] | None = None
    num: NDArray[np.int64] | None = None
    note: NDArray[np.str_] | NDArray[np.object_] | None = None


def is_aha(content: bytes) -> bool:
    """Tell whether a file is in AHA format, as the WFDB library does, by its first bytes.

    An annotation "T" at sample 512 of a file in MIT format begins with the same two bytes. So all
    blocks of 16 bytes are looked at, up to the one that ends the file.
    """
    if len(content) < 2 * _AHA_BYTES or content[0] or content[1] not in _AHA_CODES:
        return False
    for start in range(_AHA_BYTES, len(content) - 1, _AHA_BYTES):
        if content[start] == _AHA_END:
            break
        if content[start] or not 0x20 < content[start + 1] < 0x7F:  # an ASCII character
            return False
    return True


def decode(content: bytes) -> tuple[Columns, int]:
    """Decode the words of an annotation file up to its end mark.

    A word has a code in its upper 6 bits, and an interval or a number in its lower 10. Only SKIP
    and AUX have a payload, further words. These are found first, one by one, and everything else
    is decoded at once::

        words       N 77   SKIP     0  2000    V 0   SUB 1   AUX 3  "(A"  "B"    0
        code          1     59     64    64      5      61      63    64   64   end
        intervals    77   2000      0     0      0       0       0     0    0
        owner         0      0      0     0      1       1       1     1    1
        sample       77                       2077

    Returns
    -------
    Columns, int
        The annotations, null ones included, and the number of bytes up to the end mark.

    Raises
    ------
    NoEndMarkError
        If no word of zero ends the file.
    ValueError
        If a number or text comes before the first annotation.
    """
    words = np.frombuffer(content, dtype="<u2", count=len(content) // 2)
    at, after, end = _find_long(words)
    words = words[:end].astype(np.int64)
    code = words >> 10
    code[_payload(at, after, end)] = _PAYLOAD

    is_annotation = code < _SKIP
    intervals = np.where(is_annotation, words & 0x3FF, 0)
    skip = np.flatnonzero(code == _SKIP)
    # the high half comes first; 32 bits in two's complement
    intervals[skip] = ((words[skip + 1] << 16 | words[skip + 2]) ^ 0x80000000) - 0x80000000

    annotations = np.flatnonzero(is_annotation)
    owner = np.cumsum(is_annotation) - 1
    fields = np.flatnonzero((code > _SKIP) & (code < _PAYLOAD))
    if len(fields) and owner[fields[0]] < 0:
        raise ValueError("a number or text comes before the first annotation")
    numbers = {
        kind: _Numbers(owner[found], words[found] & 0xFF, len(annotations))
        for kind in (_NUM, _SUB, _CHN)
        if len(found := fields[code[fields] == kind])
    }
    texts = fields[code[fields] == _AUX]
    columns = Columns(
        np.cumsum(intervals)[annotations],
        code[annotations],
        numbers[_SUB].signed().of_one() if _SUB in numbers else None,
        numbers[_CHN].carried() if _CHN in numbers else None,
        numbers[_NUM].signed().carried() if _NUM in numbers else None,
        _notes(content, texts.tolist(), owner[texts], len(annotations)) if len(texts) else None,
    )
    return columns, 2 * end


class _Numbers(NamedTuple):
    """The numbers that some of ``n`` annotations have, with the positions of these."""

    owner: NDArray[np.int64]
    value: NDArray[np.int64]
    n: int

    def signed(self) -> "_Numbers":
        """Take bytes of 128 and more for negative numbers."""
        return self._replace(value=self.value.astype(np.int8).astype(np.int64))

    def of_one(self) -> NDArray[np.int64]:
        """Return a number per annotation; each applies to its own annotation only."""
        numbers = np.zeros(self.n, dtype=np.int64)
        numbers[self.owner] = self.value  # of several, the last one counts
        return numbers

    def carried(self) -> NDArray[np.int64]:
        """Return a number per annotation; each applies to all annotations up to the next one."""
        last = np.zeros(self.n, dtype=np.int64)
        last[self.owner] = self.owner
        return self.of_one()[np.maximum.accumulate(last)]


def _find_long(words: NDArray[np.uint16]) -> tuple[list[int], list[int], int]:
    """Return the positions of words with a payload, those behind it, and that of the end mark."""
    code = words >> 10
    candidates = np.flatnonzero((code == _SKIP) | (code == _AUX) | (words == 0))
    at: list[int] = []
    after: list[int] = []
    behind = 0  # the payload of the last one
    for i, word in zip(candidates.tolist(), words[candidates].tolist(), strict=True):
        if i < behind:  # in a payload
            continue
        if not word:
            return at, after, i
        n_words = 2 if word >> 10 == _SKIP else ((word & 0xFF) + 1) // 2
        behind = i + 1 + n_words
        at.append(i)
        after.append(behind)
    raise NoEndMarkError


def _payload(at: list[int], after: list[int], end: int) -> NDArray[np.bool_]:
    """Tell which words are the payload of another one."""
    edges = np.zeros(end + 1, dtype=np.int8)
    edges[np.array(at, dtype=np.intp) + 1] += 1
    edges[np.array(after, dtype=np.intp)] -= 1
    return np.cumsum(edges[:end], dtype=np.int8) > 0


def _notes(
    content: bytes, texts: list[int], owner: NDArray[np.int64], n: int
) -> NDArray[np.object_]:
    """Return a text per annotation, in Latin-1 up to its first NUL."""
    notes = [
        content[2 * i + 2 : 2 * i + 2 + content[2 * i]].partition(b"\0")[0].decode("latin-1")
        for i in texts
    ]
    # not an array of str, in which one long text would make all others as long
    column = np.full(n, "", dtype=object)
    column[owner] = notes
    return column


def encode(columns: Columns) -> bytes:
    """Encode annotations, null ones included, and the end mark: the inverse of `decode`."""
    n = len(columns.sample)
    rows = zip(
        columns.sample.tolist(),
        columns.code.tolist(),
        *(
            [0] * n if column is None else column.tolist()
            for column in (columns.subtype, columns.chan, columns.num)
        ),
        [""] * n if columns.note is None else columns.note.tolist(),
        strict=True,
    )
    content = bytearray()
    before, carried_chan, carried_num = 0, 0, 0
    for sample, code, subtype, chan, num, note in rows:
        content += _annotation(sample - before, code, is_first=not content)
        if subtype:
            content += _word(_SUB, subtype & 0xFF)
        if chan != carried_chan:
            content += _word(_CHN, chan & 0xFF)
        if num != carried_num:
            content += _word(_NUM, num & 0xFF)
        if note:
            text = note.encode("latin-1")
            content += _word(_AUX, len(text)) + text + b"\0" * (len(text) % 2)
        before, carried_chan, carried_num = sample, chan, num
    return bytes(content) + b"\0\0"


def _annotation(interval: int, code: int, *, is_first: bool) -> bytes:
    """Encode an annotation, with words of SKIP where its interval does not fit its own word."""
    if not code:  # whose word must not be zero, which is the end mark
        return _skip(interval - 1) + _word(code, 1)
    word = _word(code, interval & _LONGEST)
    begins_as_aha = is_first and not word[0] and word[1] in _AHA_CODES
    if 0 <= interval <= _LONGEST and not begins_as_aha:
        return word
    return _skip(interval) + _word(code, 0)


def _skip(interval: int) -> bytes:
    """Encode an interval of any length."""
    content = b""
    while True:
        part = max(-_LONGEST_SKIP, min(interval, _LONGEST_SKIP))
        bits = part & 0xFFFFFFFF
        content += struct.pack("<3H", _SKIP << 10, bits >> 16, bits & 0xFFFF)
        interval -= part
        if not interval:
            return content


def _word(code: int, number: int) -> bytes:
    return struct.pack("<H", code << 10 | number)
