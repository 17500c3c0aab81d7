from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skecg.model_selection._assign import assign_groups, count_classes, missing_classes


def test_count_classes_counts_rows_of_each_group_and_class():
    group, label = np.array([0, 0, 1, 1, 1]), np.array([0, 2, 0, 0, 2])
    assert count_classes(group, 2, label, 3).tolist() == [[1, 0, 1], [2, 0, 1]]


def test_missing_classes_are_those_that_one_split_lacks():
    counts = np.array([[5, 1, 0], [5, 1, 0], [5, 0, 2]])
    assert missing_classes(counts, np.array([0, 1, 1]), 2).tolist() == [False, False, True]


def test_assign_groups_finds_the_only_exact_cut():
    counts = np.array([[30, 0], [10, 4], [20, 4], [40, 8]])  # 70/30 of 100 and of 16 has no cut
    split = assign_groups(counts, np.array([0.5, 0.5]), np.random.RandomState(0))
    # {40} against {30, 10, 20} is the only cut with half of the second column
    assert split[3] not in split[:3]


@given(
    counts=arrays(int, st.tuples(st.integers(3, 6), st.just(3)), elements=st.integers(0, 3)),
    n_splits=st.integers(2, 3),
)
@settings(max_examples=40, deadline=None)
def test_assign_groups_lacks_no_more_classes_than_the_best_of_all_cuts(counts, n_splits):
    counts = counts + [[1, 0, 0]]  # no group is empty
    counts = counts[:, counts.sum(axis=0) > 0]

    def lacking(split):
        has = np.array([(counts[split == i] > 0).any(axis=0) for i in range(n_splits)])
        return (~has[:, (counts > 0).sum(axis=0) >= n_splits]).sum()

    shares = np.full(n_splits, 1 / n_splits)
    split = assign_groups(counts, shares, np.random.RandomState(0))
    cuts = product(range(n_splits), repeat=len(counts))
    assert lacking(split) == min(lacking(np.array(cut)) for cut in cuts)
