"""The line formats of the reference programs: one line for each recording."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["LAYOUTS", "Layout", "layout_of"]

Share = tuple[tuple[str, ...], tuple[str, ...]]  # columns that are added up: top, bottom


@dataclass(frozen=True)
class Layout:
    """Columns of a line format, and the statistics that sumstats computes of them.

    ``widths`` are those of the name and of the counts; ``share_widths`` those of the statistics
    in the lines of the records. In the summary the first count ends at column ``sum_at``, and
    the statistics, ``summary_widths`` wide, begin at ``shares_at``.
    """

    heading: tuple[str, ...]
    counts: tuple[str, ...]
    widths: tuple[int, ...]
    shares: Mapping[str, Share]
    share_widths: tuple[int, ...]
    summary_widths: tuple[int, ...]
    sum_at: int
    shares_at: int
    digits: int = 2
    totals: Mapping[str, str] | None = None  # name of the total: share of the denominator
    more: tuple[str, ...] = ()  # columns behind the statistics

    def digits_of(self, name: str) -> int:
        """Return the number of digits behind the point of a statistic in percent."""
        return 3 if name.endswith("FPR") else self.digits

    def count_cells(self, counts: Sequence[int], *, of_sum: bool = False) -> str:
        """Write counts in columns, without the name in front of them."""
        widths = list(self.widths[1:])
        if of_sum:
            widths[0] = self.sum_at - self.widths[0]
        # a count that is wider than its column is set off by a blank
        return "".join(f" {n}".rjust(width) for n, width in zip(counts, widths, strict=True))

    def share_cells(self, values: Mapping[str, float], widths: Sequence[int]) -> str:
        """Write statistics, given as fractions, in percent; NaN as "-"."""
        return "".join(
            f" {_share_text(name, value, self.digits_of(name))}".rjust(width)
            for (name, value), width in zip(values.items(), widths, strict=True)
        )


def percent_text(value: float, digits: int) -> str:
    """Write a fraction in percent, halves to even as C does; NaN as "-"."""
    return "-" if np.isnan(value) else f"{100 * value:.{digits}f}"


def _share_text(name: str, value: float, digits: int) -> str:
    """Write a statistic in percent.

    sumstats reads the shares of durations as whole percent. It has 14.5 where 100 * 0.145 is
    less, and writes 14, the even one.
    """
    if name.startswith("duration") and not np.isnan(value):
        return f"{round(100 * value, 9):.{digits}f}"
    return percent_text(value, digits)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BEATS = _words("Nn' Sn' Vn' Fn' On' Ns Ss Vs Fs' Os' Nv Sv Vv Fv' Ov' No' So' Vo' Fo'")
_FOUND = _words("Nn' Sn' Vn' Fn' Ns Ss Vs Fs' Nv Sv Vv Fv'")
_BEATS_L = _words("Nn' Vn' Fn' On' Nv Vv Fv' Ov' No' Vo' Fo'")
_FOUND_L = _words("Nn' Vn' Fn' Nv Vv Fv'")
_RUNS = _words("CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP")

LAYOUTS = {
    "beats": Layout(
        (
            "Record Nn' Sn' Vn' Fn' On'  Ns  Ss  Vs  Fs' Os' Nv  Sv   Vv  Fv' Ov' No' So' Vo' "
            "Fo'  Q Se   Q +P   V Se   V +P   S Se   S +P RR err",
        ),
        _BEATS,
        (4, 6, *[4] * 11, 5, *[4] * 6),
        {
            "QRS Se": (_FOUND, (*_FOUND, "No'", "So'", "Vo'", "Fo'")),
            "QRS +P": (_FOUND, (*_FOUND, "On'", "Os'", "Ov'")),
            "VEB Se": (("Vv",), ("Vn'", "Vs", "Vv", "Vo'")),
            "VEB +P": (("Vv",), ("Nv", "Sv", "Vv", "Ov'")),
            "SVEB Se": (("Ss",), ("Sn'", "Ss", "Sv", "So'")),
            "SVEB +P": (("Ss",), ("Ns", "Ss", "Vs", "Os'")),
        },
        (7,) * 6,
        (7,) * 6,
        sum_at=10,
        shares_at=83,
        totals={
            "Total QRS complexes": "QRS Se",
            "Total VEBs": "VEB Se",
            "Total SVEBs": "SVEB Se",
        },
        more=("RR error (ms)",),
    ),
    "beats_no_sveb": Layout(
        (
            "Record Nn' Vn' Fn' On'  Nv   Vv  Fv' Ov' No' Vo' Fo'  Q Se   Q +P   V Se   V +P  "
            "V FPR",
        ),
        _BEATS_L,
        (4, 6, 4, 4, 4, 4, 5, *[4] * 5),
        {
            "QRS Se": (_FOUND_L, (*_FOUND_L, "No'", "Vo'", "Fo'")),
            "QRS +P": (_FOUND_L, (*_FOUND_L, "On'", "Ov'")),
            "VEB Se": (("Vv",), ("Vn'", "Vv", "Vo'")),
            "VEB +P": (("Vv",), ("Nv", "Vv", "Ov'")),
            "VEB FPR": (("Nv", "Ov'"), ("Nn'", "Fn'", "On'", "Nv", "Ov'")),
        },
        (7,) * 5,
        (7,) * 5,
        sum_at=11,
        shares_at=54,
        totals={"Total QRS complexes": "QRS Se", "Total VEBs": "VEB Se"},
    ),
    "shutdown": Layout(
        (
            "Record Nx   Sx   Vx   Fx   Qx  % beats  % N    % S    % V    % F   Total Shutdown",
            "                                missed missed missed missed missed      Time",
        ),
        _words("Nx Sx Vx Fx Qx"),
        (4, *[5] * 5),
        {
            "missed": (_words("Nx Vx Fx Qx"), _words("N S V F Q")),  # bxb -L excludes Sx
            **{f"missed {c}": ((f"{c}x",), (c,)) for c in "NSVF"},
        },
        (9, 7, 7, 7, 7),
        (7,) * 5,
        sum_at=9,
        shares_at=29,
        more=("shutdown (s)", *"NSVFQ"),
    ),
    "shutdown_no_sveb": Layout(
        (
            "Record Nx   Vx   Fx   Qx  % beats  % N    % V    % F   Total Shutdown",
            "                           missed missed missed missed      Time",
        ),
        _words("Nx Vx Fx Qx"),
        (4, *[5] * 4),
        {
            "missed": (_words("Nx Vx Fx Qx"), _words("N V F Q")),
            **{f"missed {c}": ((f"{c}x",), (c,)) for c in "NVF"},
        },
        (9, 7, 7, 7),
        (7,) * 4,
        sum_at=10,
        shares_at=25,
        # the line has a place for the class S, which is always 0
        more=("shutdown (s)", *"NSVFQ"),
    ),
    "ve_runs": Layout(
        ("Record CTs CFN CTp CFP STs SFN STp SFP LTs LFN LTp LFP  CSe C+P SSe S+P LSe L+P",),
        _RUNS,
        (4, *[4] * 12),
        {
            f"{noun} {share}": ((true,), (true, false))
            for noun, share, true, false in (
                ("couplet", "Se", "CTs", "CFN"),
                ("couplet", "+P", "CTp", "CFP"),
                ("short run", "Se", "STs", "SFN"),
                ("short run", "+P", "STp", "SFP"),
                ("long run", "Se", "LTs", "LFN"),
                ("long run", "+P", "LTp", "LFP"),
            )
        },
        (5, *[4] * 5),
        (5, *[4] * 5),
        sum_at=10,
        shares_at=54,
        digits=0,
        totals={
            "Total couplets": "couplet Se",
            "Total short runs": "short run Se",
            "Total long runs": "long run Se",
        },
    ),
    "episodes": Layout(
        ("Record  TPs   FN  TPp   FP  ESe E+P DSe D+P  Ref duration  Test duration ",),
        _words("TPs FN TPp FP"),
        (6, *[5] * 4),
        {
            "episode Se": (("TPs",), ("TPs", "FN")),
            "episode +P": (("TPp",), ("TPp", "FP")),
        },
        (5, 4, 4, 4),
        (5, 4, 4, 4),
        sum_at=11,
        shares_at=26,
        digits=0,
        more=("ref_duration", "test_duration"),
    ),
    "measurements": Layout(
        ("Record\tRMS error (%)\tMean reference measurement",),
        (),
        (6,),
        {},
        (),
        (),
        sum_at=0,
        shares_at=0,
        more=("RMS error", "mean reference"),
    ),
}


def layout_of(first_line: str) -> str:
    """Return the name of the layout of a file by its first line, or "" of none."""
    starts = {
        "Record Nn' Sn'": "beats",
        "Record Nn' Vn'": "beats_no_sveb",
        "Record Nx   Sx": "shutdown",
        "Record Nx   Vx": "shutdown_no_sveb",
        "Record CTs": "ve_runs",
        "(SVE run detection)": "ve_runs",
        "(AF detection)": "episodes",
        "(VF detection)": "episodes",
        "(Ischemic ST detection": "episodes",
        "(Measurement errors)": "measurements",
    }
    return next((name for start, name in starts.items() if first_line.startswith(start)), "")
