"""Outcomes of broken and unusual files, as the guide lists them."""

import warnings

import pytest

from skecg import RecordError, read_record

from ..broken_files import READ, REFUSED, ROWS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.file}: {row.what}")
def test_the_outcome_is_that_of_the_guide(row, tmp_path):
    path = row.make().write(tmp_path)
    if row.outcome == REFUSED:
        with pytest.raises((RecordError, FileNotFoundError), match=row.words) as caught:
            read_record(path, leads=row.leads)
        assert "'r'" in str(caught.value)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        record = read_record(path, leads=row.leads)
    texts = [str(one.message) for one in caught]
    assert row.check(record)
    assert bool(texts) == (row.outcome != READ), texts
    assert all("Record 'r'" in text for text in texts)
    assert row.outcome == READ or any(row.words in text for text in texts), texts
