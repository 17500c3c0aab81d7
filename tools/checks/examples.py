"""Examples are gallery scripts: title, cells of prose and code, and what was learned."""

import ast
import re
from collections.abc import Iterator

from ._files import Problem, Text, paths

SIMULATED = r"skecg\.(load_simulated|simulate_\w+|make_\w*subjects)|skecg\.datasets"


def problems() -> Iterator[Problem]:
    """Yield places where a script departs from that form."""
    header = Text("examples/GALLERY_HEADER.rst")
    if not header.text.startswith("Examples\n==="):
        yield header.problem("must begin with the heading 'Examples'")
    for path in paths("examples/plot_*.py"):
        script = Text(path)
        docstring = ast.get_docstring(ast.parse(script.text)) or ""
        yield from _title(script, docstring)
        yield from _cells(script)
        yield from _source_of_recordings(script, docstring)


def _title(script: Text, docstring: str) -> Iterator[Problem]:
    title, underline, blank = [*docstring.splitlines(), "", "", ""][:3]
    if len(title) > len(underline) or set(underline) != {"="} or blank:
        yield script.problem("must begin with a title, underlined with =")


def _cells(script: Text) -> Iterator[Problem]:
    first, *cells = script.text.split("\n# %%\n")
    if len(cells) < 3:
        yield script.problem("needs three cells or more, of prose and code")
        return
    if "import" in first.split('"""')[-1]:
        yield script.problem("code must begin in a cell", "import")
    headings = script.find(r"^# (.+)\n# ---+$")
    if not headings or headings[-1][1] != "What was learned":
        yield script.problem("the last heading must be 'What was learned'", headings[-1])
    if not all(line.startswith("#") for line in cells[-1].strip().splitlines()):
        yield script.problem("the last cell must be prose", headings[-1])


def _source_of_recordings(script: Text, docstring: str) -> Iterator[Problem]:
    code = script.text.replace(docstring, "")
    used = {"simulated": re.search(SIMULATED, code) is not None, "real": "get_toy_ecg" in code}
    if not any(used.values()):
        yield script.problem("has neither simulated nor real recordings")
    for word, is_used in used.items():
        if is_used != (f"**{word}**" in docstring):
            verb = "must" if is_used else "must not"
            yield script.problem(f"the first paragraph {verb} say **{word}**")
