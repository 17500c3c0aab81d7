"""The networks that ``skecg train`` knows, and the options that each has by default."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from ._train import TrainOptions


@dataclass(frozen=True)
class Network:
    """A network, and what its rows need."""

    name: str  # in reports; its files are called so in lower case
    classifier: str  # its class in skecg.classifiers
    context: float | None = None  # seconds of surroundings


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
# defaults of the options that depend on the rows; those with context are scaled already, contain
# their neighbours, and go to networks that weigh the classes
PLAIN_ROWS = {
    "window": (0.1, 0.1),
    "fs": None,
    "denoise": True,
    "balance": "notebook",
    "scale": "zscore",
}
CONTEXT_ROWS = {
    "window": (0.28, 0.28),
    "fs": 125.0,
    "denoise": False,
    "balance": "none",
    "scale": "none",
}
# options whose defaults are those of the network's class
OF_CLASSES = ("epochs", "batch_size", "learning_rate", "units", "dropout", "class_weight")


class Rows(NamedTuple):
    """How rows of two networks may differ; everything else holds for all."""

    window: tuple[float, float]
    fs: float | None
    context: float | None


@dataclass(frozen=True)
class Plan:
    """A network to be trained, with all its options filled in."""

    network: Network
    options: "TrainOptions"

    @property
    def name(self) -> str:
        """Name of the network in reports."""
        return self.network.name

    @property
    def rows(self) -> Rows:
        """What its rows are."""
        return Rows(*(getattr(self.options, name) for name in Rows._fields))

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of its classifier."""
        options = self.options
        names = ("epochs", "batch_size", "learning_rate", "units", "dropout", "early_stopping")
        weight = str(options.class_weight)
        return {name: getattr(options, name) for name in names} | {
            "n_iter_no_change": options.patience,
            "class_weight": None if weight == "none" else weight,
            "random_state": options.seed,
        }


def plan_all(options: "TrainOptions") -> list[Plan]:
    """Fill in the options of each chosen network; those that are given hold for all."""
    keys: list[str] = []
    for model in options.model:
        keys += BOTH if model == "both" else [str(model)]
    plans = [_plan(options, NETWORKS[key]) for key in dict.fromkeys(keys)]
    if not any(plan.rows.context for plan in plans) and options.neighbors is not None:
        raise typer.BadParameter("--neighbors needs --context SECONDS or --model context-lstm.")
    return plans


def _plan(options: "TrainOptions", network: Network) -> Plan:
    """Fill in the options that are not given."""
    from .. import BeatExtractor

    own = class_defaults(network.classifier)
    context = options.context or network.context
    defaults: dict[str, Any] = {"context": context, "neighbors": BeatExtractor().neighbors}
    defaults |= CONTEXT_ROWS if context else PLAIN_ROWS
    defaults |= own
    missing: dict[str, Any] = {
        k: value for k, value in defaults.items() if getattr(options, k) is None
    }
    filled = replace(options, **missing)
    if "units" not in missing and isinstance(own["units"], int):
        units = filled.units
        if not isinstance(units, tuple) or len(units) != 1:
            raise typer.BadParameter(
                f"--units: {network.name} takes one number. Train it in a run of its own, without "
                "networks of several layers."
            )
        filled = replace(filled, units=units[0])
    return Plan(network, filled)


@cache
def class_defaults(classifier: str) -> Mapping[str, Any]:
    """Return the defaults of a network's class, as options have them."""
    from .. import classifiers

    own = getattr(classifiers, classifier)().get_params()
    return {name: own[name] for name in OF_CLASSES} | {
        "class_weight": own["class_weight"] or "none"
    }


def shown_default(option: str) -> str:
    """Write the default of an option: of all networks, or of each where they differ."""
    if option in PLAIN_ROWS:
        return f"{_shown(PLAIN_ROWS[option])}; with context {_shown(CONTEXT_ROWS[option])}"
    values: dict[str, list[str]] = {}
    for key, network in NETWORKS.items():
        values.setdefault(_shown(class_defaults(network.classifier)[option]), []).append(key)
    if len(values) == 1:
        return next(iter(values))
    return "; ".join(f"{', '.join(keys)}: {value}" for value, keys in values.items())


def _shown(value: Any) -> str:
    """Write a default as it would be given."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    named = {None: "that of the recordings", True: "yes", False: "no"}
    return f"{value:g}" if isinstance(value, float) else named.get(value, str(value))
