"""The recipe of the pretrained network: its rows, the training beats, and the network.

Shared by ``study.py``, which evaluates it, and ``pretrain.py``, which trains the shipped model.
"""

import dataclasses
from pathlib import Path

import numpy as np

import skecg

DATABASES = ("mitdb", "svdb", "edb")
#: Makes the rows of training, testing and new recordings.
EXTRACTOR = skecg.BeatExtractor(
    window=(0.28, 0.28),
    fs=125.0,
    context=600.0,
    neighbors=5,
    leads=[0, 1],
    missing_leads="zeros",
    classes="dechazal",
)
#: Noise of nstdb in the copies of recordings: the lowest signal-to-noise ratio of each kind in
#: dB, and the seconds over which it rises and falls. It is taken from the first 15 minutes of
#: each noise recording; the rest is for tests.
NOISE = {"kinds": ("em", "ma", "bw"), "snr": 6.0, "stretch": 20.0, "until": 900.0}
_COPY = "+noise"  # behind the name of a record


def make_network(seed, layout):
    """Return the network. Noisy copies make an epoch longer, so there are fewer epochs."""
    return skecg.ContextLSTMClassifier(layout=layout, epochs=3, random_state=seed)


def load(folder, extractor=EXTRACTOR, noise=NOISE):
    """Load the beats of all databases, then those of noisy copies of the recordings."""
    paths = skecg.find_records([Path(folder) / name for name in DATABASES])
    copies = [] if noise is None else noisy_copies(folder, paths, **noise)
    return skecg.load_beats([*paths, *copies], extractor=extractor, n_jobs=-1)


def noisy_copies(folder, paths, kinds, snr, stretch, until, seed=0):
    """Yield recordings with noise of these kinds."""
    noises = [skecg.read_record(Path(folder) / "nstdb" / kind, annotator=None) for kind in kinds]
    noises = [dataclasses.replace(n, signal=n.signal[: int(until * n.fs)]) for n in noises]
    rng = np.random.RandomState(seed)
    for path in paths:
        record = skecg.read_record(path)
        for noise in noises:
            record = skecg.add_noise(record, noise, snr, stretch=stretch, random_state=rng)
        yield dataclasses.replace(record, name=record.name + _COPY)


def database_of(beats):
    """Return the database of each beat."""
    return np.array([group.partition(":")[0] for group in beats.groups])


def is_copy(beats):
    """Return a mask of the beats of noisy copies."""
    return beats.meta["record"].str.endswith(_COPY).to_numpy()


def to_train(beats, *, seed=0, noisy_share=0.35, leave_surrounded=True):
    """Return a mask of the beats to train on, as far as their subjects are in training.

    Beats of class Q are excluded, noisy copies beyond a share of them, and S beats among S
    beats: their surroundings do not distinguish these from normal beats, and a network that was
    trained on them calls every regular fast rhythm S.
    """
    chosen = np.random.default_rng(seed).random(len(beats.target)) < noisy_share
    keep = (beats.target != "Q") & (chosen | ~is_copy(beats))
    return keep & ~among_its_like(beats, "S") if leave_surrounded else keep


def among_its_like(beats, label, n_around=150, share=0.6):
    """Return a mask of the beats of a class whose neighbourhood is mostly of this class."""
    out = np.zeros(len(beats.target), dtype=bool)
    for rows in beats.meta.groupby("record", sort=False).indices.values():
        is_label = beats.target[rows] == label
        number = np.arange(len(rows))
        first = np.maximum(number - n_around, 0)
        stop = np.minimum(number + n_around + 1, len(rows))
        total = np.concatenate(([0], np.cumsum(is_label)))
        out[rows] = is_label & (total[stop] - total[first] > share * (stop - first))
    return out


def training_rows(folder, seed=0):
    """Return the beats on which the shipped network is trained."""
    beats = load(folder)
    return beats[to_train(beats, seed=seed)]
