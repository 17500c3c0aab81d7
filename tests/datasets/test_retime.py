import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import welch

from skecg import ECGRecord, RecordError, load_beats, retime_record, retime_records
from skecg.datasets import simulate_record
from skecg.datasets._retime_atrial import f_waves
from skecg.datasets._retime_rhythms import PLANS, name_rhythms
from skecg.records import Annotations, read_record, write_record
from skecg.tables import CLASS_MAPS, RHYTHMS

CLEAN = {"wander": 0.0, "muscle": 0.0, "mains": 0.0, "motion": 0.0}
SINUS = [kind for kind in RHYTHMS if kind.startswith("sinus")] + ["respiratory_sinus_arrhythmia"]
SEEDS = range(6)


@pytest.fixture(scope="module")
def source():
    """Five minutes without noise, with ectopic beats of all kinds."""
    return simulate_record(
        300.0, heart_rate=75.0, ventricular=0.06, supraventricular=0.06, random_state=1, **CLEAN
    )


@pytest.fixture(scope="module")
def plain():
    """Five minutes without noise or ectopic beats, with a P wave of 0.1 to 0.2 mV."""
    return simulate_record(
        300.0, supraventricular=0, ventricular=0, fusion=0, rr_std=0.01, random_state=4, **CLEAN
    )


def intervals(record):
    return np.diff(record.sample) / record.fs


def around(record, before, after, chosen=None):
    """Windows of lead 0 in s around beats, (n_beats, n_samples)."""
    window = np.arange(round(before * record.fs), round(after * record.fs))
    at = record.sample if chosen is None else record.sample[chosen]
    at = at[(at + window[0] >= 0) & (at + window[-1] < record.n_samples)]
    return record.signal[at[:, None] + window, 0]


def height(record):
    return np.median(np.ptp(around(record, -0.08, 0.08), axis=1))


@pytest.mark.parametrize("kind", RHYTHMS)
def test_each_kind_makes_a_whole_recording(source, kind):
    made = retime_record(source, kind, duration=120.0, random_state=0)
    assert (made.fs, made.lead_names) == (source.fs, source.lead_names)
    assert (made.name, made.subject) == (f"sim000_{kind}", source.subject)
    assert made.signal.shape == (120 * 250, 2) and made.signal.dtype == np.float32
    assert np.isfinite(made.signal).all()
    assert 60 < len(made.sample) < 400
    assert made.sample[0] < 3 * made.fs and made.sample[-1] > 117 * made.fs
    assert intervals(made).min() > 0.2 and intervals(made).max() < 5
    assert set(made.symbol.tolist()) <= {"N", "S", "V"}
    assert made.other.sample[0] == 0 and set(made.other.symbol.tolist()) == {"+"}
    assert kind in made.comments[0] and source.name in made.comments[0]


def test_table_and_rhythms_are_the_same():
    assert list(PLANS) == list(RHYTHMS)


@pytest.mark.parametrize("kind", RHYTHMS)
def test_an_int_gives_the_same_recording_and_another_one_another(source, kind):
    made = [retime_record(source, kind, duration=60.0, random_state=seed) for seed in (7, 7, 8)]
    assert made[0] == made[1]
    assert made[0] != made[2]
    generator = np.random.default_rng(7)
    assert retime_record(source, kind, duration=60.0, random_state=generator) == made[0]


def test_beats_look_like_those_of_the_source(plain):
    made = retime_record(plain, "sinus_rate_ramps", random_state=0)
    ours, theirs = (np.median(around(r, -0.25, 0.3), axis=0) for r in (made, plain))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.995
    assert height(made) == pytest.approx(height(plain), rel=0.02)


def test_leads_stay_in_step(plain):
    signal = np.column_stack([plain.signal[:, 0], -0.5 * plain.signal[:, 0]])
    twins = replace(plain, signal=signal)
    made = retime_record(twins, "supraventricular_ectopy", duration=120.0, random_state=2)
    # apart from noise, and from gains of S beats that differ between leads
    normal = np.flatnonzero(made.symbol == "N")[1:-1]
    at = made.sample[normal][:, None] + np.arange(-15, 15)
    one, two = made.signal[at, 0], made.signal[at, 1]
    np.testing.assert_allclose(two, -0.5 * one, atol=0.1 * np.ptp(one))
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] < -0.99


