"""Compare metrics at reference positions with those at detected positions. Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/detected.py DIR [DIR ...]
        [--detector gqrs]

Annotates every recording by the model of its fold (``DIR/fold-K.skecg`` and ``DIR/folds.json``,
as ``study.py --keep`` writes them), once at reference positions and once at those that the
detector finds, and compares both with the reference beats: all classes in one matrix, from 0:00
to the end, gross over beats. A missed beat counts against Se, an extra one against +P.
"""

import argparse
import dataclasses
import json
import os
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import recipe

import skecg
from skecg.tables import BEAT_SYMBOLS, class_map


def annotated(model, record, extractor):
    """Return the recording at reference positions, with predicted symbols."""
    beats = skecg.load_beats([record], extractor=extractor)
    symbol = np.full(len(record.sample), "Q")
    place = np.searchsorted(record.sample, beats.meta["sample"])
    symbol[place] = model.predict(beats.data)
    return dataclasses.replace(record, symbol=symbol)


def matrices(path, models, fold, detector):
    """Return the matrices of one recording: at reference positions, and at detected ones."""
    record = skecg.read_record(path)
    to_class = class_map("dechazal")
    symbol = np.array([to_class[s] if s in BEAT_SYMBOLS else s for s in record.symbol.tolist()])
    record = dataclasses.replace(record, symbol=symbol)
    model, info = models[fold[record.subject]]
    given = annotated(model, record, info.extractor)
    found = skecg.annotate(model, record, extractor=info.extractor, detector=detector).record
    return [
        skecg.compare_annotations(record, test, start=0).matrix.to_numpy()
        for test in (given, found)
    ]


def metrics(matrix):
    """Return Se and +P of V, S and N in percent, and counts of missed and extra beats."""
    out = {}
    for name, i in (("V", 2), ("S", 1), ("N", 0)):
        out[f"Se {name}"] = 100 * matrix[i, i] / matrix[i].sum()
        out[f"+P {name}"] = 100 * matrix[i, i] / matrix[:, i].sum()
    out["missed"] = matrix[:5, 5:].sum()
    out["extra"] = matrix[5:, :5].sum()
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--detector", choices=["sleepecg", "gqrs"], default="sleepecg")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)  # gaps, beats at the ends
    data = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    rows = []
    for folder in options.folders:
        fold = json.loads((folder / "folds.json").read_text())
        numbers = sorted(set(fold.values()))
        models = {i: skecg.load(folder / f"fold-{i}.skecg", return_info=True) for i in numbers}
        for database in recipe.DATABASES:
            paths = skecg.find_records(data / database)
            every = [matrices(path, models, fold, options.detector) for path in paths]
            for kind, total in zip(("reference", "detected"), np.sum(every, axis=0), strict=True):
                row = {"run": folder.name, "database": database, "positions": kind}
                rows.append(row | metrics(total))
    table = pd.DataFrame(rows)
    print(table.round(1).to_string(index=False))
    print("\nMean over runs\n")
    keys = ["database", "positions"]
    print(table.drop(columns="run").groupby(keys, sort=False).mean().round(1).to_string())


if __name__ == "__main__":
    main()
