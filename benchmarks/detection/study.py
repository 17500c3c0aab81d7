"""Train and compare the detector "auto". Run by hand; training needs PyTorch.

    SKECG_TEST_DATA=... python benchmarks/detection/study.py OUT [--jobs 2] [--epochs 20]
        [--tables detectors leads noise classes] [--models DIR]

Trains a network for each of five folds by subject over mitdb, svdb and edb together, and one on
all recordings, unless ``OUT/fold-K.npz`` and ``OUT/all.npz`` are there (``all.npz`` is
``skecg/pretrained/detector.npz``). Then prints, each recording by the network of its fold:

- detectors: Se and +P of QRS complexes by EC57 (from 5:00; nothing in flutter or fibrillation),
  Se of V beats, distance of the marks from the reference, and CPU seconds per hour of two leads;
- leads: with only one of the leads, and with noise alone;
- noise: with the second half of the noise recordings of nstdb added at 24 to 0 dB;
- classes: V and S by EC57 at given and at found positions. The shipped classifier was trained on
  these people, or, with ``--models DIR`` (see ``benchmarks/accuracy/study.py --keep``), on others.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
import warnings
from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

import skecg
from skecg.annotation import _detection
from skecg.detection import _auto, _network
from skecg.detection._detectors import DETECTORS
from skecg.detection._find import FoundBeats, find_beats
from skecg.detection._scale import RATE
from skecg.tables import BEAT_SYMBOLS

DATABASES = ("mitdb", "svdb", "edb")
N_FOLDS = 5
NOISE = ("em", "ma", "bw")
EDGE = RATE // 2  # samples before and after flutter that are excluded from training
SEGMENT = 64 * RATE
BATCH, SHARE = 12, 0.5  # segments of a batch; share of the segments in an epoch
DATA = Path(os.environ.get("SKECG_TEST_DATA", "")) / "data"


def paths():
    """Return (database, path) of every recording."""
    return [(name, path) for name in DATABASES for path in skecg.find_records(DATA / name)]


def folds():
    """Return the fold of each subject: a fifth of every database in each."""
    subjects = {}
    for name, path in paths():
        subjects.setdefault(skecg.read_record(path).subject, name)
    rng, fold = np.random.default_rng(0), {}
    for name in DATABASES:
        here = sorted(subject for subject, first in subjects.items() if first == name)
        rng.shuffle(here)
        fold |= {subject: (len(fold) + i) % N_FOLDS for i, subject in enumerate(here)}
    return fold


# ---- training


def at_rate(signal, fs):
    """Return leads at the rate of the network."""
    divisor = gcd(RATE, round(fs))
    up, down = RATE // divisor, round(fs) // divisor
    return resample_poly(np.asarray(signal, np.float32), up, down, axis=0, padtype="edge")


def training_record(path):
    """Return signal, beats and excluded stretches of a recording at the rate of the network."""
    record, factor = (record := skecg.read_record(path)), RATE / round(record.fs)
    other, excluded, start = record.other, [], None
    for sample, symbol, subtype in zip(other.sample, other.symbol, other.subtype, strict=True):
        unreadable = symbol == "~" and int(subtype) & 0x30 == 0x30
        if symbol == "[" or (unreadable and start is None):
            start = sample
        elif symbol in ("]", "~") and start is not None:
            excluded.append((start * factor - EDGE, sample * factor + EDGE))
            start = None
    return {
        "subject": record.subject,
        "signal": at_rate(np.nan_to_num(record.signal), record.fs),
        "beats": record.sample[np.isin(record.symbol, list(BEAT_SYMBOLS))] * factor,
        "excluded": excluded,
    }


def noise_record(kind):
    """Return a noise recording of nstdb."""
    return skecg.read_record(DATA / "nstdb" / kind, annotator=None)


def train(out, fold, epochs, seed=0):
    """Train on all subjects that are not in a fold, and write the weights."""
    import torch
    from augment import example
    from network import make_network, to_numpy
    from torch.nn import functional

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng, fold_of = np.random.default_rng(seed), folds()
    records = [training_record(path) for _, path in paths()]
    records = [record for record in records if fold_of[record["subject"]] != fold]
    noise = {kind: at_rate((r := noise_record(kind)).signal, r.fs) for kind in NOISE}
    # segments that were hard are taken more often
    difficulty = [np.ones(len(record["signal"]) // SEGMENT) for record in records]
    network = make_network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-3)
    n_steps = int(epochs * sum(map(len, difficulty)) * SHARE / BATCH) + 50
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, n_steps, pct_start=0.1)
    step, waiting = 0, []
    for epoch in range(epochs):
        losses = []
        for n_done, i in enumerate(rng.permutation(len(records)), 1):
            waiting += segments(example(records[i], noise, rng), i, difficulty[i], rng)
            if len(waiting) < 30 * BATCH and n_done < len(records):
                continue
            rng.shuffle(waiting)
            while len(waiting) >= BATCH:
                batch = [waiting.pop() for _ in range(BATCH)]
                arrays = [np.stack([item[k] for item in batch]) for k in range(5)]
                leads, usable, beat, weight, hidden = map(torch.from_numpy, arrays)
                with torch.autocast("cpu", dtype=torch.bfloat16):
                    logit, noisy = network(leads, usable)
                loss = functional.binary_cross_entropy_with_logits(logit, beat, reduction="none")
                low, high = beat.clamp(min=1e-6), (1 - beat).clamp(min=1e-6)
                entropy = -(beat * low.log() + (1 - beat) * high.log())
                wrong = (torch.sigmoid(logit.detach()) - beat).abs()
                loss = (loss - entropy).clamp(min=0) * (0.3 + 3 * wrong) * weight
                there = usable[:, :, ::16].float()
                quality = functional.binary_cross_entropy_with_logits(
                    noisy, hidden, reduction="none"
                )
                total = loss.sum() / weight.sum() * 10
                total = total + 0.1 * (quality * there).sum() / there.sum().clamp(min=1)
                optimizer.zero_grad()
                total.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                if (step := step + 1) < n_steps:
                    schedule.step()
                mean = (loss.sum(1) / weight.sum(1).clamp(min=1)).detach().numpy()
                losses.append(mean.mean())
                for item, value in zip(batch, mean, strict=True):
                    hard = difficulty[item[5]]
                    j = min(int(item[6] * len(hard)), len(hard) - 1)
                    hard[j] = 0.6 * hard[j] + 0.4 * np.clip((value / 2e-3) ** 0.5, 0.5, 4)
        print(f"fold {fold}, epoch {epoch}: loss {np.mean(losses):.5f}", flush=True)
    np.savez(out, **to_numpy(network))


def segments(item, i, difficulty, rng):
    """Return segments of an example, for a batch, with the record and where in it they are."""
    n = len(item.leads)
    n_segments = n // SEGMENT
    first = rng.integers(0, n - n_segments * SEGMENT + 1) // 64 * 64
    where = (np.arange(n_segments) + 0.5) / n_segments
    chance = np.interp(where, (np.arange(len(difficulty)) + 0.5) / len(difficulty), difficulty)
    n_taken = max(1, round(n_segments * SHARE))
    out = []
    for j in rng.choice(n_segments, n_taken, replace=False, p=chance / chance.sum()):
        s = slice(first + j * SEGMENT, first + (j + 1) * SEGMENT)
        f = slice(s.start // 4, s.stop // 4)
        usable = item.usable[s].reshape(-1, 4, 2).all(axis=1).T
        hidden = item.noise[s].reshape(-1, 64, 2).mean(axis=1).T
        out.append(
            (item.leads[s].T.copy(), usable.copy(), item.beat[f], item.weight[f], hidden.copy())
            + (i, where[j])
        )
    return out


def train_all(out, epochs, jobs):
    """Train what is not there yet, in processes of one thread each."""
    todo = [(out / f"fold-{k}.npz", k) for k in range(N_FOLDS)] + [(out / "all.npz", -1)]
    todo = [(path, fold) for path, fold in todo if not path.exists()]
    running = []
    while todo or running:
        while todo and len(running) < jobs:
            path, fold = todo.pop(0)
            words = ["--train", str(path), "--fold", str(fold), "--epochs", str(epochs)]
            running.append(subprocess.Popen([sys.executable, __file__, str(out), *words]))
        running[0].wait()
        if running.pop(0).returncode:
            raise SystemExit("training failed")


# ---- results


class Scores:
    """EC57 counts of recordings of a database."""

    def __init__(self):
        self.matrix, self.away, self.worst = np.zeros((7, 7), np.int64), [], []

    def add(self, record, sample):
        """Compare found positions with the reference."""
        found = (sample, np.full(len(sample), "N"))
        result = skecg.compare_annotations(record, found, fs=record.fs, n_samples=record.n_samples)
        matrix = result.matrix.to_numpy()
        self.matrix += matrix
        self.worst.append((int(matrix[:5, 5:].sum() + matrix[5:, :5].sum()), record.name))
        if len(sample) > 1:
            i = np.clip(np.searchsorted(sample, record.sample), 1, len(sample) - 1)
            away = [(sample[k] - record.sample) / record.fs for k in (i - 1, i)]
            nearest = np.where(np.abs(away[0]) < np.abs(away[1]), *away)
            self.away.append(nearest[np.abs(nearest) < 0.15])

    def row(self):
        """Return the results as text."""
        m = self.matrix
        paired, missed, extra = m[:5, :5].sum(), m[:5, 5:].sum(), m[5:, :5].sum()
        away = 1000 * np.concatenate(self.away)
        about = np.abs(away - np.concatenate([[np.median(a)] * len(a) for a in self.away]) * 1000)
        worst = ", ".join(f"{name} {n}" for n, name in sorted(self.worst)[:-5:-1] if n)
        return (
            f"Se {100 * paired / (paired + missed):.2f} +P {100 * paired / (paired + extra):.2f} "
            f"V Se {100 * m[2, :5].sum() / m[2].sum():.2f} missed {missed} extra {extra} "
            f"away {np.median(np.abs(away)):.1f} ms, from their median of the record p95 "
            f"{np.percentile(about, 95):.1f} ms; worst: {worst}"
        )


class Networks:
    """Puts the network of a recording's fold in the place of the shipped one."""

    def __init__(self, out):
        self.fold, self.networks = folds(), {}
        for k in range(N_FOLDS):
            with np.load(out / f"fold-{k}.npz") as file:
                self.networks[k] = _network.checked({name: file[name] for name in file.files})

    def use(self, subject):
        network = self.networks[self.fold[subject]]
        _auto.beat_network = lambda: network


