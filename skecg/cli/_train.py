"""``skecg train``: load, fit, evaluate, save."""

import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from . import _options as o
from ._networks import Rows, plan_all
from ._terminal import Terminal, session

if TYPE_CHECKING:
    from ..beats import BeatExtractor, Beats

Splits = dict[str, "Beats"]


@dataclass(frozen=True)
class TrainOptions:
    """Options of ``skecg train``; None where the default depends on the network."""

    folders: o.Folders
    out: o.ResultsFolder
    model: o.Models = (o.Model.both,)  # type: ignore[assignment, attr-defined]
    # beat extraction
    context: o.Context = None
    neighbors: o.Neighbors = None
    window: o.Window = None
    fs: o.Rate = None
    leads: o.Leads = None
    missing_leads: o.WithoutLeads = o.MissingLeads.error
    classes: o.ClassMap = o.Classes.ec57
    align: o.Align = True
    edges: o.AtEdges = o.Edges.drop
    highpass: o.Highpass = None
    # data split
    test_size: o.TestSize = 0.15
    val_size: o.ValSize = 0.15
    records: o.Records = None
    train_records: o.TrainRecords = None
    test_records: o.TestRecords = None
    seed: o.Seed = 0
    # preprocessing
    denoise: o.Denoise = None
    wavelet: o.Wavelet = "db6"
    threshold: o.Threshold = "universal"
    balance: o.BalanceRule = None
    scale: o.ScaleRule = None
    # training
    epochs: o.Epochs = None
    batch_size: o.BatchSize = None
    learning_rate: o.LearningRate = None
    units: o.Units = None
    dropout: o.Dropout = None
    class_weight: o.ClassWeight = None
    early_stopping: o.EarlyStopping = False
    patience: o.Patience = 5
    false_positives: o.FalsePositiveRule = o.FalsePositives.one_vs_rest
    # reading and output
    jobs: o.Jobs = 1
    annotator: o.Annotator = "atr"
    skip_broken: o.SkipBroken = False
    quiet: o.Quiet = False
    verbose: o.Verbose = False
    debug: o.Debug = False

    @property
    def has_lists(self) -> bool:
        """Whether lists of records decide the split."""
        return self.train_records is not None or self.test_records is not None


@o.takes(TrainOptions)
def train(options: TrainOptions) -> None:
    """Train networks, test them on subjects they never saw, compare and save them.

    Writes report.txt, report.json, comparison.csv, differences.csv (of several models) and
    figures of the training; and for each model MODEL.skecg, MODEL-predictions.csv, MODEL.html and
    figures: confusion matrix, curves, calibration, subjects, beats and errors.
    """
    if options.test_size + options.val_size >= 1 and not options.has_lists:
        raise typer.BadParameter(
            f"--test-size {options.test_size:g} and --val-size {options.val_size:g} leave no "
            "beats to train on."
        )
    with session(options) as terminal:
        _train(terminal, options)


def _train(terminal: Terminal, options: TrainOptions) -> None:
    """Load, fit, evaluate, save."""
    from ._files import prepare_folder
    from ._training import run

    plans = plan_all(options)
    pipelines = {plan.name: _make_steps(plan.options) for plan in plans}
    extractors = {plan.rows: _make_extractor(plan.options) for plan in plans}
    folder = prepare_folder(options.out)
    if (folder / "report.json").exists():
        terminal.note(f"{folder} contains results already; files of the same names are replaced")
    splits = _load_splits(terminal, options, extractors)
    run(
        terminal,
        plans,
        {plan.name: splits[plan.rows] for plan in plans},
        pipelines,
        folder=folder,
        title=f"skecg train on {', '.join(map(str, options.folders))}",
        false_positives=str(options.false_positives),
        command=shlex.join(["skecg", *sys.argv[1:]]),
    )


def _make_extractor(options: TrainOptions) -> "BeatExtractor":
    """Make the extractor that the options describe."""
    leads = o.parse_leads(options.leads)
    from .. import BeatExtractor, WaveletDenoiser

    cleaner = None
    if options.highpass is not None:
        cleaner = WaveletDenoiser(threshold=None, highpass=options.highpass)
    return BeatExtractor(
        options.window,  # type: ignore[arg-type]
        fs=options.fs,
        leads=leads,
        classes=str(options.classes),
        align=options.align,
        edges=str(options.edges),
        preprocessing=cleaner,
        context=options.context,
        neighbors=options.neighbors,  # type: ignore[arg-type]
        missing_leads=str(options.missing_leads),
    )


