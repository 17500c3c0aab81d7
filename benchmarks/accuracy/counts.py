"""Errors of the counts of V and S in people excluded from training. Run by hand.

    python benchmarks/accuracy/counts.py OUT/LSTM-in-context-folds-0.parquet
        [--folds OUT/LSTM-in-context-folds-0 [--detector NAME]]
        [--write skecg/pretrained/lstm.json]

Takes a table of predictions that ``study.py --keep`` writes. The probabilities are calibrated
with the temperature of the other half of the subjects; beats of class Q, which the model does not
know, are excluded.

Prints the share of recordings whose true number of beats is within the interval that the errors
of all other subjects give (`skecg.holter`), by class and database, with the width of the
intervals, and the same for intervals from the probabilities only; with ``--folds`` also for beats
that a detector finds, classified by the models that ``study.py --keep`` writes; then the share of
errors among the beats whose largest probability is below a threshold.

``--write`` writes what the page of an annotated recording needs: these errors, the shares, and Se
and +P from the table of the model card (means of five seeds).
"""

import argparse
import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import recipe
from probabilities import by_halves

import skecg
from skecg.holter._performance import OFFSET, PER, estimate, expected_number
from skecg.tables import class_map

CLASSES = ("V", "S")
LABELS = ("N", "S", "V", "F")
THRESHOLDS = (
    0.0,
    0.3,
    0.4,
    0.5,
    0.55,
    0.6,
    0.65,
    0.7,
    0.75,
    0.8,
    0.85,
    0.9,
    0.95,
    0.98,
    0.99,
    1.0,
)
CARD = Path(skecg.__file__).parent / "pretrained" / "lstm.md"


def counts(table, by):
    """Return true and expected numbers of V and S for each subject or recording."""
    rows = []
    for name, part in table.groupby(by, sort=False):
        row = {by: name, "subject": part["subject"].iloc[0], "n": len(part)}
        for label in CLASSES:
            row[f"true {label}"] = int((part["y_true"] == label).sum())
            row[f"called {label}"] = int((part["y_pred"] == label).sum())
            row[f"expected {label}"] = expected_number(part[f"p_{label}"].to_numpy(dtype=float))
        rows.append(row)
    return pd.DataFrame(rows)


def errors_of(found, label):
    """Return the error of the count of each subject."""
    true, expected = (PER * found[f"{kind} {label}"] / found["n"] for kind in ("true", "expected"))
    return np.log((true + OFFSET) / (expected + OFFSET)).to_numpy()


def annotated(folder, detector, temperature):
    """Yield name, subject, true classes and probabilities of each recording, by its fold's model.

    The models are without a temperature; the given one is applied.
    """
    folds = json.loads((folder / "folds.json").read_text())
    data = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    for path in skecg.find_records([data / name for name in recipe.DATABASES]):
        record = skecg.read_record(path)
        if record.subject in folds:
            model = folder / f"fold-{folds[record.subject]}.skecg"
            found = skecg.annotate(model, path, detector=detector)
            proba = found.proba.dropna() ** (1 / temperature)
            true = [class_map("dechazal").get(one) for one in record.symbol]
            yield record.name, record.subject, true, proba.div(proba.sum(axis=1), axis=0)


def predicted(table):
    """Yield the same from a table of out-of-fold predictions, at reference positions."""
    for name, part in table.groupby("record", sort=False):
        proba = part[[f"p_{label}" for label in LABELS]].set_axis(LABELS, axis=1)
        yield name, part["subject"].iloc[0], part["y_true"].tolist(), proba


def coverage(recordings, table):
    """Return, for each recording and class, the true number and the intervals."""
    subjects = counts(table, "subject")
    rows = []
    for name, subject, true, proba in recordings:
        other = subjects["subject"].to_numpy() != subject
        for label in CLASSES:
            errors = np.sort(errors_of(subjects, label)[other]).tolist()
            row = {"record": name, "database": subject.partition(":")[0], "class": label}
            row |= {"true": true.count(label), "n": len(proba)}
            for kind, given in (("people", errors), ("probabilities", None)):
                one = estimate(proba[label].to_numpy(dtype=float), given)
                row |= {f"{kind} inside": one.low <= row["true"] <= one.high}
                row |= {f"{kind} width": (one.high - one.low) / len(proba)}
            rows.append(row)
    return pd.DataFrame(rows)


def print_coverage(found):
    """Print the shares of recordings whose true number is inside the interval."""
    for label, of_class in found.groupby("class", sort=False):
        for name, part in [("all", of_class), *of_class.groupby("database", sort=False)]:
            cells = [
                f"{kind} {part[f'{kind} inside'].sum()} of {len(part)} "
                f"({100 * part[f'{kind} inside'].mean():.0f} %), median width "
                f"{100 * part[f'{kind} width'].median():.2f} % of the beats"
                for kind in ("people", "probabilities")
            ]
            print(f"{label} {name}: {'; '.join(cells)}", flush=True)


def review(table):
    """Return shares of the beats and of the errors below each threshold."""
    top = table[[f"p_{label}" for label in LABELS]].max(axis=1).to_numpy()
    wrong = (table["y_true"] != table["y_pred"]).to_numpy()
    below = [top < one if one < 1 else np.ones(len(top), bool) for one in THRESHOLDS]
    return {
        "threshold": list(THRESHOLDS),
        "beats": [round(float(one.mean()), 5) for one in below],
        "errors": [round(float(wrong[one].sum() / wrong.sum()), 4) for one in below],
    }


def metrics_of(card):
    """Return Se and +P of each class and database from the table of a card."""
    lines = [one.strip("| \n").split(" | ") for one in card.splitlines() if one.startswith("| ")]
    databases = next(one for one in lines if one[-1] == "edb")[-3:]
    found = {}
    for name, *cells in lines:
        if named := re.fullmatch(r"([NSV]): (Se|\+P)", name):
            numbers = [[float(n) for n in re.findall(r"[\d.]+", cell)] for cell in cells]
            of_class = found.setdefault(named[1], {one: {} for one in databases})
            for database, limits in zip(databases, numbers, strict=True):
                of_class[database][named[2]] = limits
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path, metavar="TABLE.parquet")
    parser.add_argument("--folds", type=Path, metavar="OUT/LSTM-in-context-folds-0")
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--write", type=Path, metavar="FILE.json")
    options = parser.parse_args()
    table = pd.read_parquet(options.table)
    table = table[table["y_true"] != "Q"].reset_index(drop=True)
    temperature = skecg.find_calibration(skecg.Predictions(table)).temperature
    table = by_halves(skecg.Predictions(table))
    print_coverage(coverage(predicted(table), table))
    if options.folds is not None:
        print(f"at positions of the detector {options.detector}:")
        recordings = annotated(options.folds, options.detector, temperature)
        print_coverage(coverage(recordings, table))
    shares = review(table)
    for row in zip(*shares.values(), strict=True):
        print("below {}: {:.2%} of the beats, {:.1%} of the errors".format(*row))
    if options.write is not None:
        subjects = counts(table, "subject")
        errors = {one: np.sort(errors_of(subjects, one)).round(4).tolist() for one in CLASSES}
        source = (
            f"five folds by subject over {len(subjects)} people of mitdb, svdb and edb, at "
            "annotated beats"
        )
        known = {
            "source": source,
            "fingerprint": hashlib.sha256(CARD.with_suffix(".skecg").read_bytes()).hexdigest(),
            "made_by": "benchmarks/accuracy/counts.py",
            "metrics": metrics_of(CARD.read_text(encoding="utf-8")),
            "count_errors": errors,
            "review": shares,
        }
        options.write.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
