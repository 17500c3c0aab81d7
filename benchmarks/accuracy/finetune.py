"""What do five labelled minutes of a person bring? Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/finetune.py DIR [DIR ...]
        [--minutes 5] [--epochs 10] [--learning-rate 5e-4] [--batch-size 32] [--class-weight NAME]
        [--rehearse 0] [--seed 0] [--out FILE.csv]
    python benchmarks/accuracy/finetune.py --simulated [...]

A folder DIR holds fold models as ``study.py --keep`` writes it: ``fold-0.skecg`` and so on, and
``folds.json``, which maps each subject to the fold that tests it. For each subject a copy of the
model that has not seen the subject is trained on the beats of the first minutes of the subject's
first record (``partial_fit``), and judged on the beats after these minutes, in all records of
the subject, next to the model as it was. Rows with context know the signal of the later minutes,
but none of their labels.

``--rehearse N`` mixes N beats of the people of training into those of the subject, classes as
often as the root of their number, new ones in each epoch. ``--simulated`` needs no folder and no
recordings: it trains models of two folds on simulated people first.

Prints Se and +P of N, S and V, gross over the beats of all subjects of a database, before and
after, and the differences with 95 % intervals by subject.
"""

import argparse
import copy
import gc
import json
import os
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import skecg
from skecg import Predictions
from skecg.utils import last_step

CLASSES = ("N", "S", "V")
DEFAULTS = {"epochs": 10, "learning_rate": 5e-4, "batch_size": 32, "class_weight": "sqrt_balanced"}


class Folds:
    """Models by fold, and the fold of each subject."""

    def __init__(self, folder):
        fold = json.loads((folder / "folds.json").read_text())
        # a key may be "database|subject"
        self.fold = {max(key.split("|"), key=len): number for key, number in fold.items()}
        self.models, seen = {}, {}
        for number in sorted(set(self.fold.values())):
            path = folder / f"fold-{number}.skecg"
            self.models[number], info = skecg.load(path, return_info=True)
            seen[number], self.extractor = set(info.subjects or ()), info.extractor
        if leak := [s for s, number in self.fold.items() if s in seen[number]]:
            raise SystemExit(f"{folder}: models have seen {', '.join(sorted(leak))}")

    def of_beats(self, beats):
        """Return the fold of each beat; exit if a subject has none."""
        if missing := set(beats.groups.tolist()) - set(self.fold):
            raise SystemExit(f"no fold for {', '.join(sorted(missing))}")
        return np.array([self.fold[group] for group in beats.groups.tolist()])


def first_minutes(beats, rows, minutes):
    """Return masks of a subject's rows: in the first minutes of the first record, and later."""
    meta = beats.meta.iloc[rows]
    seconds = meta["sample"].to_numpy() / meta["fs"].to_numpy()
    first = (meta["record"] == sorted(meta["record"].unique())[0]).to_numpy()
    return first & (seconds < 60 * minutes), seconds >= 60 * minutes


def fine_tuned(model, X, y, settings, *, pool=None, rehearse=0, seed=0):
    """Return a copy of the model trained on a subject's rows; unknown classes are excluded."""
    clf = last_step(copy.deepcopy(model))
    known = np.isin(y, clf.classes_)
    X, y = X[known], y[known]
    clf.set_params(**{k: v for k, v in settings.items() if k != "epochs"})
    rng = np.random.default_rng(seed)
    for epoch in range(settings["epochs"]):
        own, labels = X, y
        if rehearse:
            drawn = rng.choice(len(pool[1]), rehearse, p=pool[2])
            own, labels = np.concatenate((X, pool[0](drawn))), np.append(y, pool[1][drawn])
        clf.set_params(random_state=seed + epoch).partial_fit(own, labels)
    return clf


def rehearsal(beats, rows, classes):
    """Return a function that takes training rows, their labels, and how often each is drawn."""
    rows = rows[np.isin(beats.target[rows], classes)]
    labels = beats.target[rows]
    _, number, counts = np.unique(labels, return_inverse=True, return_counts=True)
    share = 1 / np.sqrt(counts)[number]
    return (lambda drawn: beats.data[rows[drawn]]), labels, share / share.sum()


def judge_all(beats, folds, settings, *, minutes=5.0, rehearse=0, seed=0):
    """Predict the later beats by the models before and after; return these, and who had what."""
    fold = folds.of_beats(beats)
    found, who = {"as it was": [], "fine-tuned": []}, []
    pools = {}
    for subject in np.unique(beats.groups):
        rows = np.flatnonzero(beats.groups == subject)
        number = fold[rows[0]]
        model = folds.models[number]
        labelled, later = first_minutes(beats, rows, minutes)
        if not later.any():
            continue
        test = beats[rows[later]]
        own = rows[labelled]
        if rehearse and number not in pools:
            pools[number] = rehearsal(beats, np.flatnonzero(fold != number), model.classes_)
        tuned = one = model
        gc.collect()  # the compiled network of the subject before serves again
        if len(own):
            tuned = fine_tuned(
                model,
                beats.data[own],
                beats.target[own],
                settings,
                pool=pools.get(number),
                rehearse=rehearse,
                seed=seed,
            )
        for name, one in {"as it was": model, "fine-tuned": tuned}.items():
            found[name].append(Predictions.from_model(one, test))
        counts = {label: int((beats.target[own] == label).sum()) for label in CLASSES}
        errors = [(p[-1].y_pred != p[-1].y_true).sum() for p in found.values()]
        who.append({"subject": subject, **counts, "before": errors[0], "after": errors[1]})
    joined = {k: pd.concat([p.table for p in v], ignore_index=True) for k, v in found.items()}
    return {k: Predictions(table) for k, table in joined.items()}, pd.DataFrame(who)


