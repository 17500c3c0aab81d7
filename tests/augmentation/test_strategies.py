import pickle

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from imblearn.under_sampling import RandomUnderSampler

from skecg import balance_majority, double_minority

STRINGS = ["N"] * 6 + ["V"] * 2 + ["S"]
LABELS = [
    pytest.param(np.array(STRINGS), "N", "V", "S", id="str"),
    pytest.param(np.array([0] * 6 + [3] * 2 + [1]), 0, 3, 1, id="int"),
    pytest.param(np.array(STRINGS, dtype=object), "N", "V", "S", id="object"),
    pytest.param(pd.Series(STRINGS), "N", "V", "S", id="series"),
    pytest.param(pd.Categorical(STRINGS), "N", "V", "S", id="categorical"),
    pytest.param(STRINGS, "N", "V", "S", id="list"),
]


@pytest.mark.parametrize(("y", "most", "rare", "rarest"), LABELS)
def test_strategies_count_labels_of_any_type(y, most, rare, rarest):
    assert double_minority(y) == {rare: 4, rarest: 2}
    assert balance_majority(y) == {most: 3}


@pytest.mark.parametrize(("y", "most", "rare", "rarest"), LABELS)
def test_strategies_work_in_imbalanced_learn(y, most, rare, rarest):
    X = np.arange(9.0)[:, None]
    _, over = RandomOverSampler(sampling_strategy=double_minority).fit_resample(X, y)
    assert [list(over).count(label) for label in (most, rare, rarest)] == [6, 4, 2]
    _, under = RandomUnderSampler(sampling_strategy=balance_majority).fit_resample(X, y)
    assert [list(under).count(label) for label in (most, rare, rarest)] == [3, 2, 1]


def test_strategies_count_booleans():
    y = np.array([False] * 6 + [True] * 2)
    assert double_minority(y) == {True: 4}
    assert balance_majority(y) == {False: 2}
    _, over = RandomOverSampler(sampling_strategy=double_minority).fit_resample(np.eye(8), y)
    assert over.sum() == 4


def test_strategies_of_a_tie_take_the_first_label():
    assert double_minority(["V", "V", "N", "N", "S"]) == {"S": 2, "V": 4}
    assert balance_majority(["V", "V", "N", "N"]) == {"N": 2}


def test_strategies_keep_a_single_class():
    assert double_minority(["N", "N"]) == {}
    assert balance_majority(["N", "N"]) == {"N": 2}


def test_match_rest_never_asks_for_more_than_there_are():
    assert balance_majority(["N", "N", "V", "V", "S"]) == {"N": 2}


def test_strategies_pickle():
    assert pickle.loads(pickle.dumps(double_minority)) is double_minority
    assert pickle.loads(pickle.dumps(balance_majority)) is balance_majority


@pytest.mark.parametrize("strategy", [double_minority, balance_majority])
@pytest.mark.parametrize("y", [[], [["N", "V"]]])
def test_strategies_refuse_other_values_than_labels(strategy, y):
    with pytest.raises(ValueError, match="one label for each row"):
        strategy(y)
