"""The error about a recording."""

__all__ = ["RecordError"]


class RecordError(ValueError):
    """A recording cannot be used; the message names it and gives the value that is wrong.

    Examples
    --------
    >>> from skecg import ECGRecord, RecordError
    >>> try:
    ...     ECGRecord([0.0, 0.1, 0.0], fs=250, sample=[7], symbol=["N"], name="short")
    ... except RecordError as error:
    ...     print(error)
    Record 'short': 1 of 1 beats lie outside the signal of 3 samples, the first of them at
    sample 7. Were signal and annotations made for each other?
    """
