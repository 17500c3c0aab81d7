"""Linear algebra is limited to one thread within the context, until the last one leaves."""

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from skecg.utils import blas_in_one_thread


def _threads():
    np.ones((2, 2)) @ np.ones((2, 2))  # the library is loaded
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_the_limit_holds_until_the_last_one_leaves():
    with threadpool_limits(2, user_api="blas"):
        before = _threads()
        first, second = blas_in_one_thread(), blas_in_one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert _threads() <= {1}
        second.__exit__(None, None, None)
        assert _threads() == before


def test_an_error_inside_takes_the_limit_away():
    before = _threads()
    try:
        with blas_in_one_thread():
            raise ValueError
    except ValueError:
        pass
    assert _threads() == before
