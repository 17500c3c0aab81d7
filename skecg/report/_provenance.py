"""Where results come from: settings, versions, command, warnings."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sklearn.base import clone

from ..utils import Estimator, all_versions, fitted_pipeline, own_versions

__all__ = [
    "Provenance",
    "describe",
    "one_or_all",
    "own_versions",
    "plain",
    "written",
    "written_steps",
]

_FUNCTION = re.compile(r"<function (\w+) at 0x[0-9a-f]+>")


def _now() -> str:
    return f"{datetime.now():%Y-%m-%d %H:%M}"


def _new_id() -> str:
    return uuid4().hex


@dataclass(frozen=True)
class Provenance:
    """Settings, versions, command and warnings of a run, for its reports.

    Attributes
    ----------
    settings : mapping
        Settings that led to the results, as JSON-able data.
    versions : mapping of str to str
        Versions of the packages.
    command : str or None
        Command line that made the results.
    warnings : tuple of str
        Warnings of the run.
    created : str
        Date and time.
    run_id : str
        Identifies the run in all files that can hold it.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    command: str | None = None
    warnings: tuple[str, ...] = ()
    created: str = field(default_factory=_now)
    run_id: str = field(default_factory=_new_id)

    @classmethod
    def collect(
        cls,
        settings: Mapping[str, Any],
        *,
        command: str | None = None,
        warnings: Sequence[str] = (),
    ) -> "Provenance":
        """Add the versions of all packages that contribute to the results.

        Parameters
        ----------
        settings : mapping of str to object
            Settings that led to the results.
        command : str, default=None
            Command line that made the results.
        warnings : sequence of str, default=()
            Warnings of the run.

        Returns
        -------
        Provenance
            With settings as JSON has them, versions, date and time.
        """
        return cls(plain(settings), all_versions(), command, tuple(warnings))


def plain(value: Any) -> Any:
    """Return a setting as JSON has it."""
    if isinstance(value, str):
        return str(value)  # also an Enum
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def one_or_all(values: Mapping[str, Any]) -> Any:
    """Return the setting that all models have, or a dict of the setting of each."""
    first, *others = values.values()
    return first if all(value == first for value in others) else dict(values)


def describe(value: object) -> str:
    """Write a setting for readers."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {describe(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(describe, value)) or "-"
    return str(value)


def written(obj: object) -> str:
    """Write an object as Python does, on one line, functions by their names."""
    return _FUNCTION.sub(r"\1", " ".join(repr(obj).split()))


def written_steps(model: Estimator) -> str:
    """Write the steps of a model, without the layout of the rows, which all of them share."""
    steps = getattr(fitted_pipeline(model), "steps", None) or [("", fitted_pipeline(model))]
    return "; ".join(written(_without_layout(step)) for _, step in steps)


def _without_layout(step: Any) -> Any:
    """Return an unfitted copy of a step without its layout."""
    if not hasattr(step, "get_params") or "layout" not in step.get_params(deep=False):
        return step
    return clone(step).set_params(layout=None)
