"""``skecg stress``: test a model on recordings with growing noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import _options as o
from ._fetch import folders_of
from ._models import MODEL_HELP
from ._terminal import Terminal, command_line, session

if TYPE_CHECKING:
    from ..annotation import StressTest
    from ..records import ECGRecord

NOISE = "Noise"
_SIMULATED = ("baseline", "muscle", "motion")
_SETTINGS = ("model", "recordings", "noise", "snr", "detector", "records", "annotator")
_DATABASE_NOISE = "em"  # of the records of nstdb


@dataclass(frozen=True)
class StressOptions:
    """Options of ``skecg stress``."""

    model: Annotated[Path, typer.Argument(metavar="MODEL", help=MODEL_HELP)]
    recordings: Annotated[
        list[Path],
        typer.Argument(
            metavar="RECORDING",
            help="Recordings with reference beats, folders that are searched for them, or names "
            "of databases that are fetched (see skecg fetch).",
        ),
    ]
    noise: Annotated[
        list[Path],
        typer.Option(
            help="nstdb: electrode motion (em) of the MIT-BIH Noise Stress Test Database, which "
            "is fetched if there is no such folder; a recording of noise, such as nstdb/ma; or "
            f"simulated: {', '.join(_SIMULATED)}. Repeat the option for several.",
            rich_help_panel=NOISE,
            metavar="NAME|FILE",
        ),
    ]
    snr: Annotated[
        str,
        typer.Option(
            help="Signal-to-noise ratios in dB.", rich_help_panel=NOISE, metavar="DB,DB..."
        ),
    ] = "24,18,12,6,0,-6"
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="DIR", help="Folder for the page, tables, numbers, and curves."
        ),
    ] = None
    detector: Annotated[
        str,
        typer.Option(help="Detector of beats: auto, sleepecg or gqrs.", metavar="NAME"),
    ] = "auto"
    records: o.Records = None
    annotator: o.Annotator = "atr"
    jobs: Annotated[
        int,
        typer.Option(
            help="Recordings tested at the same time; -1: all cores.",
            rich_help_panel=o.READING,
            metavar="N",
        ),
    ] = 1
    skip_broken: o.SkipBroken = False
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(StressOptions)
def stress(options: StressOptions) -> None:
    """Test a model on recordings with growing noise, compared as ANSI/AAMI EC57 prescribes.

    Noise is added as by the program nst: none in the first five minutes, then two minutes with
    noise and two without in turn. Beats are found and classified anew at each signal-to-noise
    ratio. --out has stress.html (a page with everything), stress.txt (the tables), records.csv
    (each record), stress.json (all numbers and settings) and stress.png (curves).
    """
    from contextlib import nullcontext

    from ._files import results_replaced

    with session(options) as terminal:
        ratios = o.numbers(options.snr, "--snr")
        out = options.out
        with nullcontext() if out is None else results_replaced(out) as folder:
            result = _stress(terminal, options, ratios)
            if folder is not None:
                _write(terminal, options, result, folder)
        terminal.say(str(result))
        if out is not None:
            terminal.say("", f"{out}/: stress.html, .txt, .json, .png; records.csv")


def _stress(terminal: Terminal, options: StressOptions, ratios: Sequence[float]) -> "StressTest":
    """Find the recordings and the noise, and test."""
    from .. import find_records, stress_test
    from ..records import select_records
    from ._models import find_model

    noises = dict(_noise(terminal, one) for one in options.noise)
    paths = folders_of(terminal, options.recordings, options.records)
    if options.records is not None:
        paths = select_records(find_records(paths, options.annotator), str(options.records))
    return stress_test(
        find_model(options.model),
        paths,
        noise=noises,
        snr=ratios,
        detector=options.detector,
        annotator=options.annotator,
        on_error="warn" if options.skip_broken else "raise",
        n_jobs=options.jobs,
        verbose=int(terminal.shows_progress),
    )


def _noise(terminal: Terminal, place: Path) -> "tuple[str, ECGRecord | str]":
    """Return the name of a noise, and its recording if it is none of the simulated."""
    from .. import read_record

    if str(place) in _SIMULATED:
        return str(place), str(place)
    (path,) = folders_of(terminal, [place])
    if path.is_dir():
        path = path / _DATABASE_NOISE
    return path.stem, read_record(path, annotator=None)


def _write(terminal: Terminal, options: StressOptions, result: "StressTest", folder: Path) -> None:
    """Write the files."""
    import matplotlib
    import matplotlib.pyplot as plt

    from ..report import Provenance
    from ..utils import write_csv, write_json, write_text

    matplotlib.use("Agg")
    made = Provenance.collect(
        {name: getattr(options, name) for name in _SETTINGS},
        command=command_line(),
        warnings=terminal.warnings,
    )
    settings = dict(made.settings) | {"warnings": terminal.warnings}
    data = result.to_dict() | {"settings": settings, "versions": dict(made.versions)}
    write_json(folder / "stress.json", data)
    write_csv(folder / "records.csv", result.records.reset_index())
    write_text(folder / "stress.txt", f"{result}\n")
    metadata = {"Model": str(options.model), "Detector": options.detector}
    result.to_html(folder / "stress.html", metadata=metadata, provenance=made)
    figure = result.plot()
    figure.savefig(folder / "stress.png", dpi=150)
    plt.close(figure)
