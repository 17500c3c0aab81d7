"""Small recordings written by wfdb itself, for the tests of reading."""

from pathlib import Path

import numpy as np
import pytest
import wfdb

N_SAMPLES = 1000


@pytest.fixture
def digital():
    """Two leads of 12-bit samples, as a converter would give them."""
    rng = np.random.default_rng(0)
    return rng.integers(-800, 800, size=(N_SAMPLES, 2))


@pytest.fixture
def wfdb_record(tmp_path, digital):
    """A function that writes a recording and returns its path without ending."""

    def write(name="r1", *, folder=None, signal=digital, fmt="212", gain=200.0, fs=250, **header):
        folder = Path(folder or tmp_path)
        folder.mkdir(exist_ok=True, parents=True)
        n_leads = signal.shape[1]
        header = {"units": ["mV"] * n_leads, "sig_name": ["MLII", "V1"][:n_leads]} | header
        header = {"baseline": [10] * n_leads} | header
        wfdb.wrsamp(
            name,
            fs=fs,
            d_signal=signal,
            fmt=[fmt] * n_leads,
            adc_gain=[gain] * n_leads,
            write_dir=str(folder),
            **header,
        )
        annotate(folder / name)
        return folder / name

    return write


def annotate(
    path,
    sample=(100, 250, 300, 500, 700),
    symbol="N+V~N",
    annotator="atr",
    aux_note=("", "(AFIB\0x", "", "", ""),
    subtype=(0, 0, 0, 49, 0),
    **kwargs,
):
    """Write annotations beside a header: three beats, a rhythm and a noise annotation."""
    wfdb.wrann(
        path.name,
        annotator,
        np.array(sample),
        list(symbol),
        aux_note=list(aux_note),
        subtype=np.array(subtype),
        write_dir=str(path.parent),
        **kwargs,
    )


def edit(path, old, new):
    """Change the text of a header."""
    header = path.with_name(path.name + ".hea")
    text = header.read_text()
    assert old in text
    header.write_text(text.replace(old, new))
