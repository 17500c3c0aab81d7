"""Codes of patients in files."""

from ...utils import printable

__all__ = ["subject_of_code"]

# that programs write for every patient, so that they would make all recordings one person's
_PLACEHOLDERS = frozenset(
    "x 0 00 000 0000 1 none null na n/a - -9 unknown anonymous anonym anonymized anon patient "
    "id test default".split()
)


def subject_of_code(code: str) -> str | None:
    """Return the subject of a patient's code; None if the code is that of nobody.

    Examples
    --------
    >>> from skecg.records.formats._patient import subject_of_code
    >>> subject_of_code("MCH-0234567"), subject_of_code("X"), subject_of_code("Unknown")
    ('patient:MCH-0234567', None, None)
    """
    plain = printable(code.strip())
    if not plain or plain.lower() in _PLACEHOLDERS:
        return None
    return f"patient:{plain}"
