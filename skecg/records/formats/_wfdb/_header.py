"""Read a WFDB header."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import with_ending
from ._call import call_wfdb
from ._files import HEADER
from ._subject_comment import subject_from_comments

if TYPE_CHECKING:
    import wfdb

__all__ = ["annotation_rate", "has_segments", "names_of_leads", "parse_header", "read_header"]


def read_header(path: Path) -> RecordHeader:
    """Read the header of a recording, which need not have a signal."""
    header = parse_header(path)
    return RecordHeader(
        path,
        float(header.fs),
        header.sig_len,
        tuple(_names_of_all_leads(path, header)),
        subject_from_comments(header.comments),
    )


def parse_header(path: Path) -> "wfdb.Record | wfdb.MultiRecord":
    """Read a header as an object of wfdb."""
    file = with_ending(path, HEADER)
    if not file.is_file():
        raise FileNotFoundError(
            f"Record '{path.name}': there is no header '{file}'. List the recordings of a folder "
            "with find_records."
        )
    header = call_wfdb("rdheader", path, "header")
    if not header.fs:
        raise RecordError(
            f"Record '{path.name}': its header must give a sampling frequency. Got {header.fs}."
        )
    return header


def annotation_rate(path: Path) -> float | None:
    """Return the rate in Hz at which the annotations of a recording count: frames per second.

    The frequency of a header is that of its frames; with several samples a frame, the leads have
    more samples than that. An annotation file that gives a time resolution of its own overrules
    it. None is a recording without a header.
    """
    if not with_ending(path, HEADER).is_file():
        return None
    return float(parse_header(path).fs)


def has_segments(header: "wfdb.Record | wfdb.MultiRecord") -> bool:
    """Tell whether a header is of a recording in several segments."""
    return hasattr(header, "seg_name")


def names_of_leads(header: "wfdb.Record") -> list[str]:
    """Return the lead names of a header, numbered where it has none."""
    return [name or f"lead{i}" for i, name in enumerate(header.sig_name or ())]


def _names_of_all_leads(path: Path, header: "wfdb.Record | wfdb.MultiRecord") -> list[str]:
    """Return the lead names of a recording; of segments, those of the layout or the first."""
    if not has_segments(header):
        return names_of_leads(header)
    for name in header.seg_name:
        segment = path.with_name(name)
        if name != "~" and with_ending(segment, HEADER).is_file():  # "~" is a gap
            return names_of_leads(parse_header(segment))
    return []
