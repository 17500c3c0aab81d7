"""Noise stress test: metrics of models on recordings with added noise. Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/stress.py MODEL_FILE [MODEL_FILE ...]
        [--folds DIR [DIR ...]] [--noise em ma bw] [--snr 24 18 12 6 0]
        [--noise-from 0] [--records PATH [PATH ...]] [--out DIR] [--seed 0]
    SKECG_TEST_DATA=... python benchmarks/accuracy/stress.py --table DIR

Adds noise of nstdb (or "baseline", "muscle", "motion": simulated) to the recordings by
``skecg.add_noise``, constant and at each ratio, lets the models classify every beat at its
reference position, and prints Se and +P of N, S and V for each database, noise and ratio: one
class against the rest, all beats pooled, from 0:00 on. This is not the protocol of EC57, which
``skecg.stress_test`` follows: there beats are detected, and there is noise in two of four minutes
from 5:00 on, from the beginning of the noise recordings. The numbers of this script in
``docs/accuracy.rst`` (constant noise that training did not use, a model for each fold) cannot be
compared with those. For models that were trained on noise of nstdb,
``--noise-from SECONDS`` uses only the later part of the noise recordings.

Models must not be tested on people of their training. ``--folds DIR`` takes a folder of fold
models as ``study.py --keep`` writes it: ``fold-0.skecg`` and so on, and ``folds.json``, which maps
each subject to the model that was trained without them. Several folders are runs of one recipe
(seeds), shown as mean and range. A model file is tested on all recordings, and a line tells how
many people of its training are among them.

``--out DIR`` writes ``stress.csv``, with 95 % intervals by subject, and a figure per model,
``stress-NAME.png``. ``--table DIR`` tests nothing: it prints and draws the results in DIR.
"""

import argparse
import dataclasses
import json
import os
import time
import warnings
import zlib
from itertools import chain
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import skecg
from skecg.display._style import BAND_ALPHA, COLORS, DASHES, MARKERS

DATABASES = ("mitdb", "svdb", "edb")
CLASSES = ("N", "S", "V")
METRICS = ("Se", "+P")
SIMULATED = ("baseline", "muscle", "motion")
NAMES = {
    "em": "electrode motion",
    "ma": "muscle noise",
    "bw": "baseline wander",
    "motion": "motion (simulated)",
    "muscle": "muscle (simulated)",
    "baseline": "baseline (simulated)",
}
CLEAN = ("none", np.inf)


def load(path):
    """Load a model, the extractor of its rows, and the subjects of its training."""
    model, info = skecg.load(path, return_info=True)
    if info.extractor is None:
        raise SystemExit(f"{path} has no extractor: save it with beats=")
    if info.subjects is None:
        print(f"{path} has no list of training subjects", flush=True)
    return model, info.extractor, set(info.subjects or ())


class Whole:
    """One model for all people."""

    def __init__(self, path):
        self.model = self.run = path.stem
        self.estimator, self.extractor, self.seen = load(path)

    def check(self, subjects):
        """Print how many of the people it was trained on."""
        if seen := self.seen & subjects:
            print(
                f"{self.model} was TRAINED ON {len(seen)} of these {len(subjects)} people: its "
                "metrics are optimistic",
                flush=True,
            )

    def predict(self, beats):
        """Return labels."""
        return self.estimator.predict(beats.data)


class Folds:
    """A model for each fold, for the people excluded from its training."""

    def __init__(self, folder):
        # runs of one recipe are called RECIPE-PROTOCOL-SEED
        self.run = folder.name
        self.model = folder.name.rpartition("-")[0] or folder.name
        fold = json.loads((folder / "folds.json").read_text())
        # a key may be "database|subject"
        self.fold = {max(key.split("|"), key=len): number for key, number in fold.items()}
        self.estimators, self.seen = {}, {}
        for number in sorted(set(self.fold.values())):
            path = folder / f"fold-{number}.skecg"
            self.estimators[number], self.extractor, self.seen[number] = load(path)

    def check(self, subjects):
        """Exit if people have no fold, or were in the training of the model of their fold."""
        if missing := subjects - set(self.fold):
            raise SystemExit(f"{self.run}: no fold for {', '.join(sorted(missing))}")
        if seen := {s for s in subjects if s in self.seen[self.fold[s]]}:
            raise SystemExit(f"{self.run}: models have seen their {', '.join(sorted(seen))}")

    def predict(self, beats):
        """Return labels, each by the model of the subject's fold."""
        fold = np.array([self.fold[group] for group in beats.groups.tolist()])
        labels = np.empty(len(fold), dtype=object)
        for number in np.unique(fold):
            labels[fold == number] = self.estimators[number].predict(beats.data[fold == number])
        return labels.astype(str)


