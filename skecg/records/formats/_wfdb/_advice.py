"""Advice for messages about files that are cut off, or not the file that was meant."""

import re

__all__ = ["FETCH", "placeholder"]

FETCH = "Was the download complete? Fetch the file again."

_PLACEHOLDERS = {
    rb"\s*<(!doctype|html|\?xml)": "a page of the web",
    rb"version https://git-lfs\.github\.com": "a pointer of Git LFS",
}


def placeholder(content: bytes) -> str | None:
    """Return what was saved in place of a file, with advice, or None."""
    for start, noun in _PLACEHOLDERS.items():
        if re.match(start, content, re.IGNORECASE):
            return f"It is {noun} in place of the file: fetch the file itself."
    return None
