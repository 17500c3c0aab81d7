"""The steps of a converter are found again in a signal in mV."""

import numpy as np
import pytest

from skecg.records.formats._grid import to_grid


@pytest.mark.parametrize("gain", [200.0, 306.1234, 7.77, 163.84, 12345.678])
def test_to_grid_finds_the_gain(gain):
    numbers = np.arange(-2000, 2000)
    signal = (numbers / gain).astype(np.float32)
    grid = to_grid(signal)
    assert grid.gain == pytest.approx(gain, rel=1e-9)
    assert (grid.lowest, grid.highest) == (-2000, 1999)
    np.testing.assert_array_equal((numbers / grid.gain).astype(np.float32), signal)


@pytest.mark.parametrize("offset", [-40000, 0, 40000])
def test_grid_write_moves_the_numbers_into_16_bits(offset):
    numbers = np.arange(-20000, 20000) + offset
    grid = to_grid(np.float32(numbers / 200))
    assert grid.fits(16)
    out = np.empty(len(numbers), dtype="<i2")
    baseline = grid.write(out, np.float32(numbers / 200), invalid=-(2**15))
    np.testing.assert_array_equal(out.astype(int) - baseline, numbers)
    assert out.min() > -(2**15)


def test_grid_fits_leaves_one_number_for_gaps():
    assert to_grid(np.float32(np.arange(2**16 - 1) / 200)).fits(16)
    assert not to_grid(np.float32(np.arange(2**16) / 200)).fits(16)


def test_to_grid_without_steps_is_as_fine_as_32_bits():
    grid = to_grid(np.random.default_rng(0).normal(size=1000).astype(np.float32))
    assert np.log2(grid.gain) % 1 == 0
    assert 2**30 <= max(-grid.lowest, grid.highest) < 2**31


def test_to_grid_of_gaps_only():
    grid = to_grid(np.full(3, np.nan, dtype=np.float32))
    assert (grid.lowest, grid.highest) == (0, 0)
