"""Names of ECG leads."""

import re

__all__ = ["looks_like_ecg", "unit_reason"]

# limb, chest, right chest and back leads; modified leads of Holter recorders and monitors
_LEAD = re.compile(
    r"(ecg|ekg|elec?trocardiogram|lead)\d{0,2}|(ml|d|lead)?i{1,3}|(ml|d|l)[123]|"
    r"-?av[rlf]|v[1-9]|v[3-9]r|mv[1-6]|mcl[1-6]|c[cms][1-6]|es|as|ai",
    re.IGNORECASE,
)
_AMBIGUOUS = ("i", "es", "as", "ai")  # as words in small letters, they are not leads
_OTHER_KINDS = ("EEG", "EOG", "EMG")


def looks_like_ecg(label: str) -> bool:
    """Tell whether a label is that of an ECG lead.

    Examples
    --------
    >>> from skecg.records.formats._leads import looks_like_ecg
    >>> [looks_like_ecg(name) for name in ("ECG II", "MLII", "aVR", "EKG1", "lead0", "V5-V1")]
    [True, True, True, True, True, True]
    >>> [looks_like_ecg(name) for name in ("EEG C3-A2", "ABP", "V", "y_true", "C4-M1")]
    [False, False, False, False, False]
    """
    words = [word for word in re.split(r"[^A-Za-z0-9]+", label) if word]
    if not words or words[0].upper() in _OTHER_KINDS:
        return False
    return any(_LEAD.fullmatch(word) and word not in _AMBIGUOUS for word in words)


def unit_reason(unit: str) -> str:
    """Return the reason for which a lead in a unit is excluded."""
    return f"unit {unit!r}" if unit else "no unit"
