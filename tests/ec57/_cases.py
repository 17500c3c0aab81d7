"""Cases of the reference programs: folders with annotations and the programs' results."""

import os
from pathlib import Path

#: The table of `summarize` of each line file of the cases; others are of episodes.
TABLES = {
    "bxb_L": "beats",
    "bxb_l": "beats_no_sveb",
    "bxb_L_shutdown": "shutdown",
    "bxb_l_shutdown": "shutdown_no_sveb",
    "rxr_ve": "ve_runs",
    "rxr_sve": "sve_runs",
    "mxm": "measurements",
    "mxm_u": "measurements_unnormalized",
}


def cases(program):
    """Find the cases of a program; None in place of them, so that a test is listed as skipped."""
    folder = Path(os.environ.get("SKECG_TEST_DATA", "nowhere")) / "ec57" / "runs"
    return sorted(folder.glob(f"{program}_*")) or [None]


def case_name(folder):
    """Return the name of a case, for the name of its test."""
    return getattr(folder, "name", "none")