def test_fibrillation_has_no_p_waves_and_keeps_the_rest(plain):
    made = retime_record(plain, "atrial_fibrillation", random_state=3)
    slow = np.flatnonzero(intervals(made) > 0.8) + 1  # their P waves are clear of T waves
    for window, close in (((-0.25, -0.1), False), ((-0.03, 0.05), True)):
        ours = np.ptp(around(made, *window, slow).mean(axis=0))
        theirs = np.ptp(around(plain, *window).mean(axis=0))
        assert (ours > 0.9 * theirs) if close else (ours < 0.2 * theirs)


@pytest.mark.parametrize("seed", SEEDS)
def test_f_waves_are_of_4_to_8_hz_and_small(seed):
    fs = 250.0
    waves = f_waves(120 * 250, 2, fs, np.random.default_rng(seed))
    freq, power = welch(waves, fs, nperseg=1000, axis=0)
    assert ((freq[np.argmax(power, axis=0)] > 3.9) & (freq[np.argmax(power, axis=0)] < 8.6)).all()
    assert (power[(freq > 3) & (freq < 10)].sum(axis=0) > 0.7 * power.sum(axis=0)).all()
    size = np.sqrt(2) * waves.std(axis=0)
    assert ((size > 0.002) & (size < 0.09)).all()


def test_pauses_of_fibrillation_are_filled_with_f_waves(plain):
    shares = []
    for seed in range(12):
        made = retime_record(plain, "atrial_fibrillation", random_state=seed)
        ends = list(zip(made.sample[:-1] + 130, made.sample[1:] - 25, strict=True))
        longest = max(ends, key=lambda ends: ends[1] - ends[0])  # 0.52 s after to 0.1 s before
        pause = made.signal[slice(*longest), 0]
        assert np.ptp(pause) < 0.4 * height(made)
        if len(pause) > 200:
            freq, power = welch(pause, made.fs, nperseg=len(pause))
            shares.append(power[(freq > 3) & (freq < 10)].sum() / power[freq > 0.5].sum())
    assert len(shares) > 3 and np.median(shares) > 0.5


def test_flutter_waves_are_locked_to_the_beats(plain):
    made = retime_record(plain, "atrial_flutter", random_state=1)
    # the interval is a whole number of cycles, of 180 to 260 ms
    rr = intervals(made)
    fits = []
    for cycle in np.arange(0.18, 0.26, 0.001):
        ratio = rr / cycle
        fits.append(np.abs(ratio - np.round(ratio)).mean())
    assert min(fits) < 0.13  # 0.25 for intervals without order


@pytest.mark.parametrize("seed", SEEDS)
def test_intervals_of_fibrillation_have_no_order(plain, seed):
    rr = np.log(intervals(retime_record(plain, "atrial_fibrillation", random_state=seed)))
    assert abs(np.corrcoef(rr[1:], rr[:-1])[0, 1]) < 0.2
    assert 0.06 < rr.std() < 0.4
    assert 0.35 < np.exp(rr).mean() < 1.1


@pytest.mark.parametrize("kind", SINUS)
@pytest.mark.parametrize("seed", SEEDS)
def test_sinus_rhythms_have_normal_and_sporadic_ventricular_beats_only(source, kind, seed):
    made = retime_record(source, kind, duration=120.0, random_state=seed)
    assert set(made.symbol.tolist()) <= {"N", "V"}
    assert np.mean(made.symbol == "V") < 0.2


@pytest.mark.parametrize(
    "kind, least, most",
    [
        ("supraventricular_ectopy", 0.01, 0.6),
        ("incessant_supraventricular_ectopy", 0.35, 0.95),
        ("sustained_supraventricular_tachycardia", 0.1, 0.99),
    ],
)
def test_share_of_s_beats(plain, kind, least, most):
    shares = []
    for seed in SEEDS:
        made = retime_record(plain, kind, random_state=seed)
        shares.append(np.mean(made.symbol == "S"))
    assert least < min(shares) and max(shares) < most


def test_s_beats_come_early(plain):
    made = retime_record(plain, "supraventricular_ectopy", random_state=5)
    after_normal = np.flatnonzero((made.symbol[1:] == "S") & (made.symbol[:-1] == "N"))
    usual = np.median(intervals(made)[(made.symbol[1:] == "N") & (made.symbol[:-1] == "N")])
    assert np.median(intervals(made)[after_normal]) < 0.9 * usual


