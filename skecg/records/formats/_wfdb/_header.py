"""Read a WFDB header."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..._errors import RecordError
from ..._header import RecordHeader
from .._files import check_file, is_file
from .._format import with_ending
from ._files import HEADER
from ._header_text import HeaderText, SignalLine, parse_header_text
from ._leads import ChosenLeads, choose_leads, default_leads, is_null
from ._signal_files import measured_frames
from ._subject_comment import date_from_comments, other_comments, subject_from_comments

__all__ = [
    "Recording",
    "annotation_rate",
    "parse_header",
    "read_header",
    "read_recording",
    "with_length",
]

_LARGEST = 2**24  # bytes of a header: those of a hundred thousand segments


@dataclass(frozen=True)
class Recording:
    """A header with the leads of the recording.

    Attributes
    ----------
    path : pathlib.Path
        The recording, without ending.
    header : HeaderText
        Its header; in one of several segments, with the length of all segments.
    leads : tuple of SignalLine
        The leads; of several segments, those of the layout or the first.
    in_layout : bool
        Whether the leads are those of a layout, which has no samples.
    """

    path: Path
    header: HeaderText
    leads: tuple[SignalLine, ...]
    in_layout: bool = False

    @property
    def without_samples(self) -> bool:
        """Whether leads need no samples: of a layout, or all of a header for annotations."""
        return self.in_layout or (self.header.n_frames is not None and is_null(self.leads))

    def choose(self, names: list[str] | None) -> ChosenLeads:
        """Choose leads by name; None is all of voltage at the highest rate."""
        owner = f"Record '{self.path.name}'"
        return choose_leads(self.leads, names, self.header.fs, owner, layout=self.without_samples)


def read_header(path: Path, names: Sequence[str] | None = None) -> RecordHeader:
    """Read the header of a recording, which need not have a signal; names choose the leads."""
    recording = read_recording(path)
    header = recording.header
    if names is None or not recording.leads:  # read_signal says why there are no leads
        leads = default_leads(recording.leads, header.fs, layout=recording.without_samples)
    else:
        leads = recording.choose(list(names))
    spf = leads.samples_per_frame
    date = header.start_date or date_from_comments(header.comments)
    return RecordHeader(
        path,
        header.fs * spf,
        None if header.n_frames is None else header.n_frames * spf,
        leads.names,
        subject_from_comments(header.comments),
        date,
        header.start_time,
        other_comments(header.comments),
        tuple(leads.excluded),
    )


def annotation_rate(path: Path) -> float | None:
    """Return the rate in Hz at which the annotations of a recording count: frames per second.

    The frequency of a header is that of its frames; with several samples a frame, the leads have
    more samples than that. An annotation file that gives a time resolution of its own overrules
    it. None is a recording without a header.
    """
    try:
        return parse_header(path).fs
    except FileNotFoundError:
        return None


def parse_header(path: Path) -> HeaderText:
    """Read and parse a header file."""
    file = with_ending(path, HEADER)
    try:
        size = check_file(file, path.name)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"Record '{path.name}': there is no header '{file}'. List the recordings of a folder "
            "with find_records."
        ) from None
    if size > _LARGEST:
        raise RecordError(
            f"Record '{path.name}': its header '{file}' must be a text of at most {_LARGEST:,} "
            f"bytes. Got {size:,} bytes. Is it a signal file? Exclude the record."
        )
    return parse_header_text(file.read_bytes(), path.name, str(file))


def with_length(path: Path, header: HeaderText) -> HeaderText:
    """Return a header with the length of its signal files, if it leaves the length open.

    Its checksums are then not verified, as header(5) says.
    """
    if header.n_frames is not None or not header.signals:
        return header
    signals = tuple(replace(signal, checksum=None) for signal in header.signals)
    return replace(header, n_frames=measured_frames(path, signals), signals=signals)


def read_recording(path: Path) -> Recording:
    """Read the header of a recording, and the one that tells the leads of its segments."""
    header = parse_header(path)
    segments = header.segments
    if segments is None:
        header = with_length(path, header)
        return Recording(path, header, header.signals)
    total = sum(segment.n_frames for segment in segments)
    if header.n_frames not in (None, total):
        raise RecordError(
            f"Record '{path.name}': its segments must add up to the {header.n_frames} samples of "
            f"its header. Got {total}. Correct the header '{with_ending(path, HEADER)}'."
        )
    header = replace(header, n_frames=total or None)
    for i, segment in enumerate(segments):
        base = path.parent / segment.name
        if segment.name == "~" or not is_file(with_ending(base, HEADER)):  # a gap
            continue
        leads = parse_header(base).signals
        in_layout = i == 0 and segment.n_frames == 0
        if in_layout or not is_null(leads):
            return Recording(path, header, leads, in_layout=in_layout)
    return Recording(path, header, ())