def noisy(record, noise, snr, seed):
    """Return the record with noise, which differs between ratios only in its size."""
    if snr == np.inf:
        return record
    return skecg.add_noise(
        record, noise, snr, random_state=zlib.crc32(record.name.encode()) + seed
    )


def by_database(paths):
    """Read recordings, by the database with which the names of their subjects begin."""
    records = {}
    found = [skecg.find_records(path) if path.is_dir() else [path] for path in paths]
    for path in chain.from_iterable(found):
        record = skecg.read_record(path)
        records.setdefault(record.subject.partition(":")[0], []).append(record)
    return records


def judge(beats, labels):
    """Return Se and +P of each class, with intervals by subject."""
    report = skecg.BeatReport.from_table(skecg.Predictions.from_beats(beats, labels))
    support = pd.Series(beats.target).value_counts()
    rows = []
    for label in CLASSES:
        row = {"class": label, "beats": support.get(label, 0)}
        for metric in METRICS:
            known = label in report.labels
            value = report.metric(metric, label) if known else np.nan
            low, high = report.interval(metric, label) if known else (np.nan, np.nan)
            row |= {metric: value, f"{metric} low": low, f"{metric} high": high}
        rows.append(row)
    return rows


def stress(runs, records, noises, ratios, seed):
    """Return one row per run, database, noise, ratio and class."""
    conditions = [CLEAN, *((noise, snr) for noise in noises for snr in ratios)]
    # runs whose rows are made alike share them
    alike = {}
    for run in runs:
        alike.setdefault(repr(sorted(run.extractor.get_params().items())), []).append(run)
    rows = []
    for kind, snr in conditions:
        start = time.perf_counter()
        for database, some in records.items():
            for sharing in alike.values():
                with threadpool_limits(1):  # threads within two threads wait for each other
                    beats = skecg.load_beats(
                        [noisy(record, noises.get(kind), snr, seed) for record in some],
                        extractor=sharing[0].extractor,
                        n_jobs=2,
                    )
                for run in sharing:
                    where = {"model": run.model, "run": run.run, "database": database}
                    where |= {"noise": kind, "snr": snr}
                    rows += [where | row for row in judge(beats, run.predict(beats))]
        text = "clean" if kind == "none" else f"{kind} at {snr:g} dB"
        print(f"{text}: {time.perf_counter() - start:.0f} s", flush=True)
    return pd.DataFrame(rows)


def summary(found):
    """Return Se/+P in percent, mean over runs, by model, database, noise and ratio."""
    keys = ["model", "database", "noise", "snr", "class"]
    mean = 100 * found.groupby(keys, sort=False)[list(METRICS)].mean()
    cells = mean.map(lambda value: "-" if np.isnan(value) else f"{value:.1f}")
    table = (cells["Se"] + "/" + cells["+P"]).unstack("class", sort=False)
    table = table[["V", "S", "N"]].rename(index={"none": "clean"}).rename_axis(columns="Se/+P of")
    return table.sort_index(level=["model", "database"], sort_remaining=False, kind="stable")


