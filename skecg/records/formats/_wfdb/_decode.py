"""Decode the sample formats of WFDB signal files.

Source: the WFDB Applications Guide, signal(5), https://wfdb.io/spec/signal-files.html
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FORMATS", "SampleFormat"]

Digital = NDArray[np.signedinteger]
Bytes = NDArray[np.uint8]


class SampleFormat(NamedTuple):
    """A format of fixed size: samples are packed in blocks.

    Attributes
    ----------
    samples, size : int
        Samples and bytes of a block.
    ends : tuple of int
        Bytes of a block that holds only the first 0, 1, ... of its samples.
    decode : callable
        Turns the bytes of whole blocks into samples.
    decode_one : callable or None
        ``decode_one(content, place, frame_size)`` decodes one sample of each frame, where frames
        are whole blocks; None where that is not faster.
    """

    samples: int
    size: int
    ends: tuple[int, ...]
    decode: Callable[[Bytes], Digital]
    decode_one: Callable[[Bytes, int, int], Digital] | None = None

    def n_bytes(self, n_samples: int) -> int:
        """Return the least number of bytes that hold as many samples."""
        blocks, rest = divmod(n_samples, self.samples)
        return blocks * self.size + self.ends[rest]

    def n_samples(self, n_bytes: int) -> int:
        """Return the number of samples that as many bytes hold."""
        blocks, rest = divmod(n_bytes, self.size)
        return blocks * self.samples + sum(end <= rest for end in self.ends[1:])


def _words(content: Bytes, first: int, step: int) -> NDArray[np.uint16]:
    """Return the two bytes, low byte first, at ``first``, ``first + step``, and so on."""
    n = len(content) // step
    return np.ndarray((n,), "<u2", content.data, offset=first, strides=(step,))


def _signed(words: NDArray[np.uint16], bits: int) -> NDArray[np.int16]:
    """Return the lowest bits of words as two's complement numbers."""
    shift = 16 - bits
    numbers = np.left_shift(words, shift).view(np.int16)
    return np.right_shift(numbers, shift, out=numbers)


def _decode_80(content: Bytes) -> Digital:
    return (content ^ 0x80).view(np.int8).astype(np.int16)


def _decode_160(content: Bytes) -> Digital:
    return (content.view("<u2") ^ np.uint16(0x8000)).astype(np.uint16, copy=False).view(np.int16)


def _decode_24(content: Bytes) -> Digital:
    four = np.zeros((len(content) // 3, 4), dtype=np.uint8)  # the lowest byte stays 0
    four[:, 1:] = content.reshape(-1, 3)
    numbers = four.reshape(-1).view("<i4").astype(np.int32, copy=False)
    return np.right_shift(numbers, 8, out=numbers)


def _decode_212(content: Bytes) -> Digital:
    """Decode pairs of 12-bit samples.

    byte     0         1          2
             aaaaaaaa  bbbb AAAA  BBBBBBBB      the first sample is AAAAaaaaaaaa,
                                                the second bbbbBBBBBBBB
    """
    pairs = np.empty((len(content) // 3, 2), dtype=np.int16)
    for place in range(2):
        pairs[:, place] = _decode_one_212(content, place, 2)
    return pairs.reshape(-1)


def _decode_one_212(content: Bytes, place: int, frame_size: int) -> Digital:
    """Decode one sample of each frame of an even number of samples."""
    words = _words(content, place // 2 * 3 + place % 2, frame_size // 2 * 3)
    if place % 2 == 0:
        return _signed(words, 12)
    second = np.right_shift(words, 8)
    second |= (words & 0x00F0) << 4
    return _signed(second, 12)


def _decode_310(content: Bytes) -> Digital:
    """Decode triples of 10-bit samples: bits 1 to 10 of two words, and their 5 highest bits."""
    triples = np.empty((len(content) // 4, 3), dtype=np.int16)
    low, high = _words(content, 0, 4), _words(content, 2, 4)
    triples[:, 0] = _signed(np.right_shift(low, 1), 10)
    triples[:, 1] = _signed(np.right_shift(high, 1), 10)
    third = np.right_shift(low, 11)
    third |= np.left_shift(np.right_shift(high, 11), 5)
    triples[:, 2] = _signed(third, 10)
    return triples.reshape(-1)


def _decode_311(content: Bytes) -> Digital:
    """Decode triples of 10-bit samples: the bits 0 to 29 of a 32-bit number."""
    numbers = content.view("<u4")
    triples = np.empty((len(numbers), 3), dtype=np.int16)
    for i in range(3):
        triples[:, i] = _signed(np.right_shift(numbers, 10 * i).astype(np.uint16), 10)
    return triples.reshape(-1)


#: The formats of fixed size. Those of 10 bits leave the bytes of a last block that hold no
#: sample to the writer; WFDB's own library reads a third sample of two words.
FORMATS: dict[str, SampleFormat] = {
    "8": SampleFormat(1, 1, (0,), lambda content: content.view(np.int8)),
    "16": SampleFormat(1, 2, (0,), lambda content: content.view("<i2")),
    "24": SampleFormat(1, 3, (0,), _decode_24),
    "32": SampleFormat(1, 4, (0,), lambda content: content.view("<i4")),
    "61": SampleFormat(1, 2, (0,), lambda content: content.view(">i2")),
    "80": SampleFormat(1, 1, (0,), _decode_80),
    "160": SampleFormat(1, 2, (0,), _decode_160),
    "212": SampleFormat(2, 3, (0, 2), _decode_212, _decode_one_212),
    "310": SampleFormat(3, 4, (0, 2, 4), _decode_310),
    "311": SampleFormat(3, 4, (0, 2, 3), _decode_311),
}
