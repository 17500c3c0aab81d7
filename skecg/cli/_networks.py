"""The networks that ``skecg train`` knows, and what each takes where an option is not given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import typer


@dataclass(frozen=True)
class Network:
    """A network, and what its rows need."""

    name: str  # in reports; its files are called so in lower case
    classifier: str  # its class in skecg.classifiers
    context: float | None = None  # seconds of surroundings


# networks whose names are not those of their classes, or whose rows are others
SPECIAL = {
    "ContextLSTMClassifier": Network("Context", "ContextLSTMClassifier", context=600.0),
}


def _find_networks() -> dict[str, Network]:
    """Every public network by the name it has here, those with context last."""
    from .. import classifiers

    ending = "Classifier"
    classes = [name for name in classifiers.__all__ if name.endswith(ending)]
    found = [SPECIAL.get(c) or Network(c.removesuffix(ending), c) for c in classes]
    found.sort(key=lambda network: (network.context is not None, network.name))
    return {network.name.lower(): network for network in found}


NETWORKS = _find_networks()
BOTH = ("rnn", "lstm")  # what --model both is
# defaults of the options that depend on the rows; those with context are scaled already, hold
# their neighbours, and go to networks that weigh the classes
PLAIN_ROWS = {
    "window": (0.1, 0.1),
    "fs": None,
    "denoise": True,
    "resample": "notebook",
    "scale": "zscore",
}
CONTEXT_ROWS = {
    "window": (0.28, 0.28),
    "fs": 125.0,
    "denoise": False,
    "resample": "none",
    "scale": "none",
}
# options whose defaults are those of the network's class
OF_CLASSES = ("epochs", "batch_size", "learning_rate", "units", "dropout", "class_weight")


class Rows(NamedTuple):
    """In what rows of two networks may differ; everything else holds for all."""

    window: tuple[float, float]
    fs: float | None
    context: float | None


@dataclass(frozen=True)
class Plan:
    """A network to be trained, with all its options filled in."""

    network: Network
    options: Mapping[str, Any]

    @property
    def rows(self) -> Rows:
        """What its rows are."""
        return Rows(*(self.options[name] for name in Rows._fields))

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of its classifier."""
        options = self.options
        names = ("epochs", "batch_size", "learning_rate", "units", "dropout", "early_stopping")
        weight = str(options["class_weight"])
        return {name: options[name] for name in names} | {
            "n_iter_no_change": options["patience"],
            "class_weight": None if weight == "none" else weight,
            "random_state": options["seed"],
        }


def plan_all(options: Mapping[str, Any]) -> list[Plan]:
    """Fill in the options of each network that is wanted; what is given holds for all."""
    keys = []
    for model in options["model"]:
        keys += BOTH if model == "both" else [str(model)]
    plans = [_plan(options, NETWORKS[key]) for key in dict.fromkeys(keys)]
    if not any(plan.rows.context for plan in plans) and options["neighbors"] is not None:
        raise typer.BadParameter("--neighbors goes with --context SECONDS or --model context.")
    return plans


def _plan(options: Mapping[str, Any], network: Network) -> Plan:
    """Fill in what is not given."""
    from .. import BeatExtractor, classifiers

    own = getattr(classifiers, network.classifier)().get_params()
    context = options["context"] or network.context
    defaults = {"context": context, "neighbors": BeatExtractor().neighbors}
    defaults |= CONTEXT_ROWS if context else PLAIN_ROWS
    defaults |= {name: own[name] for name in OF_CLASSES}
    defaults["class_weight"] = own["class_weight"] or "none"
    missing = {name: value for name, value in defaults.items() if options[name] is None}
    filled = {**options, **missing}
    if "units" not in missing and isinstance(own["units"], int):
        if len(filled["units"]) != 1:
            raise typer.BadParameter(
                f"--units: {network.name} takes one number. Train it apart from networks of "
                "several layers."
            )
        (filled["units"],) = filled["units"]
    return Plan(network, filled)


def in_effect(plans: Sequence[Plan]) -> dict[str, Any]:
    """Options as they are; where networks differ, by the name of the network."""
    return {
        option: same_or_all({plan.network.name: plan.options[option] for plan in plans})
        for option in plans[0].options
    }


def same_or_all(values: Mapping[str, Any]) -> Any:
    """What all networks have, or a dict of what each has."""
    first, *others = values.values()
    return first if all(value == first for value in others) else dict(values)