def draw(found):
    """Draw the curves of one model: a row of panels per database."""
    databases = list(dict.fromkeys(found["database"]))
    noises = [noise for noise in dict.fromkeys(found["noise"]) if noise != "none"]
    ratios = sorted(set(found["snr"]) - {np.inf}, reverse=True)
    panels = [(label, figure) for label in ("V", "S") for figure in METRICS]
    figure, axes = plt.subplots(
        len(databases),
        4,
        figsize=(7.4, 1.0 + 1.55 * len(databases)),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for row, database in zip(axes, databases, strict=True):
        for ax, (label, name) in zip(row, panels, strict=True):
            some = found[(found["database"] == database) & (found["class"] == label)]
            _panel(ax, some, name, noises)
        row[0].set_ylabel(f"{database}: Se or +P (%)", fontsize=8)
    for ax, (label, name) in zip(axes[0], panels, strict=True):
        ax.set_title(f"{name} of {label}", fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("Signal to noise (dB)", fontsize=8)
    axes[0, 0].set(ylim=(0, 103), yticks=range(0, 101, 25), xticks=ratios)
    margin = 0.06 * (ratios[0] - ratios[-1] or 1)
    axes[0, 0].set_xlim(ratios[0] + margin, ratios[-1] - margin)  # more noise to the right
    handles, texts = axes[0, 0].get_legend_handles_labels()
    figure.legend(
        handles,
        texts,
        loc="outside lower center",
        ncols=len(texts),
        frameon=False,
        fontsize=8,
        handlelength=3.5,
    )
    return figure


def _panel(ax, some, name, noises):
    """Curves of one figure of one class in one database."""
    clean = some[some["noise"] == "none"]
    if clean[name].notna().any():
        low, high = 100 * clean[f"{name} low"].mean(), 100 * clean[f"{name} high"].mean()
        ax.axhspan(low, high, color="0.6", alpha=BAND_ALPHA, linewidth=0)
        ax.axhline(100 * clean[name].mean(), color="0.35", linewidth=1, label="clean (95 %)")
    for i, noise in enumerate(noises):
        by_snr = 100 * some[some["noise"] == noise].groupby("snr")[name].agg(
            ["mean", "min", "max"]
        )
        color = COLORS[i % len(COLORS)]
        if some["run"].nunique() > 1:
            ax.fill_between(
                by_snr.index,
                by_snr["min"],
                by_snr["max"],
                color=color,
                alpha=BAND_ALPHA,
                linewidth=0,
            )
        ax.plot(
            by_snr.index,
            by_snr["mean"],
            color=color,
            linestyle=DASHES[i],
            marker=MARKERS[i],
            markersize=3.5,
            linewidth=1.2,
            label=NAMES.get(noise, noise),
            clip_on=False,
        )
    ax.grid(axis="y", color="0.92", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(labelsize=7)


def show(found, folder=None):
    """Print the table, and draw a figure per model."""
    print("\nSe/+P in percent, all beats pooled; ratio in dB\n")
    print(summary(found).to_string())
    if folder is None:
        return
    for model, some in found.groupby("model", sort=False):
        figure = draw(some)
        path = folder / f"stress-{model}.png"
        figure.savefig(path, dpi=150)
        plt.close(figure)
        print(f"\n{path}")


def _noise(kind, data, start):
    """Return noise for add_noise: a name, or a recording from a time in seconds on."""
    if kind in SIMULATED:
        return kind
    record = skecg.read_record(data / "nstdb" / kind, annotator=None)
    return dataclasses.replace(record, signal=record.signal[round(start * record.fs) :])


def _judge_all(parser, options):
    """Return the metrics of all models."""
    runs = [*map(Whole, options.models), *map(Folds, options.folds)]
    if not runs:
        parser.error("give model files, or folders of fold models: --folds DIR")
    recorded = set(options.noise) - set(SIMULATED)
    if "SKECG_TEST_DATA" not in os.environ and (recorded or not options.records):
        parser.error("set SKECG_TEST_DATA to the folder that holds data/mitdb, svdb, edb, nstdb")
    data = Path(os.environ.get("SKECG_TEST_DATA", ".")) / "data"
    records = by_database(options.records or [data / name for name in DATABASES])
    subjects = {record.subject for some in records.values() for record in some}
    for run in runs:
        run.check(subjects)
    noises = {kind: _noise(kind, data, options.noise_from) for kind in options.noise}
    return stress(runs, records, noises, options.snr, options.seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", type=Path, metavar="MODEL_FILE")
    parser.add_argument("--folds", nargs="+", type=Path, metavar="DIR", default=[])
    parser.add_argument("--noise", nargs="+", choices=NAMES, default=["em", "ma", "bw"])
    parser.add_argument("--snr", nargs="+", type=float, default=[24, 18, 12, 6, 0])
    parser.add_argument("--noise-from", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--records", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--table", type=Path, metavar="DIR")
    options = parser.parse_args()
    matplotlib.use("Agg")
    warnings.filterwarnings("ignore", category=UserWarning)  # gaps, flat leads, beats at the ends
    if options.table is not None:
        show(pd.read_csv(options.table / "stress.csv"), options.table)
        return
    found = _judge_all(parser, options)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        found.to_csv(options.out / "stress.csv", index=False)
    show(found, options.out)


if __name__ == "__main__":
    main()
