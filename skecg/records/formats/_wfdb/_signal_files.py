"""Read frames from WFDB signal files."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....utils import warn
from ..._errors import RecordError
from .._files import check_file
from ._advice import FETCH
from ._decode import FORMATS, SampleFormat
from ._header_text import SignalLine

__all__ = ["SignalFile", "measured_frames", "signal_files"]

_FLAC_BLOCK = (65_535, 11)  # most samples and fewest bytes of a block of FLAC
_FLAC = {"508": 8, "516": 16, "524": 24}  # bits of a sample in compressed formats
# samples that are decoded at a time: more need more memory, fewer make threads wait for Python's
# lock between the parts
_CHUNK = 2**19


@dataclass(frozen=True)
class SignalFile:
    """A signal file and the signals that it holds.

    The samples of a signal in a frame follow each other, and then those of the next signal:

        frame        0                       1
        samples      II II II II  RESP       II II II II  RESP

    Attributes
    ----------
    path : pathlib.Path
        The file.
    record : str
        Name of the record, for errors.
    signals : tuple of SignalLine
        Its signals, in the order of the header.
    first : int
        Position of the first of them among all signals of the header.
    """

    path: Path
    record: str
    signals: tuple[SignalLine, ...]
    first: int

    @property
    def fmt(self) -> str:
        """Number of the format."""
        return self.signals[0].fmt

    @property
    def frame_size(self) -> int:
        """Samples of a frame."""
        return self._ends[-1]

    def _columns(self, index: int) -> slice:
        """Return the samples of a frame that belong to a signal of the header."""
        i = index - self.first
        return slice(self._ends[i] - self.signals[i].samples_per_frame, self._ends[i])

    @cached_property
    def _ends(self) -> list[int]:
        """Place behind the samples of each signal in a frame."""
        return list(accumulate(signal.samples_per_frame for signal in self.signals))

    def n_frames(self) -> int:
        """Return the number of whole frames in the file, or raise if it cannot be read."""
        if self.fmt not in FORMATS and self.fmt not in _FLAC:
            raise RecordError(
                f"Record '{self.record}': the format of its signal file '{self.path}' must be one "
                f"of {', '.join([*FORMATS, *_FLAC])}. Got {self.fmt}. Correct it in the header, "
                "or convert the file with xform of the WFDB software."
            )
        try:
            n_bytes = check_file(self.path, self.record) - self.signals[0].offset
        except FileNotFoundError:
            raise FileNotFoundError(
                f"Record '{self.record}': there is no signal file '{self.path}', which its header "
                f"names. {FETCH}"
            ) from None
        if self.fmt in _FLAC:
            return self._flac_length()
        return self._format().n_samples(max(n_bytes, 0)) // self.frame_size

    def check_length(self, n_frames: int) -> None:
        """Raise unless the file is there and holds as many frames; warn if it holds more.

        The checksums of a header tell that the format is right. Where one is missing, only the
        size of the file can: one that is longer may be of another format.
        """
        found = self.n_frames()
        if found >= n_frames:
            if self.fmt in FORMATS and any(one.checksum is None for one in self.signals):
                self._check_surplus(n_frames)
            return
        size = f", {self.path.stat().st_size} bytes"
        needed = ""
        if self.fmt in FORMATS:
            least = self._format().n_bytes(n_frames * self.frame_size) + self.signals[0].offset
            needed = f", {least} bytes"
        many = self.frame_size > len(self.signals)
        noun = f"frames of {self.frame_size} samples" if many else "samples"
        advice = f"{FETCH} If it is complete, correct the header."
        raise RecordError(
            f"Record '{self.record}': its signal file '{self.path}' must hold at least {n_frames} "
            f"{noun} of {len(self.signals)} leads{needed}. Got {found} {noun}{size}. {advice}"
        )

    def _check_surplus(self, n_frames: int) -> None:
        """Raise if a file is as long as one of another format, or warn if it is just longer."""
        n_bytes = self.path.stat().st_size - self.signals[0].offset
        skew = max(signal.skew for signal in self.signals)
        # its last block may be padded to a whole one, and the file to whole words
        if n_bytes <= self._format().n_bytes((n_frames + skew) * self.frame_size) + 4:
            return
        n_samples = n_frames * self.frame_size
        owner = f"Record '{self.record}': its signal file '{self.path}'"
        expected = (
            f"{self._format().n_bytes(n_samples)} bytes for {n_frames} samples of "
            f"{len(self.signals)} leads in format {self.fmt}"
        )
        fitting = [
            f"format {name}"
            for name, form in FORMATS.items()
            if name not in (self.fmt, "61", "160", "80") and form.n_bytes(n_samples) == n_bytes
        ]
        if self._format().n_bytes(2 * n_samples) == n_bytes:
            fitting.append(f"{2 * len(self.signals)} leads")
        if fitting:
            raise RecordError(
                f"{owner} must have {expected}. Got {n_bytes} bytes, as with "
                f"{' or '.join(fitting)}, and the header has no checksum that shows which is "
                "right. Correct the format, the number of leads or of samples in the header."
            )
        warn(
            f"{owner} should have {expected}. Got {n_bytes} bytes: those behind are not read. If "
            "the signal looks wrong, correct the format or the number of leads in the header."
        )

    def warn_of_rest(self) -> None:
        """Warn if a file whose length only its size tells does not end with a whole frame."""
        if self.fmt not in FORMATS:
            return
        form, n_bytes = self._format(), self.path.stat().st_size - self.signals[0].offset
        rest = form.n_samples(max(n_bytes, 0)) % self.frame_size
        if rest >= form.samples:  # fewer pad the last block
            warn(
                f"Record '{self.record}': its signal file '{self.path}' should end with a whole "
                f"frame, {self.frame_size} samples in format {self.fmt}. Got {rest} samples more, "
                "which are not read. If the signal looks wrong, correct the format or the number "
                "of leads in the header."
            )

    def samples(
        self, start: int, stop: int, indices: Collection[int]
    ) -> Iterator[dict[int, NDArray[np.signedinteger]]]:
        """Read the samples of signals from frames in parts; only the bytes of these are read.

        Parameters
        ----------
        start, stop : int
            The frames.
        indices : collection of int
            The signals, by their position in the header.
        """
        form = FORMATS.get(self.fmt)
        one = None if form is None or self.frame_size % form.samples else form.decode_one
        if one is not None and all(self._is_one(i) for i in indices):
            for content, _ in self._contents(start, stop):
                yield {i: one(content, self._columns(i).start, self.frame_size) for i in indices}
            return
        for frames in self._frames(start, stop):
            yield {i: frames[:, self._columns(i)].reshape(-1) for i in indices}

    def _is_one(self, index: int) -> bool:
        """Tell whether a signal has one sample a frame."""
        return self.signals[index - self.first].samples_per_frame == 1

    def _frames(self, start: int, stop: int) -> Iterator[NDArray[np.signedinteger]]:
        """Decode frames in parts of shape (n_frames, frame_size)."""
        if self.fmt in _FLAC:
            yield from self._flac_frames(start, stop)
        elif self.fmt == "8":
            yield from self._summed_frames(start, stop)
        else:
            yield from self._decoded(start, stop)

    @property
    def _step(self) -> int:
        """Frames of a part."""
        return max(1, _CHUNK // self.frame_size)

    def _format(self) -> SampleFormat:
        return FORMATS[self.fmt]

    def _decoded(self, start: int, stop: int) -> Iterator[NDArray[np.signedinteger]]:
        """Decode frames of a format of fixed size."""
        first = start
        for content, before in self._contents(start, stop):
            n_frames = min(self._step, stop - first)
            numbers = self._format().decode(content)[before : before + n_frames * self.frame_size]
            yield numbers.reshape(n_frames, self.frame_size)
            first += n_frames

    def _contents(self, start: int, stop: int) -> Iterator[tuple[NDArray[np.uint8], int]]:
        """Read the blocks of frames in parts, with the number of samples before the frames."""
        form = self._format()
        with open(self.path, "rb") as file:
            for first in range(start, stop, self._step):
                n_samples = min(self._step, stop - first) * self.frame_size
                blocks, before = divmod(first * self.frame_size, form.samples)
                n_bytes = form.n_bytes(n_samples + before)
                # the end of the last block may lack in the file
                content = np.zeros(-(-n_bytes // form.size) * form.size, dtype=np.uint8)
                file.seek(self.signals[0].offset + blocks * form.size)
                if file.readinto(content[:n_bytes].data) != n_bytes:
                    raise self._ended()
                yield content, before

    def _ended(self) -> RecordError:
        """Make the error about a file that holds less than its size or its header promises."""
        return RecordError(
            f"Record '{self.record}': its signal file '{self.path}' ended while it was read. "
            f"{FETCH}"
        )

    def _summed_frames(self, start: int, stop: int) -> Iterator[NDArray[np.signedinteger]]:
        """Decode frames of format 8, differences, which are summed from the first frame on."""
        before = [np.int64(signal.initial_value) for signal in self.signals]
        first = 0
        for differences in self._decoded(0, stop):
            frames = differences.astype(np.int64)
            for i in range(len(self.signals)):
                part = frames[:, self._columns(self.first + i)]
                sums = before[i] + np.cumsum(part).reshape(part.shape)
                part[:] = sums
                before[i] = sums[-1, -1]
            if first + len(frames) > start:
                yield frames[max(start - first, 0) :]
            first += len(frames)

    def _flac_length(self) -> int:
        """Return the number of whole frames in a compressed file."""
        with self._open_flac() as flac:
            per_frame = self.signals[0].samples_per_frame
            # a block of at most 65,535 samples takes 11 bytes, so no header promises more
            most = self.path.stat().st_size // _FLAC_BLOCK[1] * _FLAC_BLOCK[0]
            return max(min(flac.frames, most) - self.signals[0].offset, 0) // per_frame

    def _flac_frames(self, start: int, stop: int) -> Iterator[NDArray[np.signedinteger]]:
        """Decode frames of a compressed file, which has a channel for each signal."""
        n_signals, per_frame = len(self.signals), self.signals[0].samples_per_frame
        with self._open_flac() as flac:
            flac.seek(self.signals[0].offset + start * per_frame)
            for first in range(start, stop, self._step):
                n_frames = min(self._step, stop - first)
                channels = flac.read(n_frames * per_frame, dtype="int32", always_2d=True)
                if len(channels) < n_frames * per_frame:
                    raise self._ended()
                numbers = channels >> (32 - _bits(flac.subtype))
                frames = numbers.reshape(n_frames, per_frame, n_signals).transpose(0, 2, 1)
                yield frames.reshape(n_frames, self.frame_size)

    def _open_flac(self) -> Any:
        """Open a compressed file, or raise unless its channels are the signals of the header."""
        import soundfile

        with open(self.path, "rb") as file:
            start = file.read(4)
        must_be = f"Record '{self.record}': its signal file '{self.path}' must be a FLAC file"
        if start != b"fLaC":  # soundfile would take it for a file of any kind that it knows
            raise RecordError(
                f"{must_be}. Got {start!r} at its beginning. Is format {self.fmt} in the header "
                "right?"
            )
        try:
            flac = soundfile.SoundFile(self.path)
        except (soundfile.SoundFileError, OSError) as error:
            reason = f"Got an error of soundfile ({error})"
            raise RecordError(f"{must_be}. {reason}. {FETCH}") from error
        rates = {signal.samples_per_frame for signal in self.signals}
        expected = (len(self.signals), True, True)
        found = (flac.channels, _bits(flac.subtype) <= _FLAC[self.fmt], len(rates) == 1)
        if found != expected:
            flac.close()
            raise RecordError(
                f"Record '{self.record}': its signal file '{self.path}' must hold the "
                f"{len(self.signals)} leads of its header, of at most {_FLAC[self.fmt]} bits and "
                f"of one rate. Got {flac.channels} channels of {flac.subtype} and {sorted(rates)} "
                "samples a frame. Do header and file belong to each other?"
            )
        return flac


def _bits(subtype: str) -> int:
    """Return the bits of a sample of a FLAC file."""
    return {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}.get(subtype, 32)


def signal_files(
    path: Path, signals: Sequence[SignalLine], wanted: Sequence[int] | None = None
) -> list[SignalFile]:
    """Return the signal files of a recording that hold wanted signals; None is all."""
    files: dict[str, list[int]] = {}
    for i, signal in enumerate(signals):
        if signal.fmt != "0":
            files.setdefault(signal.file, []).append(i)
    return [
        SignalFile(path.parent / name, path.name, tuple(signals[i] for i in held), held[0])
        for name, held in files.items()
        if wanted is None or set(held) & set(wanted)
    ]


def measured_frames(path: Path, signals: Sequence[SignalLine]) -> int | None:
    """Return the number of frames that all signal files hold; None if one cannot be read."""
    try:
        return min((file.n_frames() for file in signal_files(path, signals)), default=0) or None
    except (OSError, RecordError):  # read_signal says why
        return None
