"""The columns of a table: leads with their units, times, counters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ...utils import printable
from ._leads import looks_like_ecg
from ._units import units_per_millivolt

__all__ = ["Column", "columns_of", "is_recording"]

# of tables of beats, predictions, annotations and results
_OTHER_TABLES = frozenset("record subject symbol class y_true y_pred metric fold".split())
_TIMES = frozenset(
    "time t elapsed_time seconds sec timestamp datetime date_time date clock ms milliseconds "
    "time_s time_ms zeit".split()
)
_COUNTERS = frozenset("sample sample_# samples sample_number index n # row unnamed:_0".split())
_IN_BRACKETS = re.compile(r"(.*?)\s*[(\[]\s*([^()\[\]]*?)\s*[)\]]$")
_AFTER_LINE = re.compile(r"(.+?)\s*[ _/,]\s*([munµμ][Vv]|V|[mun]?s)$")


@dataclass(frozen=True)
class Column:
    """A column: its name in the table, its name without unit, its unit, and its kind."""

    key: str
    name: str
    unit: str
    kind: Literal["lead", "time", "counter", "other"]

    @property
    def is_lead(self) -> bool:
        """Tell whether name or unit are those of an ECG."""
        return self.kind == "lead" and (
            units_per_millivolt(self.unit) is not None
            or (not self.unit and looks_like_ecg(self.name))
        )


def columns_of(keys: Sequence[str], units: Sequence[str] | None = None) -> list[Column]:
    """Judge columns by their names, and by the line of units below them if there is one."""
    return [_judge(key, unit) for key, unit in zip(keys, units or [""] * len(keys), strict=True)]


def _judge(key: str, unit: str) -> Column:
    """Judge one column by its name, such as "II (uV)", "time_ms", "sample"."""
    name = printable(key.strip().strip("'\"").strip())
    match = _IN_BRACKETS.match(name) or _AFTER_LINE.match(name)
    if match is not None and not unit:
        name, unit = match[1].strip(), match[2]
    plain = re.sub(r"\s+", "_", name.lower())
    if plain in _TIMES:
        if plain in ("ms", "milliseconds", "time_ms"):
            unit = "ms"
        return Column(key, name, unit, "time")
    if plain in _COUNTERS or not name:
        return Column(key, name, "", "counter")
    kind: Literal["lead", "other"] = "other" if plain in _OTHER_TABLES else "lead"
    return Column(key, name, unit, kind)


def is_recording(columns: Sequence[Column]) -> bool:
    """Tell whether a table is a recording: it has leads, and nothing that other tables have."""
    return any(one.is_lead for one in columns) and all(one.kind != "other" for one in columns)