def table(title, find, change=lambda record: record, databases=DATABASES):
    """Print the results of a function of a record that returns positions, by database."""
    for database in databases:
        scores, seconds, hours = Scores(), 0.0, 0.0
        for name, path in paths():
            if name == database:
                record = skecg.read_record(path)
                changed = change(record)
                start = time.process_time()
                sample = find(changed)
                seconds += time.process_time() - start
                hours += record.duration / 3600
                scores.add(record, sample)
        print(f"{title:24s} {database:6s} {seconds / hours:5.2f} s/h {scores.row()}", flush=True)


def by_network(networks, leads=slice(None)):
    """Return the detector "auto" by the network of the fold."""

    def find(record):
        networks.use(record.subject)
        signal = record.signal[:, leads]
        return find_beats(signal, record.fs, record.lead_names[leads], "auto").sample

    return find


def by_name(detector):
    """Return a named detector, on the first lead where it is usable."""
    return lambda r: find_beats(r.signal, r.fs, r.lead_names, detector).sample


def detectors(networks):
    for name in DETECTORS:
        if name != "gqrs":  # an hour of CPU time
            table(name, by_network(networks) if name == "auto" else by_name(name))


def leads(networks):
    table("lead 1", by_network(networks, slice(0, 1)))
    table("lead 2", by_network(networks, slice(1, 2)))
    for kind in NOISE:
        record = noise_record(kind)
        half = record.signal[len(record.signal) // 2 :]
        for k, network in networks.networks.items():
            _auto.beat_network = lambda network=network: network
            found = find_beats(half, record.fs, record.lead_names, "auto", leads=[0, 1])
            minutes = len(half) / record.fs / 60
            print(f"only {kind}, fold {k}: {len(found.sample) / minutes:.1f} beats a minute")


def with_noise(kind, snr):
    """Return a function that adds noise to both leads."""
    noise = noise_record(kind)
    noise = dataclasses.replace(noise, signal=noise.signal[len(noise.signal) // 2 :])
    return lambda record: skecg.add_noise(record, noise, snr, random_state=0)


def noise(networks):
    for kind in NOISE:
        for snr in (24, 18, 12, 6, 0):
            change = with_noise(kind, snr)
            table(f"auto, {kind} {snr} dB", by_network(networks), change, ("mitdb",))
            table(f"sleepecg, {kind} {snr} dB", by_name("sleepecg"), change, ("mitdb",))


def classifiers(folder):
    """Return a function of a subject that returns a model and its information."""
    if folder is None:
        shipped = skecg.load_pretrained("lstm", return_info=True)
        return lambda subject: shipped
    fold = json.loads((folder / "folds.json").read_text())
    models = {k: skecg.load(folder / f"fold-{k}.skecg", return_info=True) for k in range(N_FOLDS)}
    return lambda subject: models[fold[subject]]


def annotated(record, model, info, sample=None, detector="auto"):
    """Return positions and predicted symbols, at given positions if there are any."""

    def given(signal, fs, lead_names, detector, *, origin=0, leads=None):
        inside = sample[(sample >= origin) & (sample < origin + len(signal))] - origin
        state = np.zeros((signal.shape[1], len(signal)), dtype=np.uint8)
        return FoundBeats(inside, np.full(len(inside), np.nan, dtype=np.float32), state)

    _detection.find_beats = find_beats if sample is None else given
    try:
        found = skecg.annotate(model, record, extractor=info.extractor, detector=detector).beats
    finally:
        _detection.find_beats = find_beats
    return found["sample"].to_numpy(), found["symbol"].to_numpy().astype(str)


def classes(networks, folder):
    """Print Se and +P of V and S by EC57 at given and at found positions."""
    model_of = classifiers(folder)
    cases = [("clean", None, name) for name in DATABASES]
    cases += [(f"em {snr} dB", with_noise("em", snr), "mitdb") for snr in (12, 6)]
    for title, change, database in cases:
        totals = dict.fromkeys(("given", "auto", "sleepecg"), 0)
        for name, path in paths():
            if name != database:
                continue
            record = skecg.read_record(path)
            networks.use(record.subject)
            signal = record if change is None else change(record)
            for kind in totals:
                sample = record.sample if kind == "given" else None
                detector = "auto" if kind == "given" else kind
                test = annotated(signal, *model_of(record.subject), sample, detector)
                result = skecg.compare_annotations(
                    record, test, fs=record.fs, n_samples=record.n_samples
                )
                totals[kind] = totals[kind] + result.matrix.to_numpy()
        for kind, m in totals.items():
            text = " ".join(
                f"{label} Se {100 * m[i, i] / m[i].sum():.1f} "
                f"+P {100 * m[i, i] / m[:, i].sum():.1f}"
                for label, i in (("V", 2), ("S", 1))
            )
            print(f"{title:10s} {database:6s} {kind:9s} {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, metavar="OUT")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--models", type=Path, default=None, metavar="DIR")
    every = ["detectors", "leads", "noise", "classes"]
    parser.add_argument("--tables", nargs="*", choices=every, default=every)
    parser.add_argument("--train", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--fold", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=UserWarning)  # gaps, beats at the ends
    if options.train:
        train(options.train, options.fold, options.epochs)
        return
    options.out.mkdir(parents=True, exist_ok=True)
    train_all(options.out, options.epochs, options.jobs)
    networks = Networks(options.out)
    for name in options.tables:
        if name == "classes":
            classes(networks, options.models)
        else:
            {"detectors": detectors, "leads": leads, "noise": noise}[name](networks)


if __name__ == "__main__":
    main()