def summary(predictions):
    """Return a row per database and class: metrics before and after, difference, interval."""
    database = predictions["as it was"].table["subject"].str.partition(":")[0]
    rows = []
    for name in database.unique():
        both = {k: predictions[k][database == name] for k in ("fine-tuned", "as it was")}
        with warnings.catch_warnings():  # nobody trains on the few beats of class Q
            warnings.filterwarnings(
                "ignore", message=".* was not trained on", category=UserWarning
            )
            metrics, differences = skecg.compare_models(both, return_differences=True)
        found = differences.loc["fine-tuned", "as it was"]
        for metric in [f"{m} {k}" for k in CLASSES for m in ("Se", "+P")]:
            if metric in found.index:
                before, after = metrics.loc[["as it was", "fine-tuned"], metric]
                one = found.loc[metric]
                rows.append((name, metric, before, after, *one[["difference", "low", "high"]]))
    columns = ["database", "metric", "before", "after", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def show(metrics, who):
    """Print metrics in percent, one per line, and how many subjects gained."""
    percent = metrics.copy()
    percent[percent.columns[2:]] *= 100
    print(percent.to_string(index=False, float_format="%.1f"))
    better, worse = (who.after < who.before).sum(), (who.after > who.before).sum()
    had = [f"{(who[label] > 0).sum()} had {label}" for label in ("S", "V")]
    print(
        f"{len(who)} subjects, of whom {' and '.join(had)} in their labelled minutes: fewer "
        f"errors in {better}, more in {worse}; {who.before.sum():,} errors became "
        f"{who.after.sum():,}",
        flush=True,
    )


class SimulatedFolds(Folds):
    """Models of two folds of simulated people, whose beats differ much."""

    def __init__(self, n_subjects=32, duration=900.0, seed=0, fits=None):
        records = skecg.simulate_records(
            n_subjects,
            duration=duration,
            variation=1.6,
            fs=125,
            supraventricular=0.05,
            ventricular=0.06,
            muscle=0.05,
            wander=0.15,
            random_state=seed,
        )
        extractor = skecg.BeatExtractor(
            window=(0.28, 0.28), fs=125, context=600, leads=[0, 1], classes="dechazal"
        )
        self.beats = skecg.load_beats(records, extractor=extractor)
        subjects = np.unique(self.beats.groups).tolist()
        self.fold = {subject: i % 2 for i, subject in enumerate(subjects)}
        fold = self.of_beats(self.beats)
        self.models = {}
        for number in (0, 1):
            train = np.flatnonzero((fold != number) & (self.beats.target != "F"))
            network = skecg.ContextLSTMClassifier(
                layout=self.beats.layout, batch_size=64, random_state=seed, **(fits or {})
            )
            self.models[number] = network.fit(self.beats.data[train], self.beats.target[train])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--folds", nargs="+", type=Path, metavar="DIR", default=[])
    parser.add_argument("--simulated", action="store_true")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--epochs", type=int, default=DEFAULTS["epochs"])
    parser.add_argument("--learning-rate", type=float, default=DEFAULTS["learning_rate"])
    parser.add_argument("--batch-size", type=int, default=DEFAULTS["batch_size"])
    parser.add_argument("--class-weight", default=DEFAULTS["class_weight"])
    parser.add_argument("--rehearse", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    settings = {name: getattr(options, name) for name in DEFAULTS}
    if settings["class_weight"] == "none":
        settings["class_weight"] = None
    runs, beats, made = [*options.folders, *options.folds], None, None
    if not (runs or options.simulated):
        parser.error("give folders of fold models, or --simulated")
    if runs and "SKECG_TEST_DATA" not in os.environ:
        parser.error("set SKECG_TEST_DATA to the folder that holds data/mitdb, svdb and edb")
    found = []
    for run in [None] * options.simulated + runs:
        folds = SimulatedFolds() if run is None else Folds(run)
        if run is None:
            beats = folds.beats
        elif beats is None or made != str(folds.extractor):
            beats, made = load(folds), str(folds.extractor)
        start = time.perf_counter()
        predictions, who = judge_all(
            beats,
            folds,
            settings,
            minutes=options.minutes,
            rehearse=options.rehearse,
            seed=options.seed,
        )
        metrics = summary(predictions)
        name = "simulated" if run is None else run.name
        print(f"\n{name}: {settings}, {time.perf_counter() - start:.0f} s, percent")
        show(metrics, who)
        found.append(metrics.assign(run=name))
    if options.out is not None:
        pd.concat(found).to_csv(options.out, index=False)


def load(folds):
    """Load the beats of all subjects that have a fold, with the extractor of training."""
    folder = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    databases = sorted({subject.partition(":")[0] for subject in folds.fold})
    paths = skecg.find_records([folder / name for name in databases])
    beats = skecg.load_beats(paths, extractor=folds.extractor, n_jobs=-1)
    return beats[np.isin(beats.groups, list(folds.fold))]


if __name__ == "__main__":
    main()
