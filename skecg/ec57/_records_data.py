"""The comparison of many recordings as JSON-able data."""

from typing import TYPE_CHECKING, Any

from ..utils import json_float, own_versions
from ._comparison import METHOD
from ._episode_comparison import METHOD as EPISODE_METHOD
from ._heart_rate_comparison import METHOD as HEART_RATE_METHOD
from ._report_tables import AVERAGE, GROSS
from ._run_comparison import METHOD as RUN_METHOD
from ._statistics import STATISTICS, counts_to_dict

if TYPE_CHECKING:
    from ._records_comparison import RecordsComparison

__all__ = ["to_data"]

_SHARED = ("schema", "method", "versions", "record", "reference_faults", "standard", "kind")


def to_data(comparison: "RecordsComparison", *, pairs: bool, details: bool) -> dict[str, Any]:
    """Return the data of `RecordsComparison.to_dict`."""
    data: dict[str, Any] = {
        "schema": 1,
        "method": METHOD if "beats" in comparison.parts else "ANSI/AAMI EC57:2012",
        "standard": comparison.standard,
        "n_records": len(comparison.records),
    }
    if comparison.comparisons:
        data |= _beats(comparison, pairs=pairs)
    others = [part for part in comparison.parts if part != "beats"]
    if "runs" in others:
        data["runs"] = {
            "method": RUN_METHOD,
            "records": [
                _of_record(name, one.to_dict(discrepancies=details))
                for name, one in comparison.runs.items()
            ],
        }
    if "episodes" in others:
        data["episodes"] = {"method": EPISODE_METHOD} | {
            kind: [
                _of_record(name, one.to_dict(episodes=details)) for name, one in records.items()
            ]
            for kind, records in comparison.episodes.items()
        }
    if "heart_rate" in others:
        data["heart_rate"] = {
            "method": HEART_RATE_METHOD,
            "records": [
                _of_record(name, one.to_dict(pairs=details))
                for name, one in comparison.heart_rate.items()
            ],
        }
    data["skipped"] = comparison.skipped.to_dict(orient="records")
    if others:
        data["not_compared"] = comparison.not_compared.to_dict(orient="records")
        data["summaries"] = {
            key: {name: value for name, value in one.to_dict().items() if name not in _SHARED}
            for key, one in comparison.summaries.items()
        }
        data["parts"] = list(comparison.parts)
        data["reference_faults"] = comparison.reference_faults
    return data | {"versions": own_versions()}


def _of_record(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of one record, without the values that all records share."""
    return {"record": name} | {key: value for key, value in data.items() if key not in _SHARED}


def _beats(comparison: "RecordsComparison", *, pairs: bool) -> dict[str, Any]:
    """Return the data of the beats."""
    records = []
    for name, found in comparison.comparisons.items():
        data = found.to_dict(pairs=pairs)
        shared = ("schema", "method", "versions", "record")
        records.append(
            {"record": name} | {key: value for key, value in data.items() if key not in shared}
        )
    rows = comparison.table.drop(columns="beats").T  # next to integers NaN would become NA
    gross, average = rows[GROSS], rows[AVERAGE]
    times = {
        name: {
            "rr_error_ms": json_float(row["RR error (ms)"]),
            "shutdown_s": float(row["shutdown (s)"]),
        }
        for name, row in (("gross", gross), ("average", average))
    }
    return {
        "records": records,
        "gross": counts_to_dict(comparison.matrix, comparison.statistics) | times["gross"],
        "average": {key: json_float(average[name]) for name, key in STATISTICS.items()}
        | times["average"],
    }
