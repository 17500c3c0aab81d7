"""Beats whose rows are in a file give what beats in memory give, bit for bit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

import skecg
from skecg import BeatAugmenter, BeatNormalizer, WaveletDenoiser
from skecg.augmentation._methods import METHODS
from skecg.persistence._save import _fingerprint
from skecg.utils import _mapped, is_mapped

from ._estimators import TINY

CONTEXT = {"context": 30, "fs": 125, "window": (0.28, 0.28), "neighbors": 1}
KINDS = pytest.mark.parametrize("beats", ["plain", "context"], indirect=True)


@pytest.fixture(scope="module")
def records():
    return [
        skecg.simulate_record(
            60, ventricular=0.15, supraventricular=0.1, random_state=i, name=f"r{i}"
        )
        for i in range(4)
    ]


@pytest.fixture(scope="module")
def loaded(records, tmp_path_factory):
    """Beats of both kinds, in memory and in a file."""
    folder = tmp_path_factory.mktemp("mapped")
    return {
        kind: (
            skecg.load_beats(records, **params),
            skecg.load_beats(records, out=folder / f"{kind}.npy", **params),
        )
        for kind, params in {"plain": {}, "context": CONTEXT}.items()
    }


@pytest.fixture
def beats(request, loaded, monkeypatch):
    """Beats in memory and in a file, of which 30 rows are a block."""
    here, there = loaded[getattr(request, "param", "plain")]
    monkeypatch.setattr(_mapped, "_BLOCK", 30 * here.layout.n_features * 4)
    monkeypatch.setattr(_mapped, "_RELEASE", 2**20)
    return here, there


def same(a, b):
    """Compare two sets of rows bit by bit."""
    a, b = np.asarray(a), np.asarray(b)
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_selected_beats_stay_in_the_file(beats):
    here, there = beats
    for index in (slice(3, 50), here.target == "V", np.arange(len(here))[::-2]):
        assert same(here[index].data, there[index].data)
        assert is_mapped(there[index].data)
        pd.testing.assert_frame_equal(here[index].meta, there[index].meta)
    assert np.shares_memory(there[10:20].data, there.data)
    assert isinstance(there[10:20].data, np.memmap)


def test_splits_stay_in_the_file(beats):
    here, there = beats
    parts = [skecg.train_test_subjects(b, test_size=0.5, random_state=0) for b in beats]
    for a, b in zip(*parts, strict=True):
        assert same(a.data, b.data)
        assert is_mapped(b.data)
    common = skecg.common_beats({"a": there, "b": here[5:]})
    assert same(common["a"].data, here.data[5:])
    assert is_mapped(common["a"].data)


@KINDS
@pytest.mark.parametrize(
    "step", [WaveletDenoiser(), BeatNormalizer(), BeatNormalizer("robust")], ids=repr
)
def test_transformers_of_mapped_rows(beats, step):
    step = clone(step).set_params(layout=beats[0].layout)
    expected, found = (step.fit(b.data).transform(b.data) for b in beats)
    assert same(expected, found)
    assert is_mapped(found)


@KINDS
@pytest.mark.parametrize("methods", [*METHODS, tuple(METHODS)])
@pytest.mark.parametrize("mix", ["one", "all"])
def test_augmenter_of_mapped_rows(beats, methods, mix):
    if isinstance(methods, str) and mix == "all":
        return
    step = BeatAugmenter(methods=methods, mix=mix, layout=beats[0].layout, random_state=0)
    (expected, y_expected), (found, y_found) = (step.fit_resample(b.data, b.target) for b in beats)
    assert same(expected, found)
    assert same(y_expected, y_found)
    assert is_mapped(found)


def test_augmenter_keeps_missing_leads_of_mapped_rows(records, tmp_path):
    other = skecg.simulate_record(60, leads=["V1"], random_state=9, name="other")
    params = {"leads": ["MLII", "V1"], "missing_leads": "zeros"}
    here = skecg.load_beats([records[0], other], **params)
    there = skecg.load_beats([records[0], other], out=tmp_path / "b.npy", **params)
    step = BeatAugmenter(methods=("muscle", "wander"), layout=here.layout, random_state=0)
    assert same(*(step.fit_resample(b.data, b.target)[0] for b in (here, there)))


def test_augmenter_refuses_huge_mapped_rows(beats, tmp_path):
    here = beats[0][:]
    here.data[-1] = 3e38
    skecg.write_beats(here, tmp_path / "huge.npy")
    rows = skecg.read_beats(tmp_path / "huge.npy").data
    step = BeatAugmenter(methods={"amplitude": 1e3}, random_state=0)
    for X in (here.data, rows):
        with pytest.raises(ValueError, match=r"BeatAugmenter cannot work .* 3e\+38"):
            step.fit_resample(X, here.target)


def test_rows_are_checked_in_blocks(beats, tmp_path):
    here, there = beats
    damaged = here.data.copy()
    damaged[5, 3] = np.nan
    damaged.tofile(tmp_path / "rows.bin")
    rows = np.memmap(tmp_path / "rows.bin", np.float32, "r", shape=damaged.shape)
    with pytest.raises(ValueError, match="contains NaN"):
        WaveletDenoiser().fit(rows)
    columns = BeatNormalizer().fit(there.data[:, :30])
    assert same(
        columns.transform(there.data[:, :30]), columns.transform(np.array(there.data[:, :30]))
    )


def test_pipeline_with_every_step_on_mapped_rows(beats):
    here, there = beats
    pipe = skecg.make_beat_pipeline(
        LogisticRegression(max_iter=20),
        augmenter=BeatAugmenter(random_state=0),
        layout=here.layout,
    )
    pipe.set_params(undersampler=RandomUnderSampler(random_state=0))
    expected, found = (clone(pipe).fit(b.data, b.target) for b in beats)
    assert same(expected[-1].coef_, found[-1].coef_)
    assert same(expected.predict_proba(here.data), found.predict_proba(there.data))


def test_standard_scaler_and_search_on_mapped_rows(beats):
    from imblearn.pipeline import make_pipeline

    pipe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=20))
    search = GridSearchCV(pipe, {"logisticregression__C": [0.1, 1.0]}, cv=2)
    expected, found = (clone(search).fit(b.data, b.target) for b in beats)
    assert same(expected.cv_results_["mean_test_score"], found.cv_results_["mean_test_score"])


def fitted(network, beats, **more):
    network = clone(network).fit(beats.data, beats.target, **more)
    return network, network.predict_proba(beats.data)


def same_training(network, beats, **more):
    here, there = beats
    with pytest.warns(UserWarning) if network.validation_fraction and not more else _nothing():
        a, p = fitted(network, here, **more)
        b, q = fitted(network, there, **more)
    assert same(p, q)
    assert a.history_ == b.history_
    for v, w in zip(a._network_weights(), b._network_weights(), strict=True):
        assert same(v, w)
    return True


def _nothing():
    from contextlib import nullcontext

    return nullcontext()


def test_validation_rows_are_read_in_batches(beats):
    from skecg.classifiers._scikeras import BatchesInOrder

    here, there = beats
    batches = BatchesInOrder((there.data, there.target), 100)
    parts = [batches[i] for i in range(len(batches))]
    assert [len(labels) for _, labels in parts] == [100] * (len(here) // 100) + [len(here) % 100]
    assert same(np.concatenate([rows for rows, _ in parts]), here.data)


@pytest.mark.slow
def test_network_on_mapped_rows_with_validation(beats):
    network = skecg.RNNClassifier(**TINY, validation_fraction=0.25, class_weight="balanced")
    assert same_training(network, beats, groups=beats[0].groups)


@pytest.mark.slow
@pytest.mark.parametrize("beats", ["context"], indirect=True)
def test_context_network_on_mapped_rows(beats):
    network = skecg.ContextLSTMClassifier(
        units=2, neighbor_units=2, dense_units=4, epochs=2, layout=beats[0].layout, random_state=0
    )
    assert same_training(network, beats)


@pytest.mark.slow
@pytest.mark.parametrize("network", [skecg.LSTMClassifier((2,)), skecg.RNNClassifier((4,))])
def test_networks_in_a_pipeline_on_mapped_rows(beats, network):
    here, there = beats
    network.set_params(epochs=2, random_state=0)
    steps = {"undersampler": RandomUnderSampler(random_state=0), "normalizer": StandardScaler()}
    pipe = skecg.make_beat_pipeline(network, layout=here.layout, **steps)
    a, b = (clone(pipe).fit(x.data, x.target) for x in beats)
    assert a[-1].history_ == b[-1].history_
    assert same(a.predict_proba(here.data), b.predict_proba(there.data))


def test_fingerprint_of_mapped_rows(beats):
    here, there = beats
    assert _fingerprint(here.data, here.target) == _fingerprint(there.data, there.target)


def test_cross_val_beats_of_mapped_rows(beats):
    model = LogisticRegression(max_iter=20)
    tables = [skecg.cross_val_beats(model, b, cv=2).table for b in beats]
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_leak_report_of_mapped_rows(beats):
    reports = [skecg.leak_report(b[:100], b[60:]) for b in beats]
    assert str(reports[0]) == str(reports[1])
    pd.testing.assert_frame_equal(reports[0].duplicate_rows, reports[1].duplicate_rows)
    assert len(reports[1].duplicate_rows) == 40


def test_evaluate_mapped_beats(beats):
    model = LogisticRegression(max_iter=20).fit(beats[0].data, beats[0].target)
    a, b = (skecg.evaluate(model, x[100:], trained_on=x[:100]) for x in beats)
    assert a.to_dict()["data"] == b.to_dict()["data"]


_MEASURE = """
import sys, threading, time
from pathlib import Path
import numpy as np
import skecg
from skecg import BeatNormalizer, RNNClassifier, WaveletDenoiser, load_beats, make_beat_pipeline