def _make_steps(options: TrainOptions) -> dict[str, Any]:
    """Make the steps before the network; those that are absent have their defaults."""
    from .. import BeatNormalizer, WaveletDenoiser

    _check_wavelet(options.wavelet)
    steps: dict[str, Any] = {"denoiser": None, "normalizer": None}
    if options.denoise:
        steps["denoiser"] = WaveletDenoiser(options.wavelet, threshold=options.threshold)
    if options.scale != "none":
        steps["normalizer"] = BeatNormalizer(str(options.scale))
    elif options.balance != "none" and options.val_size:
        raise typer.BadParameter(
            "--balance notebook with --scale none needs --val-size 0: validation rows cannot be "
            "routed past a resampler that is right before the network. Use --val-size 0, a "
            "--scale, or --balance none."
        )
    if options.balance == "none":
        steps |= {"augmenter": None, "undersampler": None}
    return steps


def _check_wavelet(name: str) -> None:
    """Raise unless a discrete wavelet has this name, before anything is loaded."""
    import pywt

    known = pywt.wavelist(kind="discrete")
    if name not in known:
        raise typer.BadParameter(
            f"--wavelet {name!r} is not a discrete wavelet. Known are {', '.join(known[:12])}, ..."
        )


def _load_splits(
    terminal: Terminal, options: TrainOptions, extractors: Mapping[Rows, "BeatExtractor"]
) -> dict[Rows, Splits]:
    """Load the beats of each split, in rows of each kind, all of the same beats."""
    from .. import find_records, select_records, train_test_subjects

    paths = find_records(options.folders, annotator=options.annotator)
    if options.records is not None:
        paths = select_records(paths, options.records)
    seed = options.seed
    if not options.has_lists:
        kinds = _load_kinds(terminal, options, paths, extractors)
        return {
            rows: as_splits(
                train_test_subjects(
                    beats,
                    test_size=options.test_size,
                    val_size=options.val_size,
                    random_state=seed,
                )
            )
            for rows, beats in kinds.items()
        }
    train_paths, test_paths = _listed(paths, options)
    training = _load_kinds(terminal, options, train_paths, extractors)
    # made exactly as the training rows are, rate included
    extractors = {rows: beats.extractor for rows, beats in training.items()}
    test = _load_kinds(terminal, options, test_paths, extractors)
    if not options.val_size:
        return {r: {"training": training[r], "test": test[r]} for r in extractors}
    splits = {}
    for rows, beats in training.items():
        train, val = train_test_subjects(
            beats, test_size=0, val_size=options.val_size, random_state=seed
        )
        splits[rows] = {"training": train, "validation": val, "test": test[rows]}
    return splits


def as_splits(parts: "tuple[Beats, ...]") -> Splits:
    """Name the parts of a split."""
    names = ("training", "test") if len(parts) == 2 else ("training", "validation", "test")
    return dict(zip(names, parts, strict=True))


def _load_kinds(
    terminal: Terminal,
    options: TrainOptions,
    paths: list[Path],
    extractors: Mapping[Rows, "BeatExtractor"],
) -> "dict[Rows, Beats]":
    """Load rows of each kind, and keep the beats that all kinds have."""
    from .. import common_beats
    from ._loading import load

    kinds = {
        rows: load(terminal, paths, extractor, options) for rows, extractor in extractors.items()
    }
    return common_beats(kinds)


def _listed(paths: list[Path], options: TrainOptions) -> tuple[list[Path], list[Path]]:
    """Return the paths of the training and of the test records, by the lists."""
    from .. import select_records

    train_paths, test_paths = (
        None if names is None else select_records(paths, names)
        for names in (options.train_records, options.test_records)
    )
    if train_paths is None:
        train_paths = [path for path in paths if path not in (test_paths or ())]
    if test_paths is None:
        test_paths = [path for path in paths if path not in train_paths]
    if both := [path.name for path in train_paths if path in test_paths]:
        raise ValueError(
            f"the lists of training and test records share {', '.join(both[:10])}. Results on "
            "training records mean nothing; remove them from one list."
        )
    for split, listed in (("train", train_paths), ("test", test_paths)):
        if not listed:
            raise ValueError(f"the lists leave no record to {split} on.")
    return train_paths, test_paths
