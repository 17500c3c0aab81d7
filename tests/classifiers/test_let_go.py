"""A fit does not keep its rows: TensorFlow would hold them as long as the process lives."""

import gc

import numpy as np

from skecg import RNNClassifier


def test_rows_of_a_fit_are_let_go():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((64, 10)).astype(np.float32), np.array(list("NV") * 32)
    clf = RNNClassifier((2,), epochs=1, random_state=0).fit(X, y)
    gc.collect()
    datasets = [o for o in gc.get_objects() if type(o).__name__ == "ShuffledBatches"]
    assert clf.history_["loss"]
    assert all(len(array) == 0 for data in datasets for array in data._arrays)