def test_s_beats_made_of_normal_ones_have_another_p_wave(plain):
    differences = []
    for seed in range(12):
        made = retime_record(plain, "supraventricular_ectopy", random_state=seed)
        # after an interval so long that the T wave is over
        apart = np.concatenate(([False], intervals(made) > 0.6))
        early, usual = apart & (made.symbol == "S"), apart & (made.symbol == "N")
        if early.sum() >= 10:
            ectopic, normal = (
                np.median(around(made, -0.22, -0.08, those), axis=0) for those in (early, usual)
            )
            differences.append(np.abs(ectopic - normal).max() / np.ptp(normal))
    assert len(differences) > 3 and min(differences) > 0.15


def test_own_s_beats_keep_their_symbol_and_shape(source):
    record = replace(source, symbol=np.where(source.symbol == "S", "A", source.symbol))
    found = [
        set(retime_record(record, "supraventricular_ectopy", random_state=s).symbol.tolist())
        for s in range(10)
    ]
    assert any("A" in symbols for symbols in found) and any("S" in symbols for symbols in found)
    assert all(len(symbols & {"A", "S"}) == 1 for symbols in found)


def test_tachycardia_begins_suddenly_and_is_annotated(plain):
    made = retime_record(plain, "sustained_supraventricular_tachycardia", random_state=2)
    assert "(SVTA" in made.other.aux_note.tolist()
    onset = made.other.sample[made.other.aux_note.tolist().index("(SVTA")]
    first = np.searchsorted(made.sample, onset)
    rr = intervals(made)
    assert np.median(rr[first : first + 20]) < 0.8 * np.median(rr[max(first - 20, 0) : first - 1])
    assert set(made.symbol[first : first + 20].tolist()) == {"S"}


def test_paroxysms_are_annotated_where_the_p_waves_go(plain):
    ratios = []
    for seed in range(16):
        made = retime_record(plain, "paroxysmal_atrial_fibrillation", random_state=seed)
        last = np.searchsorted(made.other.sample, made.sample, side="right") - 1
        current = made.other.aux_note[last]
        late = np.concatenate(([False], intervals(made) > 0.7)) & (made.symbol == "N")
        means = [
            around(made, -0.25, -0.1, late & (current == note)).mean(axis=0)
            for note in ("(AFIB", "(N")
            if np.sum(late & (current == note)) > 30
        ]
        if len(means) == 2:
            ratios.append(np.ptp(means[0]) / np.ptp(means[1]))
    assert len(ratios) > 2 and np.max(ratios) < 0.2


def test_block_has_p_waves_that_are_not_conducted(plain):
    for seed in range(20):
        made = retime_record(plain, "av_block", random_state=seed)
        rr = intervals(made)
        pauses = np.flatnonzero(rr > 1.7 * np.median(rr))
        if len(pauses) > 20:
            break
    p_wave = around(made, -0.25, -0.08).mean(axis=0)
    best = []
    for pause in pauses:
        signal = made.signal[made.sample[pause] + 130 : made.sample[pause + 1] - 70, 0]
        rows = np.lib.stride_tricks.sliding_window_view(signal, len(p_wave))
        best.append(max(np.corrcoef(row, p_wave)[0, 1] for row in rows))
    assert np.mean(np.array(best) > 0.9) > 0.7


def test_wenckebach_intervals_shorten_before_the_pause(plain):
    found = 0
    for seed in range(20):
        rr = intervals(retime_record(plain, "av_block", random_state=seed))
        pauses = np.flatnonzero(rr > 1.35 * np.median(rr))
        groups = np.diff(pauses)
        if len(groups) > 10 and (groups == groups[0]).mean() > 0.9 and groups[0] > 3:
            found += 1
            position = np.array([rr[p + 1 : p + groups[0]] for p in pauses[:-1]])
            mean = np.median(position, axis=0)
            assert mean[0] > mean[-1]
            # less than two intervals of the sinus node
            assert np.median(rr[pauses]) < 2 * mean[-1]
    assert found


@pytest.mark.parametrize("seed", SEEDS)
def test_ventricular_ectopy_takes_beats_of_the_source(source, seed):
    made = retime_record(source, "ventricular_ectopy", random_state=seed)
    assert np.mean(made.symbol == "V") > 0.03


