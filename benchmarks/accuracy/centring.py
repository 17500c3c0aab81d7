"""Does centring the log-odds of S of each recording, without labels, help? Run by hand.

    python benchmarks/accuracy/centring.py OUT/LSTM-in-context-*.parquet

Takes the tables of predictions that ``study.py --keep`` writes. In each recording the log-odds of
S fall into two clusters; those of all its beats are moved so that the median of the lower cluster
is that of the typical recording. Prints Se/+P of S by database and the mean F1 of S over people,
before and after.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from probabilities import line
from scipy.special import expit, logit
from sklearn.cluster import KMeans
from study import f1_of_subjects

import skecg

LEAST = 1e-6  # probability, so that log-odds are finite


def lower_median(odds):
    """Return the median of the lower one of two clusters of log-odds."""
    cluster = KMeans(2, n_init=1, random_state=0).fit(odds.to_numpy()[:, None])
    return odds[cluster.labels_ == cluster.cluster_centers_.argmin()].median()


def centred(table):
    """Return the table with the log-odds of S of each recording centred."""
    odds = pd.Series(logit(table["p_S"].clip(LEAST, 1 - LEAST)), index=table.index)
    lower = odds.groupby(table["record"]).agg(lower_median)
    moved = expit(odds - table["record"].map(lower) + lower.median())
    columns = [name for name in table if name.startswith("p_")]
    shares = table[columns].mul((1 - moved) / (1 - table["p_S"]).clip(lower=LEAST), axis=0)
    shares["p_S"] = moved
    shares = shares.div(shares.sum(axis=1), axis=0)
    labels = np.array([name.removeprefix("p_") for name in columns])
    return table.assign(**shares, y_pred=labels[shares.to_numpy().argmax(axis=1)])


def result(table):
    """Return Se/+P of S by database, and the mean F1 of S over people."""
    f1 = f1_of_subjects(skecg.Predictions(table)).mean()
    return f"{line(table, ('S',))}, F1 {f1:.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", type=Path, metavar="TABLE.parquet")
    for path in parser.parse_args().tables:
        table = pd.read_parquet(path).reset_index(drop=True)
        print(f"{path.stem}\n  as predicted: {result(table)}")
        print(f"  centred:      {result(centred(table))}")


if __name__ == "__main__":
    main()
