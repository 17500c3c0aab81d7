"""Metrics of recordings whose leads are changed. Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/leads.py DIR

Classifies every recording by the model of its fold (``DIR/fold-K.skecg`` and
``DIR/folds.json``, as ``study.py --keep`` writes them): as it is, larger, upside down, with its
two leads swapped, and with only one lead. Prints Se/+P of N, S and V for each database, gross
over beats.
"""

import argparse
import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import recipe

import skecg


def only(record, lead):
    """Return a recording with one lead."""
    names = record.lead_names[lead : lead + 1]
    return dataclasses.replace(record, signal=record.signal[:, [lead]], lead_names=names)


CHANGES = {
    "as it is": lambda r: r,
    "3 times as large": lambda r: dataclasses.replace(r, signal=3 * r.signal),
    "upside down": lambda r: dataclasses.replace(r, signal=-r.signal),
    "leads swapped": lambda r: dataclasses.replace(r, signal=r.signal[:, ::-1]),
    "first lead only": lambda r: only(r, 0),
    "second lead only": lambda r: only(r, 1),
}


def metrics(y_true, y_pred):
    """Return Se/+P of each class in percent."""
    cells = []
    for label in "NSV":
        both = ((y_true == label) & (y_pred == label)).sum()
        sensitivity, predictivity = both / (y_true == label).sum(), both / (y_pred == label).sum()
        cells.append(f"{label} {100 * sensitivity:.1f}/{100 * predictivity:.1f}")
    return "  ".join(cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args().folder
    fold = json.loads((folder / "folds.json").read_text())
    loaded = {
        i: skecg.load(folder / f"fold-{i}.skecg", return_info=True) for i in set(fold.values())
    }
    data = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    for database in recipe.DATABASES:
        records = [skecg.read_record(path) for path in skecg.find_records(data / database)]
        for name, change in CHANGES.items():
            y_true, y_pred = [], []
            for record in records:
                model, info = loaded[fold[record.subject]]
                beats = skecg.load_beats([change(record)], extractor=info.extractor)
                y_true.append(beats.target)
                y_pred.append(model.predict(beats.data))
            line = metrics(np.concatenate(y_true), np.concatenate(y_pred))
            print(f"{database:6s} {name:18s} {line}", flush=True)


if __name__ == "__main__":
    main()
