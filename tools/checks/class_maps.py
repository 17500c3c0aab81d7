"""The table of symbols and classes in the guide is that of the code."""

import re
from collections.abc import Iterator

from skecg import tables

from ._files import Problem, Text

PAGE = "docs/guide/beats.rst"
ROW = r"^   \* - (``.+``)\n     - .+\n     - (.+)\n     - (.+)\n"  # symbols, words, two classes


def problems() -> Iterator[Problem]:
    """Yield symbols whose class on the page differs from that in `skecg.tables.CLASS_MAPS`."""
    page = Text(PAGE)
    written: dict[str, dict[str, str]] = {"ec57": {}, "dechazal": {}}
    for row in page.find(ROW):
        symbols, *labels = row.groups()
        for name, label in zip(written, labels, strict=True):
            label = label.strip("*")
            for symbol in re.findall(r"``(.)``", symbols):
                if label != "no class":
                    written[name][symbol] = label
                known = tables.CLASS_MAPS[name].get(symbol, "no class")
                if known != label:
                    yield page.problem(f"{symbol!r} is {label}; in the map {name!r} {known}", row)
    for name, known_map in tables.CLASS_MAPS.items():
        for symbol in sorted(set(known_map) - set(written.get(name, {}))):
            yield page.problem(f"{symbol!r} of the map {name!r} is missing in the table")