def test_rhythm_names():
    label = np.array(list("NVNVNNVNNVNNVNSSSNNNSNSNSN"))
    given = np.full(len(label), "(N")
    named = name_rhythms(np.arange(len(label)) * 0.5, label, given)
    #                          N V N V N N V N N V N N V N S S S N N N S N S N S N
    expected = "N T T T T T T T T T T T T N X X X N N N A A A A A N".split()
    table = {"N": "(N", "T": "(T", "X": "(SVTA", "A": "(AB"}
    bigeminy = name_rhythms(np.arange(9) * 0.5, np.array(list("NVNVNVNNN")), given[:9])
    assert bigeminy.tolist() == ["(N"] + ["(B"] * 5 + ["(N"] * 3
    assert named[14:].tolist() == [table[e] for e in expected[14:]]
    slow = name_rhythms(np.arange(5) * 0.9, np.array(list("NSSSN")), given[:5])
    assert set(slow.tolist()) == {"(N"}
    fast = name_rhythms(np.arange(5) * 0.4, np.array(list("NVVVN")), np.full(5, "(AFIB"))
    assert fast.tolist() == ["(AFIB", "(VT", "(VT", "(VT", "(AFIB"]


def test_rows_and_labels_come_out(source):
    made = [retime_record(source, kind, duration=90.0, random_state=1) for kind in RHYTHMS]
    beats = load_beats(made, window=(0.28, 0.28), fs=125.0, context=60.0, classes="dechazal")
    assert set(beats.target.tolist()) == {"N", "S", "V"}
    assert set(beats.groups.tolist()) == {source.subject}
    assert len(beats) > 0.98 * sum(len(record.sample) for record in made)
    assert np.isfinite(beats.data).all()


def test_files_keep_all_of_it(source, tmp_path):
    made = retime_record(source, "paroxysmal_atrial_fibrillation", duration=90.0, random_state=1)
    write_record(made, tmp_path)
    read = read_record(tmp_path / made.name)
    assert read.subject == made.subject and read.comments == made.comments
    np.testing.assert_array_equal(read.sample, made.sample)
    np.testing.assert_array_equal(read.symbol, made.symbol)
    assert read.other == made.other


@pytest.mark.parametrize("fs", [50.0, 128.0, 360.0, 1000.0])
def test_rates_and_leads(fs):
    record = simulate_record(90.0, fs=fs, leads=["II", "V1", "V5"], random_state=0)
    made = retime_record(record, "atrial_flutter", duration=20.0, random_state=0)
    assert made.signal.shape == (20 * fs, 3) and made.fs == fs
    assert np.isfinite(made.signal).all()


def test_one_lead_one_second():
    record = simulate_record(90.0, leads=["II"], random_state=0)
    made = retime_record(record, "sinus_rate_drift", duration=1.0, random_state=0)
    assert made.signal.shape == (250, 1) and np.isfinite(made.signal).all()


def test_gaps_are_avoided_and_a_lead_without_signal_stays_so(plain):
    signal = np.column_stack([plain.signal, np.full(plain.n_samples, np.nan)])
    gaps = plain.sample[10:60:5]
    for start in gaps:
        signal[start - 40 : start - 20, 1] = np.nan
    gappy = ECGRecord(signal, plain.fs, None, plain.sample, plain.symbol, name="gappy")
    made = retime_record(gappy, "atrial_fibrillation", duration=60.0, random_state=0)
    assert np.isfinite(made.signal[:, :2]).all()
    assert np.isnan(made.signal[:, 2]).all()


def test_beats_in_annotated_fibrillation_are_not_used(plain):
    other = Annotations([0, plain.n_samples - 1000], ["+", "+"], aux_note=["(AFIB", "(N"])
    with pytest.raises(RecordError, match=r"has \d+ normal beats? .* such as \(AFIB"):
        retime_record(replace(plain, other=other))


def test_none_draws_a_kind_for_which_there_are_beats(plain):
    names = {
        retime_record(plain, duration=5.0, random_state=seed).name.removeprefix("sim000_")
        for seed in range(60)
    }
    assert names <= set(RHYTHMS) and len(names) > 8 and "ventricular_ectopy" not in names


