"""How well do recipes classify beats of people they never saw? Run by hand.

    SKECG_TEST_DATA=... python tests/benchmarks/accuracy/study.py RECIPE [RECIPE ...]
        [--seeds 5] [--protocols folds across] [--out FILE.csv] [--predictions DIR]

Trains every recipe of ``RECIPES`` on mitdb (DS1), svdb and edb (excerpts), with every seed, and
predicts each beat by a model that has not seen its subject:

folds
    five folds by subject, each with a fifth of the subjects of every database;
across
    trained on two databases, tested on the third.

Prints Se and +P of N, S and V for each database: one class against the rest, all beats pooled,
from 0:00 on, at reference positions, class map dechazal, with 95 % intervals by subject. Nothing
is tuned to a fold; a recipe is what stands below.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
from imblearn.pipeline import Pipeline
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.preprocessing import FunctionTransformer

import skecg

DATABASES = ("mitdb", "svdb", "edb")
WINDOW = {"window": (0.1, 0.1), "fs": 250.0}
CONTEXT = {"window": (0.28, 0.28), "fs": 125.0, "context": 600.0}


def boosting(seed, layout):
    """Trees on the scalars alone: what the columns carry without a network."""
    boosted = HistGradientBoostingClassifier(class_weight="balanced", random_state=seed)
    return Pipeline([("scalars", FunctionTransformer(layout.scalars)), ("classifier", boosted)])


def window_rnn(seed, layout):
    """The simple RNN on 200 ms alone, with the recipe of the notebook."""
    network = skecg.RNNClassifier(epochs=10, batch_size=256, random_state=seed)
    return skecg.make_beat_pipeline(network, layout=layout)


def context_lstm(seed, layout):
    """One encoder for all leads, over the beat and over its neighbours; default settings."""
    network = skecg.ContextLSTMClassifier(layout=layout, random_state=seed)
    return Pipeline([("classifier", network)])


#: By name: how rows are made, and the model for a seed and the layout of the rows.
RECIPES = {
    "boosting on context": ({**CONTEXT, "leads": [0]}, boosting),
    "RNN on 200 ms": ({**WINDOW, "leads": [0]}, window_rnn),
    "LSTM in context": ({**CONTEXT, "leads": [0, 1], "missing_leads": "zeros"}, context_lstm),
}


def load(folder, rows):
    """Beats of all three databases, and the database of each."""
    extractor = skecg.BeatExtractor(**rows, classes="dechazal")
    paths = skecg.find_records([folder / name for name in DATABASES])
    beats = skecg.load_beats(paths, extractor=extractor, n_jobs=-1)
    return beats, np.array([group.partition(":")[0] for group in beats.groups])


def by_folds(beats, database):
    """Pairs of training and test rows: five folds by subject within each database."""
    fold = np.zeros(len(beats.target), dtype=int)
    for name in DATABASES:
        rows = np.flatnonzero(database == name)
        splitter = StratifiedGroupKFold(5, shuffle=True, random_state=0)
        splits = splitter.split(rows, beats.target[rows], beats.groups[rows])
        for number, (_, test) in enumerate(splits):
            fold[rows[test]] = number
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(5)]


def across(beats, database):
    """Pairs of training and test rows: each database is tested by the two others."""
    return [(np.flatnonzero(database != n), np.flatnonzero(database == n)) for n in DATABASES]


PROTOCOLS = {"folds": by_folds, "across": across}


def judge(table, database):
    """Se and +P of each class and database, with intervals by subject."""
    rows = []
    for name in DATABASES:
        report = skecg.BeatReport.from_table(table[database == name])
        for label in ("N", "S", "V"):
            row = {"database": name, "class": label}
            for figure in ("Se", "+P"):
                value, low, high = report.intervals.loc[(label, figure)]
                row |= {figure: value, f"{figure} low": low, f"{figure} high": high}
            rows.append(row | {"beats": int(report.per_class.loc[label, "support"])})
    return pd.DataFrame(rows)


def run(recipe, seeds, protocols, folder, predictions=None):
    """One row a protocol, seed, database and class."""
    options, make = RECIPES[recipe]
    beats, database = load(folder, options)
    print(f"{recipe}: {len(beats.target):,} rows of {beats.data.shape[1]} columns", flush=True)
    found = []
    for protocol in protocols:
        cv = PROTOCOLS[protocol](beats, database)
        for seed in range(seeds):
            start = time.perf_counter()
            table = skecg.cross_val_beats(make(seed, beats.layout), beats, cv=cv)
            seconds = time.perf_counter() - start
            if predictions is not None:
                name = f"{recipe.replace(' ', '-')}-{protocol}-{seed}.parquet"
                table.to_parquet(predictions / name)
            figures = judge(table, database)
            figures.insert(0, "seed", seed)
            figures.insert(0, "protocol", protocol)
            figures.insert(0, "recipe", recipe)
            found.append(figures)
            print(f"  {protocol}, seed {seed}, {seconds:.0f} s: {_line(figures)}", flush=True)
    return pd.concat(found)


def _line(figures):
    """One line: Se/+P of S and V by database."""
    parts = []
    for name, rows in figures.groupby("database", sort=False):
        rows = rows.set_index("class")
        cells = [f"{k} {100 * rows.Se[k]:.1f}/{100 * rows['+P'][k]:.1f}" for k in ("V", "S")]
        parts.append(f"{name} {' '.join(cells)} N {100 * rows.Se['N']:.1f}")
    return " | ".join(parts)


def summary(found):
    """Mean over seeds, lowest and highest, in percent."""
    keys = ["recipe", "protocol", "database", "class"]
    grouped = found.groupby(keys, sort=False)[["Se", "+P"]]
    mean, low, high = grouped.mean(), grouped.min(), grouped.max()
    text = {
        figure: [
            f"{100 * m:.1f} ({100 * a:.1f} to {100 * b:.1f})"
            for m, a, b in zip(mean[figure], low[figure], high[figure], strict=True)
        ]
        for figure in ("Se", "+P")
    }
    return pd.DataFrame(text, index=mean.index)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="+", choices=list(RECIPES), metavar="RECIPE")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--protocols", nargs="+", choices=PROTOCOLS, default=list(PROTOCOLS))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--predictions", type=Path)
    options = parser.parse_args()
    if "SKECG_TEST_DATA" not in os.environ:
        parser.error("set SKECG_TEST_DATA to the folder that holds data/mitdb, svdb and edb")
    folder = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    if options.predictions is not None:
        options.predictions.mkdir(parents=True, exist_ok=True)
    found = pd.concat(
        run(name, options.seeds, options.protocols, folder, options.predictions)
        for name in options.recipes
    )
    print("\nMean over seeds (lowest to highest), percent\n")
    print(summary(found).to_string())
    if options.out is not None:
        found.to_csv(options.out, index=False)


if __name__ == "__main__":
    main()
