"""What is wrong with a file."""

__all__ = ["ModelFileError", "Refused", "printable"]

DAMAGED = (
    "It may be damaged or cut short, or no file of skecg: get it anew from where it came from, "
    "or save the model again with skecg.save"
)


class ModelFileError(ValueError):
    """A file is no usable model file; the message names the file, what is wrong and a way out.

    Nothing of the file was run, and no model was made of it.

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
    ' is not a usable skecg model file: it is empty. It may be damaged or cut short, ...
    """


class Refused(Exception):
    """What is wrong with the bytes at hand, and a way out, before the file's name is added."""

    def __init__(self, problem: str, way_out: str = DAMAGED):
        super().__init__(f"{problem}. {way_out}")


def printable(text: str) -> str:
    """A text from a file as terminals can show it, which would obey some characters."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
