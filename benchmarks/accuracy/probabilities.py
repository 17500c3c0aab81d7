"""Calibration of out-of-fold probabilities, and the most common errors. Run by hand.

    python benchmarks/accuracy/probabilities.py OUT/LSTM-in-context-folds-*.parquet

Takes the tables of predictions that ``study.py --keep`` writes. For each: the calibration error
raw and with the temperature of the other half of the subjects, by database as well; the share of
errors among the 5 % least certain beats, also without the subject svdb:865; Se and +P of V with
the prior of the classes corrected; the most common errors by subject. Beats of class Q, which the
models do not know, are excluded.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

import skecg

CONFIDENT = "svdb:865"


def by_halves(predictions, **how):
    """Correct predictions by the calibration of the other half of the subjects."""
    subjects = np.unique(predictions.groups)
    first = np.random.default_rng(0).permutation(len(subjects)) % 2 == 0
    half = np.isin(predictions.groups, subjects[first])
    corrected = []
    for mask in (half, ~half):
        calibration = skecg.find_calibration(predictions[~mask], **how)
        corrected.append(predictions[mask].calibrated(calibration).table)
    return pd.concat(corrected, ignore_index=True)


def overall(table, metric):
    """Return a metric over all beats."""
    return skecg.BeatReport.from_table(table.reset_index(drop=True), n_resamples=2).metric(metric)


def vs(table):
    """Return Se/+P of V by database, in percent."""
    cells = []
    for name, rows in table.groupby(table["subject"].str.partition(":")[0]):
        true, called = rows["y_true"] == "V", rows["y_pred"] == "V"
        both = (true & called).sum()
        cells.append(f"{name} {100 * both / true.sum():.1f}/{100 * both / called.sum():.1f}")
    return ", ".join(cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", type=Path, metavar="TABLE.parquet")
    for path in parser.parse_args().tables:
        table = pd.read_parquet(path)
        table = table[table["y_true"] != "Q"].reset_index(drop=True)
        predictions = skecg.Predictions(table)
        scaled, prior = by_halves(predictions), by_halves(predictions, correct_prior=True)
        database = scaled["subject"].str.partition(":")[0]
        errors = {
            name: overall(rows, "calibration_error") for name, rows in scaled.groupby(database)
        }
        print(f"\n{path.stem}: temperature {skecg.find_calibration(predictions).temperature:.3f}")
        print(f"calibration error: raw {overall(table, 'calibration_error'):.4f}, with the")
        print(f"  temperature {overall(scaled, 'calibration_error'):.4f};", end=" ")
        print(", ".join(f"{name} {error:.4f}" for name, error in errors.items()))
        others = scaled[scaled["subject"] != CONFIDENT]
        print(
            f"errors among the 5 % least certain: {overall(scaled, 'least_certain_errors'):.3f},",
            end=" ",
        )
        print(f"without {CONFIDENT} {overall(others, 'least_certain_errors'):.3f}")
        print(f"V: {vs(scaled)}; with the prior corrected: {vs(prior)}")
        wrong = table[table["y_true"] != table["y_pred"]]
        kinds = wrong["subject"] + " " + wrong["y_true"] + " called " + wrong["y_pred"]
        print(f"{len(wrong):,} errors, most of them:")
        print(kinds.value_counts().head(16).to_string())


if __name__ == "__main__":
    main()
