"""Rows of the page on broken files: each is read at the build, and shown with its message."""

import sys
import tempfile
import warnings
from pathlib import Path

from skecg import RecordError, read_record

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.broken_files import ROWS

TITLES = {"header": "Header", "signal": "Signal file", "annotations": "Annotation file"}
TITLES |= {"others": "Other formats, and paths that are not files"}


def write(path: str | Path) -> None:
    """Write a table for each file of a recording."""
    lines = []
    for file, title in TITLES.items():
        lines += [title, "-" * len(title), "", ".. list-table::", "   :header-rows: 1"]
        lines += ["   :widths: 26 14 60", "   :class: stack", ""]
        lines += ["   * - The file", "     - Outcome", "     - Message"]
        for row in (row for row in ROWS if row.file == file):
            outcome, message = read(row)
            lines += [f"   * - {row.what}", f"     - {outcome}", f"     - {_literal(message)}"]
        lines.append("")
    text = "\n".join(lines)
    path = Path(path)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def read(row) -> tuple[str, str]:
    """Return the outcome of a row, and its warning or error without the folder."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = row.make().write(Path(folder))
        try:
            read_record(path, leads=row.leads)
        except (RecordError, FileNotFoundError) as error:
            return "refused", str(error).replace(f"{folder}/", "")
        texts = [str(one.message).replace(f"{folder}/", "") for one in caught]
    return ("read, with a warning" if texts else "read"), " ".join(texts)


def _literal(text: str) -> str:
    """Escape a message for a page."""
    return "".join(f"\\{c}" if c in "*`|_\\" else c for c in text) or "\u2013"
