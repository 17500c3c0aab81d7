"""Evaluate recipes on the beats of people excluded from training. Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/study.py RECIPE [RECIPE ...]
        [--seeds 0 1 2 3 4] [--protocols folds across] [--out FILE.csv] [--keep DIR]

Trains every recipe of ``RECIPES`` on mitdb (DS1), svdb and edb (excerpts), with every seed, and
predicts each beat by a model that has not seen its subject:

folds
    five folds by subject, each with a fifth of the subjects of every database;
across
    trained on two databases, tested on the third.

Prints Se and +P of N, S and V for each database: one class against the rest, all beats pooled,
from 0:00 on, at reference positions, class map dechazal. Nothing is tuned to a fold. ``--keep
DIR`` writes a table of predictions per run, and the models of the folds
(``RECIPE-PROTOCOL-SEED/fold-K.skecg``, and ``folds.json``: the fold that tests each subject),
which the other scripts read. ``--table DIR`` trains nothing: it prints the table of a folder of
predictions, with 95 % intervals by subject.
"""

import argparse
import dataclasses
import json
import os
import re
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recipe
from imblearn.pipeline import Pipeline
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import FunctionTransformer

import skecg

DATABASES = recipe.DATABASES
CLASSES = ("N", "S", "V")
#: Subjects whose S labels contradict each other; "svdb*" is the database without them.
CONTRADICTING = ("svdb:865", "svdb:867", "svdb:841")
#: Subjects of whom one has nearly all S beats of a database, or most of them.
DOMINANT = ("svdb:865", "edb:e0114")
FEWEST_S = 10  # beats from which the F1 of S of a subject is counted


@dataclass
class Recipe:
    """Settings of the rows, the choice of training rows, and the model for a seed and a layout."""

    make: Any = recipe.make_network
    rows: dict = field(default_factory=dict)
    noise: dict | None = field(default_factory=lambda: recipe.NOISE)
    training: dict = field(default_factory=dict)
    retimed: dict | None = field(default_factory=lambda: recipe.RETIMED)
    without: str | None = None  # names of scalars that are not in the rows, a regular expression

    @property
    def extractor(self):
        return clone(recipe.EXTRACTOR).set_params(**self.rows)


def boosting(seed, layout):
    """Return boosted trees on the scalars: what these columns give without a network."""
    boosted = HistGradientBoostingClassifier(class_weight="balanced", random_state=seed)
    scalars = FunctionTransformer(layout.scalar_values)
    return Pipeline([("scalars", scalars), ("classifier", boosted)])


def window_rnn(seed, layout):
    """Return the simple RNN on 200 ms only, with the recipe of the notebook."""
    network = skecg.RNNClassifier(epochs=10, batch_size=256, random_state=seed)
    return skecg.make_beat_pipeline(network, layout=layout)


def without_waveform(seed, layout):
    """Return the network on rows that show which leads exist, without their waveform."""

    def flat(X):
        X = X.copy()
        waves = layout.waveform(X)
        waves[...] = 0.01 * (waves != 0).any(axis=(-1, -2, -4), keepdims=True)
        return X

    network = recipe.make_network(seed, layout).set_params(noise=0.0)
    return Pipeline([("flat", FunctionTransformer(flat)), ("classifier", network)])


def with_network(**params):
    """Return a function that makes the network of the recipe with other settings."""

    def make(seed, layout):
        return recipe.make_network(seed, layout).set_params(**params)

    return make


_WINDOW = {"window": (0.1, 0.1), "fs": 250.0, "context": None, "leads": [0]}
_ATRIAL = (
    r"lead\d_(p_fit|p_late|p_on_t|p_coherence|p_mean|p_like|p_around|p_residual|"
    "t_before|t[pq]_|left)"
)
_SURROUNDINGS = r".*_(context|inner)$"


def of_2026_11():
    """Return the recipe of the first shipped network: fewer columns, one network, as it was."""

    def make(seed, layout):
        return skecg.ContextLSTMClassifier(layout=layout, epochs=3, random_state=seed)

    return Recipe(make, {"scalars": "basic", "neighbors": 5}, retimed=None)


RECIPES = {
    "RNN on 200 ms": Recipe(
        window_rnn, _WINDOW, noise=None, retimed=None, training={"leave_surrounded": False}
    ),
    "boosting on context": Recipe(boosting),
    "LSTM in context": Recipe(),
    "2026-11": of_2026_11(),
    "without re-timed": Recipe(retimed=None),
    "without surroundings": Recipe(without=_SURROUNDINGS),
    "without entropy": Recipe(without="(entropy|cosen|turning)"),
    "without runs": Recipe(without="run"),
    "without atrial": Recipe(without=_ATRIAL),
    "without fusion": Recipe(without=r"lead\d_fusion"),
    "basic columns": Recipe(rows={"scalars": "basic"}),
    "one network": Recipe(with_network(n_networks=1)),
    "with neighbours": Recipe(with_network(neighbor_units=16), {"neighbors": 5}),
    "without waveform": Recipe(without_waveform),
    "without second lead": Recipe(rows={"leads": [0], "missing_leads": "error"}),
    "without noise": Recipe(noise=None),
    "without leaving out": Recipe(training={"leave_surrounded": False}),
}


