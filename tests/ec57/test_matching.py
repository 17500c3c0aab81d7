"""The vectorized sweep against a plain one, written from the rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skecg.ec57._matching import match_beats

NEVER = 10**12


def plain_sweep(reference, test, window, start, end):
    """Apply the rules of the comparison word for word, one beat after the other."""
    T, t = [*reference, NEVER, NEVER], [*test, NEVER, NEVER, NEVER]
    i = sum(position < start for position in reference)
    j = sum(position < start for position in test)
    if j and T[i] - t[j - 1] <= window and T[i] - t[j - 1] < abs(T[i] - t[j]):
        j -= 1
    elif t[j] - start <= window and abs(T[i] - t[j + 1]) < abs(T[i] - t[j]):
        j += 1
    events = []
    while T[i] <= end or t[j] <= end:
        kind = "missed"
        if t[j] < T[i]:
            distance, ahead = T[i] - t[j], abs(T[i] - t[j + 1])
            kind = "extra"
        else:
            distance, ahead = t[j] - T[i], abs(t[j] - T[i + 1])
        if distance <= window and (distance < ahead or abs(T[i + 1] - t[j + 1]) < ahead):
            kind = "pair"
        events.append((kind, i, j))
        i += kind != "extra"
        j += kind != "missed"
    return events


def found(reference, test, window, start, end):
    """Return the result of `match_beats` in the form of the plain sweep."""
    arrays = (np.array(beats, dtype=np.int64) for beats in (reference, test))
    events = match_beats(*arrays, window=window, start=start, end=end)
    kinds = np.select([events.is_pair, events.is_missed], ["pair", "missed"], "extra")
    return list(zip(kinds.tolist(), events.reference.tolist(), events.test.tolist(), strict=True))


@pytest.mark.parametrize("mean", [4, 20, 60, 200], ids=lambda m: f"gaps of {m}")
@pytest.mark.parametrize("seed", range(3))
def test_match_beats_equals_the_plain_sweep_on_random_sequences(mean, seed):
    rng = np.random.default_rng(seed)
    for _ in range(400):
        window, start, end = rng.integers([0, 0, 50], [60, 400, 2500]).tolist()
        sequences = [np.cumsum(rng.integers(0, 2 * mean, rng.integers(0, 40))) for _ in range(2)]
        if rng.random() < 0.5:  # a test that follows its reference, with errors
            near = sequences[0] + rng.integers(-window - 2, window + 3, len(sequences[0]))
            sequences[1] = np.sort(np.append(near[rng.random(len(near)) < 0.8], sequences[1][:5]))
        reference, test = (np.maximum(s, 0).tolist() for s in sequences)
        expected = plain_sweep(reference, test, window, start, end)
        assert found(reference, test, window, start, end) == expected


beats = st.lists(st.integers(0, 300), max_size=12).map(sorted)


@given(beats, beats, st.integers(0, 40), st.integers(0, 100), st.integers(0, 300))
def test_match_beats_equals_the_plain_sweep(reference, test, window, start, end):
    expected = plain_sweep(reference, test, window, start, end)
    assert found(reference, test, window, start, end) == expected


@given(beats, st.integers(0, 40))
def test_equal_sequences_are_all_pairs(reference, window):
    reference = sorted(set(reference))
    expected = [("pair", i, i) for i in range(len(reference))]
    assert found(reference, reference, window, 0, 300) == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        # 120 is nearer to 125 than to 100, so 100 is missed
        ([120], [("missed", 0, 0), ("pair", 1, 0)]),
        # but 128 is nearer still to 125 (3 samples, not 5), so 120 matches 100
        ([120, 128], [("pair", 0, 0), ("pair", 1, 1)]),
        # 120 and 130 are equally far from 125: the later one matches
        ([120, 130], [("missed", 0, 0), ("extra", 1, 0), ("pair", 1, 1)]),
    ],
)
def test_a_beat_waits_for_its_nearest_unless_that_has_a_nearer_one(test, expected):
    assert found([100, 125], test, 30, 0, 500) == expected
