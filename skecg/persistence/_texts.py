"""Texts in files: refused if a terminal would obey them, or a report show other lines.

Names of subjects and classes, versions and the like are shown in terminals and reports, and
subjects are compared with those of other recordings. So they are refused rather than changed:
changed names would hide that a test subject is one of the training.
"""

import re
from collections.abc import Iterable
from typing import Any

__all__ = ["first_control", "has_control"]

# C0 and C1, marks and overrides of the direction of writing, ends of lines and paragraphs, and
# halves of surrogate pairs. Blanks of all widths and signs of all languages are allowed.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]"
)


def has_control(text: str) -> bool:
    """Tell whether a text holds characters that control a terminal or the lines of a report."""
    return not text.isprintable() and _CONTROL.search(text) is not None


def first_control(content: Any) -> str | None:
    """Return the first text with control characters in JSON data, keys included, or None."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if has_control(value):
                return value
        elif isinstance(value, dict):
            if (key := _first(value)) is not None:
                return key
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return None


def _first(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if has_control(text)), None)