def test_labels_keep_their_place_in_the_beat():
    record = simulate_record(90.0, label_shift=-0.05, random_state=0, **CLEAN)
    made = retime_record(record, "atrial_fibrillation", duration=30.0, random_state=0)
    ours = np.argmax(np.abs(around(made, -0.12, 0.12)).mean(axis=0)) / made.fs - 0.12
    assert ours == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize(
    "call, error, words",
    [
        ({"kind": "asystole"}, ValueError, "The 'kind' parameter of retime_record must be"),
        ({"kind": 3}, ValueError, "The 'kind' parameter of retime_record must be"),
        ({"duration": 0}, ValueError, "'duration' parameter of retime_record must be"),
        ({"duration": "long"}, TypeError, "'duration' parameter of retime_record must be"),
        ({"random_state": -1}, ValueError, "'random_state' parameter must be"),
        ({"record": "mitdb/100"}, TypeError, "must be an ECGRecord, .* Got str instead"),
        ({"kind": "ventricular_ectopy"}, RecordError, "has 0 ventricular beats .* at least 5"),
        ({"record": simulate_record(20.0)}, RecordError, "normal beats .* at least 60"),
        ({"record": ECGRecord(np.ones(999), 250)}, RecordError, "has 0 normal beats"),
        ({"record": ECGRecord(np.ones(999), 250, None, [9], ["N"])}, RecordError, "has 0 normal"),
    ],
)
def test_errors(plain, call, error, words):
    with pytest.raises(error, match=words):
        retime_record(**({"record": plain} | call))


def test_many_are_reproducible_and_a_longer_series_begins_with_a_shorter(source, plain):
    other = replace(plain, name="other", subject="other")
    first = list(retime_records([source, other], 6, duration=20.0, random_state=0))
    again = list(retime_records([source, other], 8, duration=20.0, random_state=0))
    assert first == again[:6]
    assert len({made.name for made in again}) == 8
    assert {made.subject for made in again} == {source.subject, "other"}


def test_weights_of_kinds(source):
    kinds = {"av_block": 1, "atrial_flutter": 3, "sinus_rate_steps": 0}
    made = list(retime_records([source], 60, kinds=kinds, duration=2.0, random_state=0))
    names = [record.name.removeprefix("sim000_")[:-4] for record in made]
    assert set(names) == {"av_block", "atrial_flutter"}
    assert 35 < names.count("atrial_flutter") < 55


def test_sources_without_the_beats_are_not_used(source, plain):
    short = simulate_record(20.0, name="short")
    plain = replace(plain, name="plain")
    given = retime_records(
        [plain, source, short], 12, kinds=["ventricular_ectopy"], duration=5.0, random_state=0
    )
    assert {made.subject for made in given} == {source.subject}
    with pytest.raises(RecordError, match=r"None of 2 records has .* 'kinds', or add records"):
        next(retime_records([plain, short], 1, kinds="ventricular_ectopy", random_state=0))


def test_paths_are_read(source, tmp_path):
    write_record(source, tmp_path)
    (made,) = retime_records([tmp_path / "sim000"], 1, duration=10.0, random_state=0)
    assert made.subject == source.subject


@pytest.mark.parametrize(
    "call, error, words",
    [
        ({"records": []}, ValueError, "'records' parameter of retime_records is empty"),
        ({"records": 5}, TypeError, "'records' parameter of retime_records must be paths or"),
        ({"records": [5]}, TypeError, "'records' parameter .* Got int instead. find_records"),
        ({"n_records": 0}, ValueError, "'n_records' parameter of retime_records must be"),
        ({"n_records": 1.5}, ValueError, "'n_records' parameter of retime_records must be"),
        ({"kinds": ["asystole"]}, ValueError, "'kinds' parameter of retime_records must be"),
        ({"kinds": []}, ValueError, "'kinds' parameter of retime_records must name"),
        ({"kinds": 5}, TypeError, "'kinds' parameter of retime_records must be names out of"),
        ({"kinds": {"av_block": 0}}, ValueError, "not all 0"),
        ({"kinds": {"av_block": -1}}, ValueError, "weights of at least 0"),
        ({"kinds": {"av_block": np.nan}}, ValueError, "weights of at least 0"),
        ({"duration": -1}, ValueError, "'duration' parameter of retime_records must be"),
    ],
)
def test_errors_of_many_come_at_once(plain, call, error, words):
    with pytest.raises(error, match=words):
        retime_records(**({"records": [plain], "n_records": 1} | call))


def test_symbols_are_in_the_class_maps():
    assert all(CLASS_MAPS["dechazal"][s] == "S" for s in "AaJS")
    assert re.fullmatch(r"[a-z_]+", "".join(RHYTHMS))
