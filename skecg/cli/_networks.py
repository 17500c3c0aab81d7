"""The networks that ``skecg train`` knows, and the options that each has by default."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..utils import Estimator


@dataclass(frozen=True)
class Network:
    """A network, and the rows that it needs."""

    name: str  # in reports; its files are named by it in lower case
    classifier: str  # its class in skecg.classifiers
    context: float | None = None  # seconds of surroundings

    def make(self, **params: Any) -> "Estimator":
        """Make a classifier of it."""
        from .. import classifiers

        return getattr(classifiers, self.classifier)(**params)


# networks whose names are not those of their classes, or whose rows differ
SPECIAL = {
    "ContextLSTMClassifier": Network("Context-LSTM", "ContextLSTMClassifier", context=600.0),
}


def _find_networks() -> dict[str, Network]:
    """Return every public network by its name on the command line, those with context last."""
    from .. import classifiers

    ending = "Classifier"
    classes = [name for name in classifiers.__all__ if name.endswith(ending)]
    found = [SPECIAL.get(c) or Network(c.removesuffix(ending), c) for c in classes]
    found.sort(key=lambda network: (network.context is not None, network.name))
    return {network.name.lower(): network for network in found}


NETWORKS = _find_networks()
BOTH = ("rnn", "lstm")  # --model both
# Defaults of the options that depend on the rows, as a user would write them. Rows with context
# are scaled already, contain their neighbours, and go to a network that weighs the classes.
PLAIN_ROWS = {
    "window": "0.1,0.1",
    "fs": None,
    "denoise": True,
    "balance": "notebook",
    "scale": "zscore",
}
CONTEXT_ROWS = {
    "window": "0.28,0.28",
    "fs": 125.0,
    "denoise": False,
    "balance": "none",
    "scale": "none",
}


@cache
def class_defaults(classifier: str) -> Mapping[str, Any]:
    """Return the defaults of a network's parameters, as far as they are literals.

    They are read from the source: importing the class takes a second, and ``skecg train --help``
    must answer at once.
    """
    from .. import classifiers

    folder = Path(str(classifiers.__file__)).parent
    for file in sorted(folder.glob("_*.py")):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ClassDef) and statement.name == classifier:
                return _constructor_defaults(statement)
    raise LookupError(f"{folder} has no class {classifier}")


def _constructor_defaults(definition: ast.ClassDef) -> dict[str, Any]:
    """Return the literal defaults of the parameters of a constructor."""
    init = next(
        node
        for node in definition.body
        if isinstance(node, ast.FunctionDef) and node.name == "__init__"
    )
    positional = init.args.args[len(init.args.args) - len(init.args.defaults) :]
    names = [*positional, *init.args.kwonlyargs]
    found = {}
    for name, default in zip(names, [*init.args.defaults, *init.args.kw_defaults], strict=True):
        try:
            found[name.arg] = ast.literal_eval(default)  # type: ignore[arg-type]
        except ValueError:  # not a literal, or no default
            continue
    return found


def shown_default(option: str) -> str:
    """Write the default of an option: of all networks, or of each where they differ."""
    if option in PLAIN_ROWS:
        return f"{_shown(PLAIN_ROWS[option])}; with context {_shown(CONTEXT_ROWS[option])}"
    values: dict[str, list[str]] = {}
    for key, network in NETWORKS.items():
        value = class_defaults(network.classifier)[option]
        values.setdefault("none" if value is None else _shown(value), []).append(key)
    if len(values) == 1:
        return next(iter(values))
    return "; ".join(f"{', '.join(keys)}: {value}" for value, keys in values.items())


def _shown(value: Any) -> str:
    """Write a default as a user would give it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    named = {None: "that of the recordings", True: "yes", False: "no"}
    return f"{value:g}" if isinstance(value, float) else named.get(value, str(value))
