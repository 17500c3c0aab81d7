"""``skecg train``: from folders of recordings to evaluated, saved networks."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ._options import (
    ROWS,
    SPLIT,
    STEPS,
    TRAINING,
    Annotator,
    Classes,
    Convention,
    Debug,
    Edges,
    FalseAlarms,
    Folders,
    Jobs,
    Network,
    Quiet,
    Resample,
    Scale,
    SkipBroken,
    Verbose,
    Weights,
    parse_leads,
    parse_threshold,
    parse_units,
    parse_window,
)
from ._terminal import Terminal, session


def train(
    folders: Folders,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for all results.")
    ],
    model: Annotated[Network, typer.Option(help="Which networks to train.")] = Network.both,
    # the rows
    window: Annotated[
        str,
        typer.Option(
            parser=parse_window,
            metavar="B,A",
            help="Seconds before and after the R peak.",
            rich_help_panel=ROWS,
        ),
    ] = "0.1,0.1",
    fs: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="HZ",
            help="Rate of the rows; others are resampled. Needed where recordings differ.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    leads: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,NAME...",
            help="A lead of the row: names in order of preference, or its number. Repeat it for "
            "rows of several leads.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    classes: Annotated[
        Classes,
        typer.Option(
            metavar="MAP",
            help="Class of each beat symbol: ec57, dechazal or symbols (as they are).",
            rich_help_panel=ROWS,
        ),
    ] = Classes.ec57,
    align: Annotated[
        bool,
        typer.Option(
            "--align/--no-align",
            help="Cut around the R peak, or where the label is.",
            rich_help_panel=ROWS,
        ),
    ] = True,
    edges: Annotated[
        Edges,
        typer.Option(help="Beats at the ends of a recording.", rich_help_panel=ROWS),
    ] = Edges.drop,
    baseline: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            metavar="HZ",
            help="Take baseline wander below this off whole recordings, such as 0.5.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    # the sides
    test_size: Annotated[
        float,
        typer.Option(
            min=0.01,
            max=0.9,
            metavar="SHARE",
            help="Share of the beats to test with.",
            rich_help_panel=SPLIT,
        ),
    ] = 0.15,
    val_size: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.9,
            metavar="SHARE",
            help="Share to validate with after each epoch; 0: no validation. With record lists: "
            "a share of the training beats.",
            rich_help_panel=SPLIT,
        ),
    ] = 0.15,
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|SET",
            help="Take these records alone: names one a line, or a set: mitdb:DS1, mitdb:DS2.",
            rich_help_panel=SPLIT,
        ),
    ] = None,
    train_records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|SET",
            help="Names of the training records, one a line, or a set. Alone: all others test.",
            rich_help_panel=SPLIT,
        ),
    ] = None,
    test_records: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|SET",
            help="Names of the test records, one a line, or a set. Alone: all others train.",
            rich_help_panel=SPLIT,
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="N",
            help="Decides the split and all of training.",
            rich_help_panel=SPLIT,
        ),
    ] = 0,
    # before the network
    denoise: Annotated[
        bool,
        typer.Option("--denoise/--no-denoise", help="Wavelet denoising.", rich_help_panel=STEPS),
    ] = True,
    wavelet: Annotated[
        str, typer.Option(metavar="NAME", help="Discrete wavelet.", rich_help_panel=STEPS)
    ] = "db6",
    threshold: Annotated[
        str,
        typer.Option(
            parser=parse_threshold,
            metavar="RULE|MV",
            help="universal, level, none or a number of mV (the notebook's: 0.5).",
            rich_help_panel=STEPS,
        ),
    ] = "universal",
    resample: Annotated[
        Resample,
        typer.Option(
            help="notebook: a changed copy of each rare beat, and as many of the most frequent "
            "class as of all others. none: beats as they are.",
            rich_help_panel=STEPS,
        ),
    ] = Resample.notebook,
    scale: Annotated[
        Scale,
        typer.Option(
            metavar="RULE",
            help="Normalization of each row: zscore, minmax, robust, r_amplitude or none.",
            rich_help_panel=STEPS,
        ),
    ] = Scale.zscore,
    # training
    epochs: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Passes over the training beats.", rich_help_panel=TRAINING
        ),
    ] = 30,
    batch_size: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Beats of a gradient step; larger is faster.",
            rich_help_panel=TRAINING,
        ),
    ] = 32,
    learning_rate: Annotated[
        float,
        typer.Option(
            min=1e-9, metavar="RATE", help="Learning rate of Adam.", rich_help_panel=TRAINING
        ),
    ] = 1e-3,
    units: Annotated[
        str | None,
        typer.Option(
            parser=parse_units,
            metavar="N,N...",
            help="Units of each layer. RNN 128,128,128 and LSTM 128,64,32 if not given.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    dropout: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.95,
            metavar="SHARE",
            help="Share of outputs dropped.",
            rich_help_panel=TRAINING,
        ),
    ] = 0.2,
    class_weight: Annotated[
        Weights,
        typer.Option(
            metavar="RULE",
            help="Weights of the classes: none, balanced or sqrt_balanced.",
            rich_help_panel=TRAINING,
        ),
    ] = Weights.none,
    early_stopping: Annotated[
        bool,
        typer.Option(
            "--early-stopping",
            help="End when validation no longer improves, and take the best epoch.",
            rich_help_panel=TRAINING,
        ),
    ] = False,
    patience: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Epochs to wait before early stopping.",
            rich_help_panel=TRAINING,
        ),
    ] = 5,
    convention: FalseAlarms = Convention.one_vs_rest,
    # reading and talking
    jobs: Jobs = 1,
    annotator: Annotator = "atr",
    skip_broken: SkipBroken = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Train an RNN, an LSTM or both, test them on subjects they never saw, and save them.

    Writes report.txt, report.json, comparison.csv, differences.csv (of two models) and pictures
    of the training; and for each model MODEL.skecg, MODEL-predictions.csv and pictures:
    confusion matrix, curves, calibration, subjects, beats and errors.
    """
    options = dict(locals())
    if test_size + val_size >= 1 and train_records is None and test_records is None:
        raise typer.BadParameter(
            f"--test-size {test_size:g} and --val-size {val_size:g} leave no beats to train with."
        )
    with session(quiet=quiet, verbose=verbose, debug=debug) as terminal:
        _train(terminal, options)


