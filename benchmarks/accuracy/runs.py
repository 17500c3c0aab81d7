"""Print the sensitivity and positive predictivity of runs of ectopic beats. Run by hand.

    python benchmarks/accuracy/runs.py OUT/LSTM-in-context-folds-*.parquet

Takes the tables of predictions that ``study.py --keep`` writes. Prints Se/+P of couplets, short
and long runs by database, in percent: the mean over the tables (seeds), with the numbers of
reference runs and (mean) of predicted runs.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from probabilities import database_of

import skecg


def counts(path):
    """Return numerators and denominators of the statistics, by database and kind of run."""
    table = pd.read_parquet(path).reset_index(drop=True)
    found = {}
    for database, rows in table.groupby(database_of(table), sort=False):
        runs = skecg.compare_predicted_runs(rows)
        for name, matrices in (("VE", runs.ve), ("SVE", runs.sve)):
            parts = matrices.statistics[["numerator", "denominator"]]
            for length in ("couplet", "short run", "long run"):
                both = [*parts.loc[f"{length} Se"], *parts.loc[f"{length} +P"]]
                found[database, name, length] = both
    columns = ["found", "of reference", "correct", "of test"]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", type=Path, metavar="TABLE.parquet")
    tables = [counts(path) for path in parser.parse_args().tables]
    mean = pd.concat(tables).groupby(level=0, sort=False).mean()
    ends = [
        [100 * one[top] / one[bottom].replace(0, np.nan) for one in tables]
        for top, bottom in (("found", "of reference"), ("correct", "of test"))
    ]
    shares = [pd.concat(some, axis=1).mean(axis=1) for some in ends]
    rows = pd.DataFrame(
        {
            "runs of reference": mean["of reference"].round().astype(int),
            "of test": mean["of test"].round().astype(int),
            "Se": shares[0].round(1),
            "+P": shares[1].round(1),
        }
    )
    rows.index = pd.MultiIndex.from_tuples(rows.index, names=["database", "beats", "length"])
    print(rows.to_string())


if __name__ == "__main__":
    main()