peak, done = [0], threading.Event()

def anonymous():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024

def watch():
    while not done.wait(0.005):
        peak[0] = max(peak[0], anonymous())

one = skecg.simulate_record(900, random_state=0)
def records(n):
    for i in range(n):
        parts = one.signal, one.fs, one.lead_names, one.sample, one.symbol
        yield skecg.ECGRecord(*parts, name=f"r{i}")

network = RNNClassifier(
    (4,), epochs=1, batch_size=1024, class_weight="balanced", random_state=0
)
pipe = make_beat_pipeline(
    network, augmenter=None, undersampler=None, denoiser=BeatNormalizer(),
)
def run(n):
    beats = load_beats(records(n), out=sys.argv[1], window=(2.0, 2.0), edges="pad")
    pipe.fit(beats.data, beats.target)
    pipe.predict(beats.data)
    skecg.leak_report(beats[: len(beats) // 2], beats[len(beats) // 2 :])
    return beats.data.nbytes / 2**20

run(2)  # imports, and memory that is taken once
before = anonymous()
threading.Thread(target=watch, daemon=True).start()
for n in (10, 40):
    peak[0] = 0
    rows = run(n)
    print(rows, peak[0] - before)
done.set()
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="RssAnon is a line of Linux")
def test_peak_memory_does_not_grow_with_the_number_of_records(tmp_path):
    args = [sys.executable, "-c", _MEASURE, str(tmp_path / "b.npy")]
    done = subprocess.run(args, check=True, capture_output=True, text=True)
    few_rows, few, many_rows, many = map(float, done.stdout.split()[-4:])
    assert many_rows > few_rows + 100
    # labels and positions stay in memory: a hundredth of these rows
    assert many - few < 0.15 * (many_rows - few_rows)