def _train(terminal: Terminal, options: dict[str, Any]) -> None:
    """Do it all, in the order of the data's way."""
    import sklearn

    from .._spec import to_spec
    from ._files import prepare_folder
    from ._pictures import write_pictures, write_training_pictures
    from ._results import (
        compare,
        find_leaks,
        show_comparison,
        write_model,
        write_predictions,
        write_reports,
    )
    from ._settings import plain
    from ._tables import beats_table, skipped_lines
    from ._training import NAMES, make_pipeline, train_and_test

    extractor = _make_extractor(options)
    steps = _make_steps(options)
    folder = prepare_folder(options["out"])
    if (folder / "report.json").exists():
        terminal.note(f"{folder} holds results already; files of the same names are replaced")
    sides, skipped = _load_sides(terminal, options, extractor)
    training, val, test = sides["training"], sides.get("validation"), sides["test"]

    terminal.detail(f"rows by {training.extractor!r}")
    terminal.rule("Beats")
    terminal.say(beats_table(sides))
    if left_out := skipped_lines(skipped):
        terminal.say("", *(f"Left out: {line}" for line in left_out))
    leaks = find_leaks(sides)
    terminal.say("", *leaks[0])

    terminal.rule("Training")
    networks = list(NAMES) if options["model"] == "both" else [str(options["model"])]
    params, convention = _network_params(options), str(options["convention"])
    models, files, pipelines = [], [], {}
    with sklearn.config_context(enable_metadata_routing=True):
        for network in networks:
            pipeline = make_pipeline(
                network,
                units=options["units"],
                layout=training.layout,
                steps=steps,
                validates=val is not None,
                params=params,
            )
            pipelines[NAMES[network]] = to_spec(pipeline)
            trained = train_and_test(
                terminal, NAMES[network], pipeline, training, val, test, convention
            )
            models.append(trained)
            files.append(write_model(folder, trained, training))  # safe before all else
    for trained in models:
        terminal.rule(f"{trained.name} on the test subjects")
        terminal.say(str(trained.report))
    comparison = compare(models, test, convention)
    show_comparison(terminal, comparison, "the test subjects")

    files += [write_predictions(folder, trained) for trained in models]
    files += write_training_pictures(folder, models, training, of="test beats")
    files += write_pictures(folder, models, test, of="test beats", seed=options["seed"])
    talk = ("quiet", "verbose", "debug")
    in_effect = options | {
        "units": {m.name: list(m.steps[-1][1].units) for m in models},
        "rate_of_rows": training.fs,
    }
    settings = plain({k: v for k, v in in_effect.items() if k not in talk})
    files += write_reports(
        folder,
        f"skecg train on {', '.join(map(str, options['folders']))}",
        models,
        comparison,
        sides,
        skipped=skipped,
        leaks=leaks,
        settings={"command": "train", **settings},
        details={"extractor": to_spec(training.extractor), "pipelines": pipelines},
        warnings=terminal.warnings,
    )
    terminal.rule("Files")
    terminal.say(f"{len(files)} files in {folder}/:", ", ".join(sorted(p.name for p in files)))


def _make_extractor(options: dict[str, Any]) -> Any:
    """How rows are made, as the options say."""
    leads = parse_leads(options["leads"])
    from .. import BeatExtractor, WaveletDenoiser

    baseline = options["baseline"]
    cleaner = None
    if baseline is not None:
        cleaner = WaveletDenoiser(threshold=None, baseline=baseline)
    return BeatExtractor(
        options["window"],
        fs=options["fs"],
        leads=leads,
        classes=str(options["classes"]),
        align=options["align"],
        edges=str(options["edges"]),
        preprocessing=cleaner,
    )


