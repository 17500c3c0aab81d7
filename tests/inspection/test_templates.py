import numpy as np
import pytest
from numpy.testing import assert_allclose

from skecg import BeatLayout
from skecg.inspection._templates import beat_templates


def test_templates_by_hand():
    beats = np.array([[9.0, 9.0], [0.0, 1.0], [2.0, 3.0]])
    found = beat_templates(beats, ["V", "N", "N"], None, "test")
    assert found.labels == ["N", "V"] and found.count.tolist() == [[2], [1]]
    assert found.mean.tolist() == [[[1, 2]], [[9, 9]]]
    assert_allclose(found.low[0, 0], [0.1, 1.1])
    assert_allclose(found.high[0, 0], [1.9, 2.9])


def test_templates_exclude_missing_leads():
    layout = BeatLayout(2, leads=2)
    rows = [[1.0, 2, 3, 4], [3.0, 4, 0, 0], [5.0, 6, 0, 0]]  # two beats lack the second lead
    found = beat_templates(rows, ["N", "N", "V"], layout, "test")
    assert found.mean[0].tolist() == [[2, 3], [3, 4]]
    assert np.isnan(found.mean[1, 1]).all()
    assert found.count.tolist() == [[2, 1], [1, 0]]


def test_templates_exclude_gaps():
    found = beat_templates([[0.0, np.nan], [2.0, 3.0]], ["N", "N"], None, "test")
    assert found.mean.tolist() == [[[1, 3]]]


def test_templates_are_of_the_beat_itself():
    layout = BeatLayout(2, neighbors=1, channels=("signal", "difference"))
    found = beat_templates(np.arange(12.0)[np.newaxis], ["N"], layout, "test")
    assert found.mean.tolist() == [[[4, 5]]]


def test_templates_of_other_lengths_raise():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        beat_templates([[1.0]], ["N", "V"], None, "test")
