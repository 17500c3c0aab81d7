import numpy as np
import pytest

from skecg.ec57._pairs import pair_beats


def paired(sample, labels, predicted_sample, predicted):
    arrays = (np.array(sample, dtype=np.int64), np.array(labels))
    arrays += (np.array(predicted_sample, dtype=np.int64), np.array(predicted))
    return pair_beats(*arrays, 15)


def test_pairs_are_in_order_of_time_with_missing_partners():
    beats = paired([300, 100, 500, 700], list("VNNN"), [102, 300, 600, 705], list("NNSN"))
    assert beats["at"].tolist() == [100, 300, 500, 600, 700]
    assert beats["agrees"].tolist() == [True, False, False, False, True]
    assert beats["predicted_sample"].isna().tolist() == [False, False, True, False, False]
    assert beats["label"].isna().tolist() == [False, False, False, True, False]


@pytest.mark.parametrize(("sample", "predicted"), [([], [100]), ([100], []), ([], [])])
def test_pairs_of_one_side_without_beats(sample, predicted):
    beats = paired(sample, ["N"] * len(sample), predicted, ["N"] * len(predicted))
    assert len(beats) == len(sample) + len(predicted)
    assert not beats["agrees"].any()
