"""Segments whose files are missing: the error names the recording, too."""

import numpy as np
import pytest

from skecg import read_record


@pytest.mark.parametrize("missing", ["b.hea", "b.dat"])
def test_missing_file_of_a_segment_names_the_recording(tmp_path, missing):
    (tmp_path / "whole.hea").write_text("whole/2 1 250 600\na 300\nb 300\n")
    for name in "ab":
        (tmp_path / f"{name}.hea").write_text(f"{name} 1 250 300\n{name}.dat 16 200/mV\n")
        (tmp_path / f"{name}.dat").write_bytes(np.arange(300, dtype="<i2").tobytes())
    assert read_record(tmp_path / "whole", annotator=None).n_samples == 600
    (tmp_path / missing).unlink()
    with pytest.raises(FileNotFoundError, match=r"Record 'whole': a file of its segment 'b' is m"):
        read_record(tmp_path / "whole", annotator=None)
