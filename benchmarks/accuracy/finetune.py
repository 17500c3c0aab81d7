"""What do five labelled minutes of a person bring? Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/finetune.py DIR [DIR ...]
        [--minutes 5] [--epochs 10] [--learning-rate 5e-4] [--batch-size 32] [--class-weight NAME]
        [--rehearse 0] [--seed 0] [--out FILE.csv]
    python benchmarks/accuracy/finetune.py --simulated [...]

A folder DIR holds fold models as ``study.py --keep`` writes it: ``fold-0.skecg`` and so on, and
``folds.json``, which maps each subject to the fold that tests it. For each subject a copy of the
model that has not seen the subject is trained on the beats of the first minutes of the subject's
first record (``partial_fit``), and judged on what comes after these minutes, in all records of
the subject, beside the model as it was. Rows with context know the signal of the later minutes,
but no label of them.

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
from skecg.utils import last_step

CLASSES = ("N", "S", "V")
DEFAULTS = {"epochs": 10, "learning_rate": 5e-4, "batch_size": 32, "class_weight": "sqrt_balanced"}


class Folds:
    """Models by fold, and the fold of each subject."""

    def __init__(self, folder):
        fold = json.loads((folder / "folds.json").read_text())
        # keys may name the database beside the subject, with a bar between
        self.fold = {max(key.split("|"), key=len): number for key, number in fold.items()}
        self.models, seen = {}, {}
        for number in sorted(set(self.fold.values())):
            path = folder / f"fold-{number}.skecg"
            self.models[number], info = skecg.load(path, return_info=True)
            seen[number], self.extractor = set(info.subjects or ()), info.extractor
        if leak := [s for s, number in self.fold.items() if s in seen[number]]:
            raise SystemExit(f"{folder}: models have seen {', '.join(sorted(leak))}")

    def of_beats(self, beats):
        """The fold of each beat; subjects without one are an error."""
        if missing := set(beats.groups.tolist()) - set(self.fold):
            raise SystemExit(f"no fold for {', '.join(sorted(missing))}")
        return np.array([self.fold[group] for group in beats.groups.tolist()])


def first_minutes(beats, rows, minutes):
    """Which of a subject's rows are labelled beforehand: the start of the first record."""
    meta = beats.meta.iloc[rows]
    seconds = meta["sample"].to_numpy() / meta["fs"].to_numpy()
    first = (meta["record"] == sorted(meta["record"].unique())[0]).to_numpy()
    return first & (seconds < 60 * minutes), seconds >= 60 * minutes


def fine_tuned(model, X, y, settings, *, pool=None, rehearse=0, seed=0):
    """A copy of the model, trained on a subject's rows; those of other classes are left out."""
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
    """Rows of the people of training: how to take some, their labels, how probable each is."""
    rows = rows[np.isin(beats.target[rows], classes)]
    labels = beats.target[rows]
    _, number, counts = np.unique(labels, return_inverse=True, return_counts=True)
    share = 1 / np.sqrt(counts)[number]
    return (lambda drawn: beats.data[rows[drawn]]), labels, share / share.sum()


def judge_all(beats, folds, settings, *, minutes=5.0, rehearse=0, seed=0):
    """Predictions of the later beats by the models as they were, and fine-tuned; who had what."""
    fold = folds.of_beats(beats)
    tables, who = {"as it was": [], "fine-tuned": []}, []
    pools = {}
    for subject in np.unique(beats.groups):
        rows = np.flatnonzero(beats.groups == subject)
        number = fold[rows[0]]
        model = folds.models[number]
        labelled, later = first_minutes(beats, rows, minutes)
        if not later.any():
            continue
        test = skecg.take_beats(beats, rows[later])
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
            proba = pd.DataFrame(one.predict_proba(test.data), columns=one.classes_)
            tables[name].append(skecg.prediction_table(test, one.predict(test.data), proba))
        counts = {label: int((beats.target[own] == label).sum()) for label in CLASSES}
        errors = [(t[-1]["y_pred"] != t[-1]["y_true"]).sum() for t in tables.values()]
        who.append({"subject": subject, **counts, "before": errors[0], "after": errors[1]})
    return {k: pd.concat(v, ignore_index=True) for k, v in tables.items()}, pd.DataFrame(who)


def summary(tables):
    """One row a database and class: figures before and after, differences with intervals."""
    database = tables["as it was"]["subject"].str.partition(":")[0]
    rows = []
    for name in database.unique():
        both = {k: tables[k][database == name] for k in ("fine-tuned", "as it was")}
        with warnings.catch_warnings():  # nobody trains on the few beats of class Q
            warnings.filterwarnings(
                "ignore", message=".* was not trained on", category=UserWarning
            )
            figures, differences = skecg.compare_models(both, return_differences=True)
        found = differences.loc["fine-tuned", "as it was"]
        for figure in [f"{f} {k}" for k in CLASSES for f in ("Se", "+P")]:
            if figure in found.index:
                before, after = figures.loc[["as it was", "fine-tuned"], figure]
                one = found.loc[figure]
                rows.append((name, figure, before, after, *one[["difference", "low", "high"]]))
    columns = ["database", "figure", "before", "after", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def show(figures, who):
    """Percent, one line a figure; and how many subjects it helped."""
    percent = figures.copy()
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
        tables, who = judge_all(
            beats,
            folds,
            settings,
            minutes=options.minutes,
            rehearse=options.rehearse,
            seed=options.seed,
        )
        figures = summary(tables)
        name = "simulated" if run is None else run.name
        print(f"\n{name}: {settings}, {time.perf_counter() - start:.0f} s, percent")
        show(figures, who)
        found.append(figures.assign(run=name))
    if options.out is not None:
        pd.concat(found).to_csv(options.out, index=False)


def load(folds):
    """Beats of all subjects that have a fold, as the rows of training were made."""
    folder = Path(os.environ["SKECG_TEST_DATA"]) / "data"
    databases = sorted({subject.partition(":")[0] for subject in folds.fold})
    paths = skecg.find_records([folder / name for name in databases])
    beats = skecg.load_beats(paths, extractor=folds.extractor, n_jobs=-1)
    return skecg.take_beats(beats, np.isin(beats.groups, list(folds.fold)))


if __name__ == "__main__":
    main()
