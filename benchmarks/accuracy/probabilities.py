"""Calibration of out-of-fold probabilities, rejection, and the most common errors. Run by hand.

    python benchmarks/accuracy/probabilities.py OUT/LSTM-in-context-folds-*.parquet
        [--before OUT/2026-11-folds-0.parquet]

Takes the tables of predictions that ``study.py --keep`` writes. For each: the calibration error
raw and with the temperature of the other half of the subjects, by database as well; the share of
errors among the 5 % least certain beats, also without the subject svdb:865; Se and +P of V with
the prior of the classes corrected; Se and +P of S and V without the subjects who have most of the
S beats of a database; the most common errors by subject. Beats of class Q, which the models do
not know, count against +P, as in ``study.py``, and are excluded from everything else.

Then, as means over the tables, the cost of a threshold below which a beat gets no class (Q): the
share of beats below it, the share of the errors among them, and Se and +P of S and V, where a
beat without a class counts as missed; and the share of Q beats below it. With ``--before``, the
table of an earlier recipe, the recordings with the most errors, before and after (in the first
table).
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from study import DOMINANT

import skecg

CONFIDENT = "svdb:865"
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8)
LABELS = ("S", "V")
N_ERRORS, N_RECORDS = 16, 20


def by_halves(predictions, **how):
    """Correct predictions by the calibration of the other half of the subjects.

    Beats of class Q have no part in the calibration.
    """
    subjects = np.unique(predictions.groups)
    first = np.random.default_rng(0).permutation(len(subjects)) % 2 == 0
    half = np.isin(predictions.groups, subjects[first])
    known = (predictions.table["y_true"] != "Q").to_numpy()
    corrected = []
    for mask in (half, ~half):
        calibration = skecg.find_calibration(predictions[~mask & known], **how)
        corrected.append(predictions[mask].calibrated(calibration).table)
    return pd.concat(corrected, ignore_index=True)


def overall(table, metric):
    """Return a metric over all beats."""
    return skecg.BeatReport.from_table(table.reset_index(drop=True), n_resamples=2).metric(metric)


def database_of(table):
    """Return the database of each beat."""
    return table["subject"].str.partition(":")[0]


def metrics(table, given=True):
    """Return Se and +P of S and V by database, in percent; beats that are not given are missed."""
    rows = {}
    for name in database_of(table).unique():
        here = database_of(table) == name
        for label in LABELS:
            true = here & (table["y_true"] == label)
            called = here & (table["y_pred"] == label) & given
            both = (true & called).sum()
            rows[name, label] = (100 * both / true.sum(), 100 * both / max(called.sum(), 1))
    return pd.DataFrame(rows, index=["Se", "+P"]).T


def line(table, labels=LABELS):
    """Return Se/+P of S and V by database, in one line."""
    found = metrics(table)
    return ", ".join(
        f"{name} {label} {one['Se']:.1f}/{one['+P']:.1f}"
        for (name, label), one in found.iterrows()
        if label in labels
    )


def show_calibration(scaled, prior, table):
    """Print calibration errors, the share of errors of the least certain beats, and Se/+P."""
    errors = {
        name: overall(rows, "calibration_error")
        for name, rows in scaled.groupby(database_of(scaled))
    }
    print(f"calibration error: raw {overall(table, 'calibration_error'):.4f}, with the")
    print(f"  temperature {overall(scaled, 'calibration_error'):.4f};", end=" ")
    print(", ".join(f"{name} {error:.4f}" for name, error in errors.items()))
    others = scaled[scaled["subject"] != CONFIDENT]
    least = [overall(rows, "least_certain_errors") for rows in (scaled, others)]
    print(
        f"errors among the 5 % least certain: {least[0]:.3f}, without {CONFIDENT} {least[1]:.3f}"
    )
    print(f"with the prior corrected: {line(prior)}")


def show_errors(every):
    """Print Se/+P without the subjects who rule a database, and the most common errors."""
    print(f"as it is: {line(every)}")
    print(f"without {' and '.join(DOMINANT)}: {line(every[~every['subject'].isin(DOMINANT)])}")
    print(f"without beats of class F: {line(every[every['y_true'] != 'F'], ['V'])}")
    table = every[every["y_true"] != "Q"]
    wrong = table[table["y_true"] != table["y_pred"]]
    kinds = wrong["subject"] + " " + wrong["y_true"] + " called " + wrong["y_pred"]
    print(f"{len(wrong):,} errors, most of them:")
    print(kinds.value_counts().head(N_ERRORS).to_string())


def rejection(scaled):
    """Return a row for each threshold and database: beats without a class, and its cost.

    Beats of class Q are not among the errors; the last column is their share without a class.
    """
    columns = [name for name in scaled if name.startswith("p_")]
    top = scaled[columns].max(axis=1)
    is_q = scaled["y_true"] == "Q"
    wrong = (scaled["y_true"] != scaled["y_pred"]) & ~is_q
    rows = []
    for threshold in THRESHOLDS:
        given = top >= threshold
        found = metrics(scaled, given)
        for name in database_of(scaled).unique():
            here = (database_of(scaled) == name) & ~is_q
            row = {"threshold": threshold, "database": name}
            row["without a class"] = 100 * (~given[here]).mean()
            row["of the errors"] = 100 * (wrong & here & ~given).sum() / (wrong & here).sum()
            for label in LABELS:
                one = found.loc[(name, label)]
                row |= {f"{label} Se": one["Se"], f"{label} +P": one["+P"]}
            row["of Q beats"] = 100 * (~given[is_q]).mean()
            rows.append(row)
    return pd.DataFrame(rows).set_index(["threshold", "database"])


def worst(before, after):
    """Return the recordings with the most errors in one of two tables, and their errors."""
    found = {}
    for name, table in (("before", before), ("after", after)):
        table = table[table["y_true"] != "Q"]
        wrong = table[table["y_true"] != table["y_pred"]]
        kinds = wrong["y_true"] + ">" + wrong["y_pred"]
        found[name] = wrong.groupby("record").size()
        found[f"kinds {name}"] = kinds.groupby(wrong["record"]).agg(
            lambda of_one: ", ".join(f"{k} {n}" for k, n in of_one.value_counts()[:2].items())
        )
    errors = pd.DataFrame(found)
    errors[["before", "after"]] = errors[["before", "after"]].fillna(0).astype(int)
    most = errors[["before", "after"]].max(axis=1).sort_values(ascending=False)
    return errors.loc[most.index[:N_RECORDS]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", type=Path, metavar="TABLE.parquet")
    parser.add_argument("--before", type=Path, metavar="TABLE.parquet")
    options = parser.parse_args()
    costs = []
    for path in options.tables:
        every = pd.read_parquet(path).reset_index(drop=True)
        table = every[every["y_true"] != "Q"].reset_index(drop=True)
        predictions = skecg.Predictions(table)
        print(f"\n{path.stem}: temperature {skecg.find_calibration(predictions).temperature:.3f}")
        scaled = by_halves(skecg.Predictions(every))
        costs.append(rejection(scaled))
        prior = by_halves(predictions, correct_prior=True)
        show_calibration(scaled[scaled["y_true"] != "Q"], prior, table)
        show_errors(every)
    n_q = (every["y_true"] == "Q").sum()
    print(
        f"\nNo class below a probability, means over {len(costs)} tables, percent; {n_q} Q beats"
    )
    print(sum(costs[1:], costs[0]).div(len(costs)).round(1).to_string())
    if options.before is not None:
        print("\nRecordings with the most errors, before and after")
        first = pd.read_parquet(options.tables[0])
        print(worst(pd.read_parquet(options.before), first).to_string())


if __name__ == "__main__":
    main()
