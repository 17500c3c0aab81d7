"""scikit-learn's own checks, each network once, by a fit that is short but whole."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skecg import LSTMClassifier, RNNClassifier

FAST = {"epochs": 2, "batch_size": 64, "learning_rate": 0.01, "random_state": 0}
EXPECTED_TO_FAIL = {
    "check_sample_weight_equivalence_on_dense_data": (
        "rows are trained in batches: leaving a row out moves all others to other batches"
    )
}


@parametrize_with_checks(
    [RNNClassifier((4,), **FAST), LSTMClassifier((2,), **FAST)],
    expected_failed_checks=lambda estimator: EXPECTED_TO_FAIL,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_network_keeps_the_contract_of_scikit_learn(estimator, check):
    check(estimator)
