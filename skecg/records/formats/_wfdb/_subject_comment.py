"""Keep the subject and the day of a recording in comments of its header."""

import datetime
import json
from collections.abc import Iterable

from ....utils import printable

__all__ = [
    "date_from_comments",
    "date_to_comment",
    "other_comments",
    "subject_from_comments",
    "subject_to_comment",
]

_SUBJECT = "skecg subject: "
_DATE = "skecg date: "


def subject_to_comment(subject: str) -> str:
    """Write a subject as a comment of a header, in ASCII as WFDB requires."""
    return _SUBJECT + json.dumps(subject)


def subject_from_comments(comments: Iterable[str]) -> str | None:
    """Find the subject among the comments of a header, or None."""
    for comment in comments:
        subject = _as_subject(comment)
        if subject is not None:
            return subject
    return None


def date_to_comment(date: datetime.date) -> str:
    """Write the day of a recording whose time of day is not known; WFDB requires the time."""
    return _DATE + date.isoformat()


def date_from_comments(comments: Iterable[str]) -> datetime.date | None:
    """Find the day among the comments of a header, or None."""
    for comment in comments:
        date = _as_date(comment)
        if date is not None:
            return date
    return None


def other_comments(comments: Iterable[str]) -> tuple[str, ...]:
    """Return the comments without those of the subject and the day."""
    return tuple(c for c in comments if _as_subject(c) is None and _as_date(c) is None)


def _as_subject(comment: str) -> str | None:
    """Return the subject of a comment, or None; a comment edited by hand may be wrong."""
    if not comment.startswith(_SUBJECT):
        return None
    try:
        subject = json.loads(comment.removeprefix(_SUBJECT))
    except (ValueError, RecursionError):  # of brackets in brackets
        return None
    return printable(subject) if isinstance(subject, str) and subject else None


def _as_date(comment: str) -> datetime.date | None:
    """Return the day of a comment, or None."""
    if not comment.startswith(_DATE):
        return None
    try:
        return datetime.date.fromisoformat(comment.removeprefix(_DATE).strip())
    except ValueError:
        return None
