"""``skecg train``: from folders of recordings to evaluated, saved networks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ._networks import CONTEXT_ROWS, NETWORKS, PLAIN_ROWS, Rows, in_effect, plan_all, same_or_all
from ._options import (
    ROWS,
    SETS,
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
    MissingLeads,
    Model,
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

HINTS = {
    "load_beats(records, fs=": "--fs HZ",
    "leads=[": "--leads NAME,NAME (and --leads 0 for the first of each recording)",
    "missing_leads='zeros'": "--missing-leads zeros",
}


def _two_defaults(option: str) -> str:
    """Say the default of an option without and with context."""
    plain, with_context = (_shown(rows[option]) for rows in (PLAIN_ROWS, CONTEXT_ROWS))
    return f"{plain}; with context {with_context}"


def _shown(value: Any) -> str:
    """Write a default as it would be given."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    named = {None: "that of the recordings", True: "yes", False: "no"}
    return f"{value:g}" if isinstance(value, float) else named.get(value, str(value))


def train(
    folders: Folders,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for all results.")
    ],
    model: Annotated[
        list[Model],
        typer.Option(
            metavar="NAME",
            help=f"Network to train: {', '.join(NETWORKS)} (its rows tell of the beats around, "
            "too), or both: rnn and lstm. Repeat it to compare others.",
        ),
    ] = (Model.both,),
    # the rows
    context: Annotated[
        float | None,
        typer.Option(
            min=30,
            metavar="S",
            help="Seconds of surroundings against which each beat is seen, for all networks: "
            "rows of rhythm, shape and neighbours, without labels.",
            show_default="none; for --model context 600",
            rich_help_panel=ROWS,
        ),
    ] = None,
    neighbors: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100,
            metavar="K",
            help="With context: beats before, and as many after, in each row.",
            show_default="5",
            rich_help_panel=ROWS,
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(
            parser=parse_window,
            metavar="B,A",
            help="Seconds before and after the R peak.",
            show_default=_two_defaults("window"),
            rich_help_panel=ROWS,
        ),
    ] = None,
    fs: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="HZ",
            help="Rate of the rows; others are resampled. Needed where recordings differ.",
            show_default=_two_defaults("fs"),
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
    missing_leads: Annotated[
        MissingLeads,
        typer.Option(
            help="A recording that lacks a lead of the row: it ends the command, or the lead is "
            "zero.",
            rich_help_panel=ROWS,
        ),
    ] = MissingLeads.error,
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
            min=0,
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
            help=f"Take these records alone: names one a line, or a set: {SETS}.",
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
        bool | None,
        typer.Option(
            "--denoise/--no-denoise",
            help="Wavelet denoising.",
            show_default=_two_defaults("denoise"),
            rich_help_panel=STEPS,
        ),
    ] = None,
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
        Resample | None,
        typer.Option(
            help="notebook: a changed copy of each rare beat, and as many of the most frequent "
            "class as of all others. none: beats as they are.",
            show_default=_two_defaults("resample"),
            rich_help_panel=STEPS,
        ),
    ] = None,
    scale: Annotated[
        Scale | None,
        typer.Option(
            metavar="RULE",
            help="Normalization of each row: zscore, minmax, robust, r_amplitude or none.",
            show_default=_two_defaults("scale"),
            rich_help_panel=STEPS,
        ),
    ] = None,
    # training
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Passes over the training beats.",
            show_default="30; for context 4",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Beats of a gradient step; larger is faster.",
            show_default="32; for context 512",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            min=1e-9,
            metavar="RATE",
            help="Learning rate of Adam; for context the highest of its course.",
            show_default="0.001; for context 0.003",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    units: Annotated[
        str | None,
        typer.Option(
            parser=parse_units,
            metavar="N,N...",
            help="Units of each layer; context takes one number.",
            show_default="for rnn 128,128,128; for lstm 128,64,32; for context 32",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=0.95,
            metavar="SHARE",
            help="Share of outputs dropped.",
            show_default="0.2; for context 0.35",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    class_weight: Annotated[
        Weights | None,
        typer.Option(
            metavar="RULE",
            help="Weights of the classes: none, balanced or sqrt_balanced.",
            show_default="none; for context sqrt_balanced",
            rich_help_panel=TRAINING,
        ),
    ] = None,
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
    false_positives: FalseAlarms = Convention.one_vs_rest,
    # reading and talking
    jobs: Jobs = 1,
    annotator: Annotator = "atr",
    skip_broken: SkipBroken = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    debug: Debug = False,
) -> None:
    """Train networks, test them on subjects they never saw, compare and save them.

    Writes report.txt, report.json, comparison.csv, differences.csv (of several models) and
    pictures of the training; and for each model MODEL.skecg, MODEL-predictions.csv and pictures:
    confusion matrix, curves, calibration, subjects, beats and errors.
    """
    options = dict(locals())
    if test_size + val_size >= 1 and train_records is None and test_records is None:
        raise typer.BadParameter(
            f"--test-size {test_size:g} and --val-size {val_size:g} leave no beats to train with."
        )
    with session(quiet=quiet, verbose=verbose, debug=debug, hints=HINTS) as terminal:
        _train(terminal, options)


def _train(terminal: Terminal, options: dict[str, Any]) -> None:
    """Do it all, in the order of the data's way."""
    import sklearn

    from ..persistence._spec import to_spec
    from ._files import prepare_folder
    from ._page import named, trained_on, write_page
    from ._pictures import draw, write_pictures, write_training_pictures
    from ._results import (
        compare,
        find_overlap,
        show_comparison,
        write_model,
        write_predictions,
        write_reports,
    )
    from ._settings import plain, versions
    from ._tables import beats_table, skipped_lines
    from ._training import make_pipeline, train_and_test

    plans = plan_all(options)
    steps = {plan.network.name: _make_steps(plan.options) for plan in plans}
    extractors = {plan.rows: _make_extractor(plan.options) for plan in plans}
    folder = prepare_folder(options["out"])
    if (folder / "report.json").exists():
        terminal.note(f"{folder} holds results already; files of the same names are replaced")
    loaded, skipped = _load_sides(terminal, options, extractors)
    sides = loaded[max(loaded, key=lambda rows: sum(rows.window))]

    for side in loaded.values():
        terminal.detail(f"rows by {side['training'].extractor!r}")
    terminal.rule("Beats")
    terminal.say(beats_table(sides))
    if left_out := skipped_lines(skipped):
        terminal.say("", *(f"Left out: {line}" for line in left_out))
    leaks = find_overlap(sides)
    terminal.say("", *leaks[0])

    terminal.rule("Training")
    false_positives = str(options["false_positives"])
    models, files, pipelines = [], [], {}
    with sklearn.config_context(enable_metadata_routing=True):
        for plan in plans:
            name, own = plan.network.name, loaded[plan.rows]
            training, val = own["training"], own.get("validation")
            pipeline = make_pipeline(
                plan.network,
                layout=training.layout,
                steps=steps[name],
                validates=val is not None,
                params=plan.params,
            )
            pipelines[name] = to_spec(pipeline)
            trained = train_and_test(
                terminal, name, pipeline, training, val, own["test"], false_positives
            )
            models.append(trained)
            files.append(write_model(folder, trained, training))  # safe before all else
    for trained in models:
        terminal.rule(f"{trained.name} on the test subjects")
        terminal.say(str(trained.report))
    comparison = compare(models, sides["test"], false_positives)
    show_comparison(terminal, comparison, "the test subjects")

    files += [write_predictions(folder, trained) for trained in models]
    rows_of = [loaded[plan.rows] for plan in plans]
    files += write_training_pictures(
        folder, models, [own["training"] for own in rows_of], of="test beats"
    )
    talk = ("quiet", "verbose", "debug")
    rates = {m.name: own["test"].fs for m, own in zip(models, rows_of, strict=True)}
    specs = {
        m.name: to_spec(own["test"].extractor) for m, own in zip(models, rows_of, strict=True)
    }
    settings = in_effect(plans) | {"rate_of_rows": same_or_all(rates)}
    settings = plain({k: v for k, v in settings.items() if k not in talk})
    for trained, own in zip(models, rows_of, strict=True):
        test, training = own["test"], own["training"]
        pictures = draw(trained, test, options["seed"])
        page = write_page(
            folder / f"{trained.stem}.html",
            f"{trained.name} on {named(options['folders'])}",
            trained,
            test,
            pictures,
            facts={"Trained on": trained_on(len(training.target), set(training.groups.tolist()))},
            shared=leaks[0],
            skipped=skipped,
            settings=settings,
            versions=versions(),
            warnings=terminal.warnings,
        )
        files += [page, *write_pictures(folder, trained, pictures, of="test beats")]
    files += write_reports(
        folder,
        f"skecg train on {', '.join(map(str, options['folders']))}",
        models,
        comparison,
        sides,
        skipped=skipped,
        leaks=leaks,
        settings={"command": "train", **settings},
        details={"extractor": same_or_all(specs), "pipelines": pipelines},
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
        cleaner = WaveletDenoiser(threshold=None, highpass=baseline)
    return BeatExtractor(
        options["window"],
        fs=options["fs"],
        leads=leads,
        classes=str(options["classes"]),
        align=options["align"],
        edges=str(options["edges"]),
        preprocessing=cleaner,
        context=options["context"],
        neighbors=options["neighbors"],
        missing_leads=str(options["missing_leads"]),
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
            "--balance notebook with --scale none goes with --val-size 0 only: validation rows "
            "cannot be sent past a resampler that stands right before the network. Without "
            "validation, with a --scale or with --balance none it works."
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


def _load_sides(
    terminal: Terminal, options: Mapping[str, Any], extractors: Mapping[Rows, Any]
) -> tuple[dict[Rows, dict[str, Any]], Any]:
    """Beats of the training, validation and test side, and what made no row.

    Where networks have different rows, there are sides of each kind, all of the same beats.
    """
    import warnings

    import pandas as pd

    from .. import find_records, train_test_subjects
    from ._files import listed_records

    paths = find_records(options["folders"], annotator=options["annotator"])
    if options["records"] is not None:
        paths = listed_records(paths, options["records"])
    val_size, seed = options["val_size"], options["seed"]
    names = ("training", "validation", "test") if val_size else ("training", "test")
    if options["train_records"] is None and options["test_records"] is None:
        kinds, skipped = _load_kinds(terminal, paths, extractors, options)
        sizes = {"test_size": options["test_size"], "val_size": val_size}
        parts = {
            rows: train_test_subjects(beats, **sizes, random_state=seed)
            for rows, beats in kinds.items()
        }
        return {r: dict(zip(names, part, strict=True)) for r, part in parts.items()}, skipped
    train_paths, test_paths = _listed(paths, options)
    training, skipped = _load_kinds(terminal, train_paths, extractors, options)
    # made exactly as the training rows are, rate included
    extractors = {rows: beats.extractor for rows, beats in training.items()}
    test, skipped_too = _load_kinds(terminal, test_paths, extractors, options)
    first = next(iter(extractors))
    _warn_of_shared_subjects(training[first], test[first])
    skipped = pd.concat([skipped, skipped_too], ignore_index=True)
    if not val_size:
        return {r: {"training": training[r], "test": test[r]} for r in extractors}, skipped
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        parts = {
            rows: train_test_subjects(beats, test_size=val_size, random_state=seed)
            for rows, beats in training.items()
        }
    for warning in caught:  # what is the test side there is the validation side here
        text = str(warning.message).replace("not in test", "not in validation")
        warnings.warn(text, warning.category, stacklevel=2)
    return {
        r: dict(zip(names, (*part, test[r]), strict=True)) for r, part in parts.items()
    }, skipped


def _load_kinds(
    terminal: Terminal, paths: list[Path], extractors: Mapping[Rows, Any], options: Mapping
) -> tuple[dict[Rows, Any], Any]:
    """Load rows of each kind, of the same beats, and say what made no row."""
    from ._loading import load, same_beats

    kinds = [
        load(
            terminal,
            paths,
            extractor,
            jobs=options["jobs"],
            annotator=options["annotator"],
            skip_broken=options["skip_broken"],
        )
        for extractor in extractors.values()
    ]
    kinds, skipped = same_beats(kinds)
    return dict(zip(extractors, kinds, strict=True)), skipped


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