def by_folds(beats, database):
    """Return the fold of each beat: five folds by subject within each database."""
    fold = np.zeros(len(beats.target), dtype=int)
    for name in DATABASES:
        rows = np.flatnonzero(database == name)
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
        splits = splitter.split(rows, beats.target[rows], beats.groups[rows])
        for number, (_, test) in enumerate(splits):
            fold[rows[test]] = number
    return fold


def across(beats, database):
    """Return the fold of each beat: each database is tested by a model of the two others."""
    return np.array([DATABASES.index(name) for name in database])


PROTOCOLS = {"folds": by_folds, "across": across}


def pairs(beats, protocol, train):
    """Return training and test rows of each fold; noisy copies are never tested."""
    clean = np.flatnonzero(~recipe.is_copy(beats))
    tested = beats[clean]
    fold = PROTOCOLS[protocol](tested, recipe.database_of(tested))
    subjects = dict(zip(tested.groups.tolist(), fold.tolist(), strict=True))
    of_all = np.array([subjects[group] for group in beats.groups.tolist()])
    cv = [(np.flatnonzero(train & (of_all != i)), clean[fold == i]) for i in np.unique(fold)]
    return cv, subjects


def without_columns(beats, pattern):
    """Return the beats without the scalars whose names match."""
    if pattern is None:
        return beats
    names, first = np.array(beats.layout.scalars), beats.layout.n_waveform
    kept = np.array([re.match(pattern, name) is None for name in names])
    columns = np.concatenate((np.arange(first), first + np.flatnonzero(kept)))
    layout = dataclasses.replace(beats.layout, scalars=tuple(names[kept].tolist()))
    return skecg.Beats(**{**beats, "data": beats.data[:, columns], "layout": layout})


def judge(predictions):
    """Return Se and +P of each class and database, with intervals by subject."""
    rows = []
    subject = predictions.table["subject"]
    database = subject.str.partition(":")[0]
    tested = {name: database == name for name in DATABASES}
    tested["svdb*"] = (database == "svdb") & ~subject.isin(CONTRADICTING)
    for name, chosen in tested.items():
        report = skecg.BeatReport.from_table(predictions[chosen])
        for label in CLASSES:
            row = {"database": name, "class": label}
            for metric in ("Se", "+P"):
                low, high = report.interval(metric, label)
                row[metric] = report.metric(metric, label)
                row |= {f"{metric} low": low, f"{metric} high": high}
            rows.append(row | {"beats": int(report.per_class.loc[label, "support"])})
    return pd.DataFrame(rows)


def f1_of_subjects(predictions):
    """Return the F1 of S of each subject with at least ten S beats, a series."""
    table = predictions.table[predictions.table["y_true"] != "Q"]
    true, predicted = table["y_true"] == "S", table["y_pred"] == "S"
    counts = pd.DataFrame({"true": true, "predicted": predicted, "both": true & predicted})
    counts = counts.groupby(table["subject"]).sum()
    counts = counts[counts["true"] >= FEWEST_S]
    return 2 * counts["both"] / (counts["true"] + counts["predicted"])


def f1_line(predictions):
    """Return the mean F1 of S over subjects: of all, without the dominant ones, by database."""
    f1 = f1_of_subjects(predictions)
    of_database = f1.groupby(f1.index.str.partition(":").get_level_values(0))
    cells = [f"{name} {values.mean():.3f} ({len(values)})" for name, values in of_database]
    others = f1[~f1.index.isin(DOMINANT)]
    return f"F1 of S: {f1.mean():.3f}, without {len(f1) - len(others)} {others.mean():.3f}, " + (
        ", ".join(cells)
    )


def run(name, beats, seeds, protocols, keep=None):
    """Return one row per protocol, seed, database and class."""
    one = RECIPES[name]
    beats = without_columns(beats, one.without)
    found = []
    for protocol in protocols:
        for seed in seeds:
            train = recipe.to_train(beats, seed=seed, **one.training)
            cv, subjects = pairs(beats, protocol, train)
            model = one.make(seed, beats.layout)
            start = time.perf_counter()
            predictions, models = _predict(model, beats, cv)
            seconds = time.perf_counter() - start
            if keep is not None:
                run_name = f"{name.replace(' ', '-')}-{protocol}-{seed}"
                _keep(keep, run_name, beats, predictions, models, subjects)
            metrics = judge(predictions).assign(recipe=name, protocol=protocol, seed=seed)
            found.append(metrics)
            print(
                f"{name}, {protocol}, seed {seed}, {seconds:.0f} s: {_line(metrics)} | "
                f"{f1_line(predictions)}",
                flush=True,
            )
    return pd.concat(found)


