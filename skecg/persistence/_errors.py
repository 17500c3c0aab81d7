"""Errors of model files."""

__all__ = ["ModelFileError", "Refused"]

DAMAGED = (
    "It may be damaged or truncated, or not a file of skecg: get it again from its source, or "
    "save the model again with skecg.save"
)


class ModelFileError(ValueError):
    """Report a file that is not a usable model file; the message gives file, problem, way out.

    Nothing in the file was run, and no model was made from it.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import skecg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "empty.skecg"
    ...     path.touch()
    ...     try:
    ...         skecg.load(path)
    ...     except skecg.ModelFileError as error:
    ...         print(str(error).partition("empty.skecg")[2])
    ' is not a usable skecg model file: it is empty. It may be damaged or truncated, ...
    """


class Refused(Exception):
    """Report a problem with bytes, and a way out, before the file's name is known."""

    def __init__(self, problem: str, way_out: str = DAMAGED):
        super().__init__(f"{problem}. {way_out}")
