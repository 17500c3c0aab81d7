"""The recipe of the pretrained network: its rows, the training beats, and the network.

Shared by ``study.py``, which evaluates it, and ``pretrain.py``, which trains the shipped model.
"""

import dataclasses
import itertools
from pathlib import Path

import numpy as np

import skecg

DATABASES = ("mitdb", "svdb", "edb")
#: Makes the rows of training, testing and new recordings.
EXTRACTOR = skecg.BeatExtractor(
    window=(0.28, 0.28),
    fs=125.0,
    context=600.0,
    neighbors=0,
    leads=[0, 1],
    missing_leads="zeros",
    classes="dechazal",
)
#: Noise of nstdb in the copies of recordings: the lowest signal-to-noise ratio of each kind in
#: dB, and the seconds over which it rises and falls. It is taken from the first 15 minutes of
#: each noise recording; the rest is for tests.
NOISE = {"kinds": ("em", "ma", "bw"), "snr": 6.0, "stretch": 20.0, "until": 900.0}
#: Recordings re-timed from real ones, for training only: their number, the weight of each rhythm,
#: and the share of them that gets noise as well, with its lowest and highest ratio in dB.
RETIMED = {
    "n_records": 400,
    "kinds": {
        "atrial_fibrillation": 6,
        "atrial_flutter": 4,
        "paroxysmal_atrial_fibrillation": 8,
        "av_block": 4,
        "supraventricular_ectopy": 6,
        "incessant_supraventricular_ectopy": 6,
        "supraventricular_tachycardia": 6,
        "ventricular_ectopy": 5,
        "respiratory_sinus_arrhythmia": 5,
        "sinus_rate_drift": 4,
        "sinus_rate_ramps": 5,
        "sinus_rate_steps": 6,
    },
    "noisy": 0.4,
    "snr": (6.0, 24.0),
}
IRREGULAR = 0.45  # share of steps above 10 % between normal beats, as in atrial fibrillation
_COPY, _RETIMED = "+noise", "+retimed"  # behind the name of a record


#: Three small networks side by side. The columns of rhythm and atrial activity distinguish most S
#: beats; with a layer of their own, noise and dropout the networks depend on many of them.
NETWORK = {
    "n_networks": 3,
    "units": 16,
    "samples_per_step": 10,
    "scalar_units": 96,
    "scalar_noise": 0.1,
    "scalar_dropout": 0.1,
    "learning_rate": 4e-3,
    "batch_size": 1024,
    "epochs": 3,
}


def make_network(seed, layout):
    """Return the network. Copies make an epoch longer, so there are fewer epochs."""
    return skecg.ContextLSTMClassifier(layout=layout, random_state=seed, **NETWORK)


def load(folder, extractor=EXTRACTOR, noise=NOISE, retimed=RETIMED):
    """Load the beats of all databases, then those of their noisy copies and re-timed ones."""
    paths = skecg.find_records([Path(folder) / name for name in DATABASES])
    copies = [] if noise is None else noisy_copies(folder, paths, **noise)
    made = [] if retimed is None else retimed_records(folder, paths, **retimed)
    return skecg.load_beats(itertools.chain(paths, copies, made), extractor=extractor, n_jobs=-1)


def noisy_copies(folder, paths, kinds, snr, stretch, until, seed=0):
    """Yield recordings with noise of these kinds."""
    noises = training_noise(folder, kinds, until)
    rng = np.random.RandomState(seed)
    for path in paths:
        record = skecg.read_record(path)
        for noise in noises:
            record = skecg.add_noise(record, noise, snr, stretch=stretch, random_state=rng)
        yield dataclasses.replace(record, name=record.name + _COPY)


def training_noise(folder, kinds, until):
    """Return recordings of noise, as long as training may see them."""
    noises = [skecg.read_record(Path(folder) / "nstdb" / kind, annotator=None) for kind in kinds]
    return [dataclasses.replace(n, signal=n.signal[: int(until * n.fs)]) for n in noises]


def retimed_records(folder, paths, n_records, kinds, noisy, snr, seed=0):
    """Yield recordings of other rhythms, made of beats of those without atrial fibrillation."""
    noises = training_noise(folder, NOISE["kinds"], NOISE["until"])
    sources = [record for record in map(skecg.read_record, paths) if not is_irregular(record)]
    rng = np.random.RandomState(seed)
    for record in skecg.retime_records(sources, n_records, kinds=kinds, random_state=seed):
        if rng.random_sample() < noisy:
            for noise in noises:
                db = rng.uniform(*snr)
                record = skecg.add_noise(
                    record, noise, db, stretch=NOISE["stretch"], random_state=rng
                )
        yield dataclasses.replace(record, name=record.name + _RETIMED)


def is_irregular(record):
    """Tell whether the intervals of normal beats differ from beat to beat, as in fibrillation."""
    to_class = skecg.tables.class_map("dechazal")
    beats = [i for i, symbol in enumerate(record.symbol) if symbol in to_class]
    normal = np.array([to_class[record.symbol[i]] == "N" for i in beats])
    step = np.abs(np.diff(np.log(np.diff(record.sample[beats]))))
    among_normal = normal[2:] & normal[1:-1] & normal[:-2]
    return np.mean(step[among_normal] > 0.1) > IRREGULAR


def database_of(beats):
    """Return the database of each beat."""
    return np.array([group.partition(":")[0] for group in beats.groups])


def is_copy(beats):
    """Return a mask of the beats that are for training only: of noisy copies and re-timed ones."""
    return beats.meta["record"].str.endswith((_COPY, _RETIMED)).to_numpy()


def to_train(beats, *, seed=0, noisy_share=0.35, retimed_share=0.14, leave_surrounded=True):
    """Return a mask of the beats to train on, as far as their subjects are in training.

    Beats of class Q are excluded, noisy copies and re-timed recordings beyond a share of them,
    and S beats of real recordings among S beats: their surroundings do not distinguish these
    from normal beats, and a network that was trained on them calls every regular fast rhythm S.
    """
    share = np.ones(len(beats.target))
    share[beats.meta["record"].str.endswith(_COPY)] = noisy_share
    retimed = beats.meta["record"].str.endswith(_RETIMED).to_numpy()
    share[retimed] = retimed_share
    chosen = np.random.default_rng(seed).random(len(share)) < share
    keep = (beats.target != "Q") & chosen
    return keep & (~among_its_like(beats, "S") | retimed) if leave_surrounded else keep


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