def _make_steps(options: dict[str, Any]) -> dict[str, Any]:
    """Steps before the network; what stays away has its default."""
    from .. import BeatNormalizer, WaveletDenoiser

    _check_wavelet(options["wavelet"])
    steps: dict[str, Any] = {"denoiser": None, "normalizer": None}
    if options["denoise"]:
        steps["denoiser"] = WaveletDenoiser(options["wavelet"], threshold=options["threshold"])
    if options["scale"] != "none":
        steps["normalizer"] = BeatNormalizer(str(options["scale"]))
    elif options["resample"] != "none" and options["val_size"]:
        raise typer.BadParameter(
            "--scale none goes with --resample none or --val-size 0 only: validation rows cannot "
            "be sent past a resampler that stands right before the network."
        )
    if options["resample"] == "none":
        steps |= {"augmenter": None, "undersampler": None}
    return steps


def _check_wavelet(name: str) -> None:
    """Refuse a wavelet that is none before anything is loaded."""
    import pywt

    known = pywt.wavelist(kind="discrete")
    if name not in known:
        raise typer.BadParameter(
            f"--wavelet {name!r} is no discrete wavelet. There are {', '.join(known[:12])}, ..."
        )


def _network_params(options: dict[str, Any]) -> dict[str, Any]:
    """Parameters of the networks."""
    names = ("epochs", "batch_size", "learning_rate", "dropout", "early_stopping")
    weight = str(options["class_weight"])
    return {name: options[name] for name in names} | {
        "n_iter_no_change": options["patience"],
        "class_weight": None if weight == "none" else weight,
        "random_state": options["seed"],
    }


def _load_sides(
    terminal: Terminal, options: dict[str, Any], extractor: Any
) -> tuple[dict[str, Any], Any]:
    """Beats of the training, validation and test side, and what made no row."""
    import warnings

    import pandas as pd

    from .. import find_records, train_test_subjects
    from ._files import listed_records

    paths = find_records(options["folders"], annotator=options["annotator"])
    if options["records"] is not None:
        paths = listed_records(paths, options["records"])
    val_size, seed = options["val_size"], options["seed"]
    if options["train_records"] is None and options["test_records"] is None:
        beats = _load(terminal, paths, extractor, options)
        parts = train_test_subjects(
            beats, test_size=options["test_size"], val_size=val_size, random_state=seed
        )
        names = ("training", "validation", "test") if val_size else ("training", "test")
        return dict(zip(names, parts, strict=True)), beats.skipped
    train_paths, test_paths = _listed(paths, options)
    training = _load(terminal, train_paths, extractor, options)
    # made exactly as the training rows are, rate included
    test = _load(terminal, test_paths, training.extractor, options)
    _warn_of_shared_subjects(training, test)
    skipped = pd.concat([training.skipped, test.skipped], ignore_index=True)
    if not val_size:
        return {"training": training, "test": test}, skipped
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        training, val = train_test_subjects(training, test_size=val_size, random_state=seed)
    for warning in caught:  # what is the test side there is the validation side here
        text = str(warning.message).replace("not in test", "not in validation")
        warnings.warn(text, warning.category, stacklevel=2)
    return {"training": training, "validation": val, "test": test}, skipped


def _listed(paths: list[Path], options: dict[str, Any]) -> tuple[list[Path], list[Path]]:
    """Paths of the training and of the test records, by the lists."""
    from ._files import listed_records

    sides = []
    for option in ("train_records", "test_records"):
        file = options[option]
        sides.append(None if file is None else listed_records(paths, file))
    train_paths, test_paths = sides
    if train_paths is None:
        train_paths = [path for path in paths if path not in test_paths]
    if test_paths is None:
        test_paths = [path for path in paths if path not in train_paths]
    if both := [path.name for path in train_paths if path in test_paths]:
        raise ValueError(
            f"the lists of training and test records share {', '.join(both[:10])}. Testing on "
            "what was trained says nothing; take them off one list."
        )
    for side, listed in (("train", train_paths), ("test", test_paths)):
        if not listed:
            raise ValueError(f"the lists leave no record to {side} with.")
    return train_paths, test_paths


def _load(terminal: Terminal, paths: list[Path], extractor: Any, options: dict[str, Any]) -> Any:
    """Load beats, with a bar."""
    from ._loading import load

    return load(
        terminal,
        paths,
        extractor,
        jobs=options["jobs"],
        annotator=options["annotator"],
        skip_broken=options["skip_broken"],
    )


def _warn_of_shared_subjects(training: Any, test: Any) -> None:
    """Say it if the lists put a person on both sides."""
    import warnings

    if shared := sorted(set(training.groups.tolist()) & set(test.groups.tolist())):
        warnings.warn(
            f"{len(shared)} of the test subjects are in training, too: {', '.join(shared[:10])}. "
            "The figures are not those of unseen subjects.",
            UserWarning,
            stacklevel=2,
        )
