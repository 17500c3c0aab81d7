import pytest

from .._estimators import shifted_rows


@pytest.fixture(scope="session")
def beats_2():
    """Rows of two classes that a few units can distinguish, and their labels."""
    return shifted_rows()


@pytest.fixture(scope="session")
def beats_3():
    """The same of three classes."""
    return shifted_rows("NSV")
