"""Train the network that comes with skecg. Run by hand.

    SKECG_TEST_DATA=... python benchmarks/accuracy/pretrain.py
        [--out skecg/pretrained/lstm.skecg] [--seed 0] [--temperature T] [--offsets S=-0.5 ...]

Trains the recipe of ``recipe.py`` on all of data/mitdb, svdb and edb, and writes the model file.
No person is left to test it on: its metrics are those of the folds of ``study.py``, and so is
its calibration (``skecg.find_calibration``). Prints the facts of the training for the model's
card, ``skecg/pretrained/lstm.md``.

``--simulated`` tries it out in a minute: a few units on simulated recordings, not the recipe.
"""

import argparse
import dataclasses
import os
import platform
import time
from pathlib import Path

import numpy as np
from sklearn.pipeline import Pipeline

import skecg

OUT = Path(skecg.__file__).parent / "pretrained" / "lstm.skecg"


def real_rows(seed):
    """Return beats of all databases, and the function that makes their network."""
    from recipe import make_network, training_rows

    return training_rows(Path(os.environ["SKECG_TEST_DATA"]) / "data", seed), make_network


def simulated_rows(seed):
    """Return beats of simulated people, some with one lead, and a small network."""
    extractor = skecg.BeatExtractor(
        window=(0.28, 0.28),
        fs=125.0,
        context=600.0,
        leads=[0, 1],
        missing_leads="zeros",
        classes="dechazal",
    )
    records = skecg.simulate_records(
        32, duration=120, supraventricular=0.06, ventricular=0.1, fusion=0.03, random_state=seed
    )
    records[::4] = [
        dataclasses.replace(r, signal=r.signal[:, :1], lead_names=r.lead_names[:1])
        for r in records[::4]
    ]
    return skecg.load_beats(records, extractor=extractor), small_network


def small_network(seed, layout):
    """Return a network of a few units, which learns fast."""
    return skecg.ContextLSTMClassifier(
        8,
        neighbor_units=8,
        dense_units=16,
        learning_rate=1e-2,
        epochs=10,
        batch_size=64,
        layout=layout,
        random_state=seed,
    )


def offset(text):
    """Return a class and the offset of its logit, from "S=-0.5"."""
    label, value = text.split("=")
    return label, float(value)


def train(rows, make_network, seed):
    """Return the fitted model."""
    model = Pipeline([("classifier", make_network(seed, rows.layout))])
    return model.fit(rows.data, rows.target)


def describe(rows, model, path):
    """Yield the facts of a training for a card, one per line."""
    labels, counts = np.unique(rows.target, return_counts=True)
    records = rows.meta["record"].nunique()
    network = model[-1]
    yield f"rows:      {len(rows.target):,} of {records} records, {len(set(rows.groups))} subjects"
    yield f"classes:   {', '.join(f'{k} {n:,}' for k, n in zip(labels, counts, strict=True))}"
    yield f"training:  {network.n_iter_} epochs in {network.fit_time_:.0f} s"
    yield f"           on {os.cpu_count()} CPU cores, Python {platform.python_version()}"
    yield f"weights:   {network.model_.count_params():,}"
    yield f"file:      {path}, {path.stat().st_size / 1e6:.2f} MB"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--offsets", type=offset, nargs="+", default=[], metavar="CLASS=OFFSET")
    parser.add_argument("--simulated", action="store_true", help="try it on simulated recordings")
    options = parser.parse_args()
    if not options.simulated and "SKECG_TEST_DATA" not in os.environ:
        parser.error("set SKECG_TEST_DATA to the folder that holds data/mitdb, svdb and edb")
    options.out.parent.mkdir(parents=True, exist_ok=True)

    start = time.perf_counter()
    rows, make_network = (simulated_rows if options.simulated else real_rows)(options.seed)
    print(f"rows made in {time.perf_counter() - start:.0f} s", flush=True)
    model = train(rows, make_network, options.seed)
    calibration = skecg.TemperatureScaling(options.temperature, dict(options.offsets))
    if calibration != skecg.TemperatureScaling():
        model[-1].calibrate(calibration=calibration)
    skecg.save(model, options.out, beats=rows)
    print(*describe(rows, model, options.out), sep="\n")


if __name__ == "__main__":
    main()
