"""Distinguish the files that skecg has written from those of others."""

from ..._errors import RecordError
from ..._header import RecordHeader
from .._format import with_ending
from ._files import HEADER
from ._subject_comment import subject_from_comments

__all__ = ["check_replaceable"]


def check_replaceable(header: RecordHeader) -> bool:
    """Raise unless writing a record would replace only files that skecg has written.

    Returns
    -------
    bool
        Whether there are files of a record of this name.
    """
    file, signal = (with_ending(header.path, ending) for ending in (HEADER, ".dat"))
    if not file.is_file() and not signal.is_file():
        return False
    text = file.read_text("latin-1") if file.is_file() else ""
    if not _is_own(text, signal.name):
        found = file if file.is_file() else signal
        raise RecordError(
            f"Record '{header.name}': '{found}' was not written by skecg. write_record never "
            "replaces the header or signal of another program. Use another folder, or "
            "write_annotations, which writes only the annotation file."
        )
    return True


def _is_own(text: str, signal_file: str) -> bool:
    """Tell whether a header is one of `write_record`, with all leads in the file of its name."""
    lines = text.split("\n")  # not splitlines: "Å" in UTF-8 holds a byte that ends lines
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    leads = [line for line in lines[1:] if line.strip() and not line.startswith("#")]
    return subject_from_comments(comments) is not None and all(
        line.split()[:2] in ([signal_file, "16"], [signal_file, "32"]) for line in leads
    )
