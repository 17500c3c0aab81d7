"""``skecg train --search``: choose parameters of a network by folds of the training subjects."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..utils import count, write_csv
from ._networks import class_defaults
from ._plans import Plan
from ._terminal import Terminal

if TYPE_CHECKING:
    import pandas as pd

    from ..beats import Beats

__all__ = ["Search"]

# parameters that are not settings of the training, or that the command sets itself
_NOT_SEARCHED = (
    *("callbacks", "checkpoint", "compile_kwargs", "fit_kwargs", "layout", "metrics"),
    *("random_state", "verbose", "warm_start"),
)


@dataclass(frozen=True)
class Search:
    """Candidates of a search, and the number of its folds.

    Attributes
    ----------
    grid : mapping of str to list
        Values of each parameter.
    n_folds : int
        Number of folds of the training subjects.
    """

    grid: Mapping[str, list[Any]]
    n_folds: int

    @classmethod
    def parse(cls, texts: Sequence[str], n_folds: int, plans: Sequence[Plan]) -> "Search":
        """Parse ``NAME=V,V`` and check every candidate of every network."""
        grid: dict[str, list[Any]] = {}
        for text in texts:
            name, _, values = (part.strip() for part in text.partition("="))
            if not name or not values or name in grid:
                raise typer.BadParameter(
                    f"{text!r} is not NAME=VALUE,VALUE..., each name once, such as "
                    "learning_rate=0.001,0.003.",
                    param_hint="--search",
                )
            grid[name] = [_parse(name, value.strip()) for value in values.split(",")]
        search = cls(grid, n_folds)
        for plan in plans:
            search._check(plan)
        return search

    def run(
        self,
        terminal: Terminal,
        plan: Plan,
        splits: "Mapping[str, Beats]",
        folder: Path,
        checkpoints: Path | None,
    ) -> tuple[Plan, Path]:
        """Fit all candidates; return the plan of the best and the file with the table."""
        import sklearn
        from sklearn.base import clone
        from sklearn.model_selection import GridSearchCV, ParameterGrid, StratifiedGroupKFold

        from ..report._write import file_stem

        train, val = splits["training"], splits.get("validation")
        pipeline = plan.make_pipeline(train.layout, validates=val is not None)
        step, classifier = pipeline.steps[-1]
        classifier.set_params(checkpoint=checkpoints, callbacks=[_check(terminal)])
        grid = self._of(plan)
        search = GridSearchCV(
            pipeline,
            {f"{step}__{name}": values for name, values in grid.items()},
            scoring=_Scorer(terminal, plan.name, self.n_folds * len(ParameterGrid(grid))),
            cv=StratifiedGroupKFold(self.n_folds, shuffle=True, random_state=0),
            refit=False,  # the best is fitted as every network is, with its epochs shown
            error_score="raise",
        )
        validation = {} if val is None else {"X_val": (val.data,), "y_val": (val.target,)}
        with sklearn.config_context(enable_metadata_routing=True):
            search.fit(train.data, train.target, groups=train.groups, **validation)
        best = {name.partition("__")[2]: v for name, v in search.best_params_.items()}
        table = _table(search.cv_results_, f"param_{step}__")
        path = write_csv(folder / f"{file_stem(plan.name)}-search.csv", table)
        _show(terminal, plan.name, table, best)
        return replace(plan, classifier=clone(plan.classifier).set_params(**best)), path

    def _of(self, plan: Plan) -> dict[str, list[Any]]:
        """Return the grid as the network of a plan takes it."""
        units = class_defaults(type(plan.classifier).__name__).get("units")
        is_one = isinstance(units, int)
        return {
            name: [v[0] if is_one and len(v) == 1 else v for v in values]
            if name == "units"
            else values
            for name, values in self.grid.items()
        }

    def _check(self, plan: Plan) -> None:
        """Raise unless the network takes every candidate, before hours of fits."""
        from sklearn.base import clone
        from sklearn.model_selection import ParameterGrid

        from ..classifiers._params import check_network

        known = plan.classifier.get_params(deep=False)
        for name in self.grid:
            if name not in known or name in _NOT_SEARCHED:
                names = ", ".join(n for n in known if n not in _NOT_SEARCHED)
                raise typer.BadParameter(
                    f"{plan.name} has no parameter {name!r} to search over. There are {names}.",
                    param_hint="--search",
                )
        for params in ParameterGrid(self._of(plan)):
            try:
                check_network(clone(plan.classifier).set_params(**params))
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="--search") from error


class _Scorer:
    """Score a fitted candidate by macro F1, and say how far the search is."""

    def __init__(self, terminal: Terminal, name: str, n_fits: int):
        from ..metrics import BeatScorer

        self._terminal, self._name, self._n_fits = terminal, name, n_fits
        self._score = BeatScorer()
        self._done = 0

    def __call__(self, model: Any, X: Any, y: Any) -> float:
        """Return the score."""
        self._terminal.interruption.check()
        score = self._score(model, X, y)
        self._done += 1
        self._terminal.note(
            f"{self._name} search {self._done}/{self._n_fits}: macro F1 {100 * score:.1f} %"
        )
        return score


class _Check:
    """Raise at the end of a batch if the process was interrupted; copies are the same object."""

    def __init__(self, terminal: Terminal):
        self._terminal = terminal

    def __call__(self, batch: int, logs: Any) -> None:
        self._terminal.interruption.check()

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Check":
        return self


def _check(terminal: Terminal) -> Any:
    """Make a callback that raises where Ctrl-C was lost; a search copies it."""
    from ..classifiers._keras import import_keras

    return import_keras().callbacks.LambdaCallback(on_train_batch_end=_Check(terminal))


def _parse(name: str, text: str) -> Any:
    """Parse a value: a number, True, False, None, units such as 64x32, or text."""
    if name == "units":
        parts = text.split("x")
        if all(part.isdecimal() and int(part) for part in parts):
            return tuple(map(int, parts))
        raise typer.BadParameter(
            f"units={text!r} is not one whole number per layer, such as 64x32.",
            param_hint="--search",
        )
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return text


def _table(results: Mapping[str, Any], prefix: str) -> "pd.DataFrame":
    """Return one row per candidate, the best first, with the score of each fold."""
    import pandas as pd

    params = {k.removeprefix(prefix): list(v) for k, v in results.items() if k.startswith(prefix)}
    table = pd.DataFrame({"rank": results["rank_test_score"]})
    for name, values in params.items():
        table[name] = [
            "x".join(map(str, v)) if isinstance(v, tuple) else v for v in map(_item, values)
        ]
    table["macro F1"] = results["mean_test_score"]
    table["standard deviation"] = results["std_test_score"]
    folds = [k for k in results if k.startswith("split")]
    for i, name in enumerate(folds):
        table[f"fold {i + 1}"] = results[name]
    return table.sort_values("rank", kind="stable").reset_index(drop=True)


def _item(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _show(terminal: Terminal, name: str, table: "pd.DataFrame", best: Mapping[str, Any]) -> None:
    """Print the best candidates."""
    shown = table.head(10)
    terminal.say(f"{name}: {count(len(table), 'candidate')}, the best first", "")
    terminal.say(
        shown.drop(columns=[c for c in table if str(c).startswith("fold ")]).to_string(
            index=False, float_format=lambda v: f"{v:.4g}"
        )
    )
    chosen = ", ".join(f"{k}={v}" for k, v in best.items())
    terminal.say("", f"{name} is trained with {chosen}")
