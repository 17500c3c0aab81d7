"""Call the wfdb package, which is imported here and when a recording is written."""

from pathlib import Path
from typing import Any

from ..._errors import RecordError

__all__ = ["FETCH", "call_wfdb"]

FETCH = "Was the download complete? Fetch the file again."


def call_wfdb(function: str, path: Path, noun: str, *args: str, **options: Any) -> Any:
    """Call a function of wfdb on a recording; errors, of any type there, are RecordErrors."""
    import wfdb

    try:
        return getattr(wfdb, function)(str(path), *args, **options)
    except MemoryError:
        raise
    except Exception as error:
        raise RecordError(
            f"Record '{path.name}': wfdb cannot read the {noun} of '{path}' "
            f"({type(error).__name__}: {error}). {FETCH}"
        ) from error
