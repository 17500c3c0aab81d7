"""The entry of WFDB among the formats."""

from .._format import Format
from ._annotations import read_annotations
from ._files import (
    ENDINGS,
    HEADER,
    annotators,
    find_recordings,
    has_annotations,
    recording_files,
)
from ._header import annotation_rate, read_header
from ._signal import read_signal
from ._write import write_files, write_header
from ._write_annotations import write_annotations

__all__ = ["WFDB"]

WFDB = Format(
    name="WFDB",
    noun="header",
    found_by=HEADER,
    endings=ENDINGS,
    find=find_recordings,
    annotators=annotators,
    has_annotations=has_annotations,
    read_header=read_header,
    read_signal=read_signal,
    read_annotations=read_annotations,
    annotation_rate=annotation_rate,
    write=write_files,
    write_header=write_header,
    write_annotations=write_annotations,
    read_header_of=read_header,
    files=recording_files,
)
