"""The line that a warning names."""

from pathlib import Path

import pytest

import skecg


def test_a_script_next_to_the_package_is_not_part_of_it():
    script = f"{Path(skecg.__file__).parent}_study.py"  # begins with the path of the package
    code = compile("\n\nwarn('Lead V5 is flat.')", script, "exec")
    with pytest.warns(UserWarning, match=r"Lead V5 is flat\.") as caught:
        exec(code, {"warn": skecg.utils.warn, "__name__": "__main__"})
    assert (caught[0].filename, caught[0].lineno) == (script, 3)
