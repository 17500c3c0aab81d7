import numpy as np
import pandas as pd
import pytest

from skecg.beats._checks import check_beats

KEYS = ("data", "target", "meta")


def parts(**changes):
    meta = pd.DataFrame({"record": ["a", "b"], "subject": ["x", "y"]})
    return {"data": np.zeros((2, 3)), "target": ["N", "V"], "meta": meta} | changes


def check(beats):
    check_beats(beats, "beats", "judge", keys=KEYS, columns=("record", "subject"))


def test_check_beats_takes_any_mapping_with_the_keys():
    check(parts(data=np.full((2, 3), np.nan)))


@pytest.mark.parametrize(
    ("beats", "error", "words"),
    [
        ([1, 2], TypeError, "'beats' parameter of judge must be Beats .* Got list"),
        ({"data": []}, ValueError, "lacks 'target', 'meta'"),
        (parts(meta=pd.DataFrame(index=[0, 1])), ValueError, "no column 'record', 'subject'"),
        (parts(target=["N"]), ValueError, "data 2, target 1, meta 2"),
        (parts(target=["N", None]), ValueError, "'target' lacks 1 of 2 values"),
        (
            parts(meta=pd.DataFrame({"record": ["a", None], "subject": "x"})),
            ValueError,
            "column 'record' of 'meta' lacks 1 of 2",
        ),
    ],
)
def test_check_beats_names_the_part_that_is_wrong(beats, error, words):
    with pytest.raises(error, match=words):
        check(beats)
