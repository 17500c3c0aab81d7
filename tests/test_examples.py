"""Each example is a script that sphinx-gallery shows as a page; the documentation runs them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("plot_*.py"))

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="not in a checkout")
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def test_examples_have_a_page_of_their_own():
    assert SCRIPTS
    assert (
        (EXAMPLES / "GALLERY_HEADER.rst").read_text(encoding="utf-8").startswith("Examples\n===")
    )


@each_script
def test_example_has_title_cells_and_ends_with_what_was_learned(script):
    text = script.read_text(encoding="utf-8")
    title, underline, blank = ast.get_docstring(ast.parse(text)).splitlines()[:3]
    assert len(title) <= len(underline) and set(underline) == {"="} and not blank

    first, *cells = text.split("\n# %%\n")
    assert len(cells) >= 3, "prose and code in turns"
    headings = [
        lines[i - 1].removeprefix("# ")
        for lines in (cell.splitlines() for cell in cells)
        for i, line in enumerate(lines)
        if line.startswith("# ---")
    ]
    assert headings[-1] == "What was learned"
    assert all(line.startswith("#") for line in cells[-1].strip().splitlines()), "prose at the end"
    assert "import" not in first.split('"""')[-1], "code begins in a cell"


@each_script
def test_example_says_whether_its_recordings_are_simulated_or_real(script):
    text = script.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(text))
    simulates, real = "simulate" in text.replace(told, ""), "get_toy_ecg" in text
    assert simulates or real
    assert ("**simulated**" in told) == simulates and ("**real**" in told) == real


@pytest.mark.slow
@each_script
def test_example_runs(script, tmp_path):
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", str(script)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not list(tmp_path.iterdir()), "an example leaves no files behind"
