"""A fit does not keep its rows: TensorFlow would hold them as long as the process lives."""

import gc

from skecg import RNNClassifier

from .._estimators import TINY


def test_rows_of_a_fit_are_released(beats_2):
    clf = RNNClassifier(**TINY).fit(*beats_2)
    gc.collect()
    datasets = [o for o in gc.get_objects() if type(o).__name__ == "ShuffledBatches"]
    assert clf.history_["loss"]
    assert all(len(array) == 0 for data in datasets for array in data._arrays)
