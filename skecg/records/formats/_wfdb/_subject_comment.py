"""Keep the subject of a recording in a comment of its header."""

import json
from collections.abc import Iterable

__all__ = ["subject_from_comments", "subject_to_comment"]

_PREFIX = "skecg subject: "


def subject_to_comment(subject: str) -> str:
    """Write a subject as a comment of a header, in ASCII as WFDB requires."""
    return _PREFIX + json.dumps(subject)


def subject_from_comments(comments: Iterable[str]) -> str | None:
    """Find the subject among the comments of a header, or None."""
    for comment in comments:
        if comment.startswith(_PREFIX):
            try:
                subject = json.loads(comment.removeprefix(_PREFIX))
            except ValueError:  # edited by hand
                continue
            if isinstance(subject, str) and subject:
                return subject
    return None
