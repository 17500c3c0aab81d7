"""What reports say of leaks."""

import numpy as np

from skecg import load_simulated, take_beats
from skecg.cli._results import find_overlap


def test_leaks_of_a_side_keep_the_names_of_records():
    beats = load_simulated(2, duration=5.0, random_state=0)
    beats = take_beats(beats, np.arange(len(beats.target)))
    beats.meta["record"] = "training/" + beats.meta["record"]
    (text,), data = find_overlap({"validation": beats, "test": beats})
    assert "validation beats of 2 subjects" in text
    assert "records on both sides: 2: training/sim000, training/sim001" in text
    assert data["validation"]["found"]