def _predict(model, beats, cv):
    """Return out-of-fold predictions and the models."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*in no test fold", category=UserWarning)
        warnings.filterwarnings("ignore", message="Some classes are missing", category=UserWarning)
        return skecg.cross_val_beats(model, beats, cv=cv, return_estimator=True)


def _keep(folder, name, beats, predictions, models, subjects):
    """Write predictions and models; one beat of each subject represents the training beats."""
    folder.mkdir(parents=True, exist_ok=True)
    predictions.table.to_parquet(folder / f"{name}.parquet")
    if not isinstance(models[0], skecg.ContextLSTMClassifier):
        return
    (folder / name).mkdir(exist_ok=True)
    groups, first = np.unique(beats.groups, return_index=True)
    fold = np.array([subjects[group] for group in groups.tolist()])
    for number, model in enumerate(models):
        seen = beats[first[fold != number]]
        skecg.save(model, folder / name / f"fold-{number}.skecg", beats=seen)
    (folder / name / "folds.json").write_text(json.dumps(subjects, indent=1))


def _line(metrics):
    """Return one line: Se/+P of V and S, and Se of N, by database."""
    parts = []
    for name, rows in metrics.groupby("database", sort=False):
        rows = rows.set_index("class")
        cells = [f"{k} {100 * rows.Se[k]:.1f}/{100 * rows['+P'][k]:.1f}" for k in ("V", "S")]
        parts.append(f"{name} {' '.join(cells)} N {100 * rows.Se['N']:.1f}")
    return " | ".join(parts)


def summary(found):
    """Return mean, lowest and highest of the seeds, and mean limits of the 95 % intervals."""
    keys = ["recipe", "protocol", "database", "class"]
    grouped = found.groupby(keys, sort=False)

    def cells(metric):
        mean, low, high = (100 * grouped[metric].agg(f) for f in ("mean", "min", "max"))
        lower, upper = (100 * grouped[f"{metric} {end}"].mean() for end in ("low", "high"))
        every = zip(mean, low, high, lower, upper, strict=True)
        return [f"{m:.1f} ({a:.1f} to {b:.1f}) [{c:.0f}, {d:.0f}]" for m, a, b, c, d in every]

    index = grouped["Se"].mean().index
    seeds = grouped["seed"].nunique().to_numpy()
    return pd.DataFrame({"Se": cells("Se"), "+P": cells("+P"), "seeds": seeds}, index=index)


def kept(folder):
    """Return the metrics of the predictions in a folder."""
    found = []
    for path in sorted(Path(folder).glob("*-*-*.parquet")):
        name, protocol, seed = path.stem.rsplit("-", 2)
        predictions = skecg.Predictions(pd.read_parquet(path))
        print(f"{path.stem}: {f1_line(predictions)}")
        metrics = judge(predictions)
        found.append(metrics.assign(recipe=name, protocol=protocol, seed=int(seed)))
    return pd.concat(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", help=", ".join(RECIPES))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--protocols", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--table", type=Path, metavar="DIR")
    options = parser.parse_args()
    if unknown := set(options.recipes) - set(RECIPES):
        parser.error(f"no such recipe: {', '.join(unknown)}. There are {', '.join(RECIPES)}")
    if options.table is not None:
        found = kept(options.table)
    else:
        found = pd.concat(_run_all(parser, options))
    print("\nMean over seeds (lowest to highest) [mean limits of the 95 % intervals], percent\n")
    print(summary(found).to_string())
    if options.out is not None:
        found.to_csv(options.out, index=False)


def _run_all(parser, options):
    """Yield the metrics of each recipe; rows that several recipes share are made once."""
    if "SKECG_TEST_DATA" not in os.environ:
        parser.error("set SKECG_TEST_DATA to the folder that holds data/mitdb, svdb and edb")
    folder = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    beats, made = None, None
    for name in options.recipes or RECIPES:
        one = RECIPES[name]
        settings = (one.rows, one.noise, one.retimed)
        if made != settings:
            beats = None  # before the next rows are made: they take some gigabytes
            beats, made = recipe.load(folder, one.extractor, one.noise, one.retimed), settings
            print(f"{len(beats.target):,} rows of {beats.data.shape[1]} columns", flush=True)
        yield run(name, beats, options.seeds, options.protocols, options.keep)


if __name__ == "__main__":
    main()
