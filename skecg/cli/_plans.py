"""The options of ``skecg train``, and the objects that they describe for each network."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import typer

from . import _options as o
from ._networks import BOTH, CONTEXT_ROWS, NETWORKS, PLAIN_ROWS, Network, class_defaults

if TYPE_CHECKING:
    from imblearn.pipeline import Pipeline

    from ..beats import BeatExtractor
    from ..layout import BeatLayout
    from ..utils import Estimator

    Steps = dict[str, "Estimator | Literal['default'] | None"]

# options that are parameters of the classifiers; those that are not given keep their defaults
OF_CLASSIFIERS = ("epochs", "batch_size", "learning_rate", "units", "dropout", "class_weight")


@dataclass(frozen=True)
class TrainOptions:
    """Options of ``skecg train``; None where the default depends on the network."""

    folders: o.Folders
    out: o.ResultsFolder
    model: o.Models = field(default_factory=lambda: ["both"])
    # beat extraction
    context: o.Context = None
    neighbors: o.Neighbors = None
    scalars: o.Scalars = "all"
    window: o.Window = None
    fs: o.Rate = None
    leads: o.Leads = None
    missing_leads: o.WithoutLeads = "error"
    classes: o.ClassMap = "ec57"
    align: o.Align = True
    edges: o.AtEdges = "drop"
    highpass: o.Highpass = None
    # data split
    test_size: o.TestSize = 0.15
    val_size: o.ValSize = 0.15
    records: o.Records = None
    subjects: o.Subjects = None
    train_records: o.TrainRecords = None
    test_records: o.TestRecords = None
    seed: o.Seed = 0
    # preprocessing
    denoise: o.Denoise = None
    wavelet: o.Wavelet = "db6"
    threshold: o.Threshold = "universal"
    balance: o.Balance = None
    scale: o.Scale = None
    # training
    epochs: o.Epochs = None
    batch_size: o.BatchSize = None
    learning_rate: o.LearningRate = None
    units: o.Units = None
    dropout: o.Dropout = None
    class_weight: o.ClassWeight = None
    early_stopping: o.EarlyStopping = False
    patience: o.Patience = 5
    search: o.SearchGrid = None
    folds: o.Folds = 5
    false_positives: o.FalsePositives = "one_vs_rest"
    # unfinished runs
    resume: o.Resume = False
    restart: o.Restart = False
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


@dataclass(frozen=True)
class Plan:
    """A network to be trained: how its rows are made, the steps before it, the classifier."""

    name: str
    extractor: "BeatExtractor"
    steps: "Steps"
    classifier: "Estimator"

    def make_pipeline(self, layout: "BeatLayout", *, validates: bool) -> "Pipeline":
        """Make the pipeline for rows of a layout, with validation rows or without."""
        from .. import make_beat_pipeline

        return make_beat_pipeline(
            self.classifier,
            layout=layout,
            transform_input=["X_val"] if validates else None,
            **self.steps,
        )


def plan_all(options: TrainOptions) -> list[Plan]:
    """Plan each chosen network; options that are given hold for all."""
    keys: list[str] = []
    for model in options.model:
        keys += BOTH if model == "both" else [model]
    if unknown := [key for key in keys if key not in NETWORKS]:
        known = ", ".join(map(repr, [*NETWORKS, "both"]))
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {known}.", param_hint="--model")
    networks = [NETWORKS[key] for key in dict.fromkeys(keys)]
    has_context = options.context or any(network.context for network in networks)
    for name, given in (
        ("--neighbors", options.neighbors is not None),
        ("--scalars basic", options.scalars != "all"),
    ):
        if given and not has_context:
            raise typer.BadParameter(f"{name} needs --context SECONDS or --model context-lstm.")
    return [_plan(options, network) for network in networks]


def _plan(options: TrainOptions, network: Network) -> Plan:
    """Make the objects of one network."""
    context = options.context or network.context
    defaults: Mapping[str, Any] = CONTEXT_ROWS if context else PLAIN_ROWS
    missing = {name: v for name, v in defaults.items() if getattr(options, name) is None}
    options = replace(options, context=context, **missing)
    return Plan(
        network.name,
        _make_extractor(options),
        _make_steps(options),
        _make_classifier(options, network),
    )


def _make_extractor(options: TrainOptions) -> "BeatExtractor":
    """Make the extractor that the options describe."""
    assert options.window is not None
    window = o.parse_window(options.window)
    leads = o.parse_leads(options.leads)
    from .. import BeatExtractor, WaveletDenoiser

    filtered = None
    if options.highpass is not None:
        filtered = WaveletDenoiser(threshold=None, highpass=options.highpass)
    given = {} if options.neighbors is None else {"neighbors": options.neighbors}
    return BeatExtractor(
        window,
        fs=options.fs,
        leads=leads,
        classes=options.classes,
        align=options.align,
        edges=options.edges,
        preprocessing=filtered,
        context=options.context,
        scalars=options.scalars,
        missing_leads=options.missing_leads,
        **given,
    )


def _make_steps(options: TrainOptions) -> "Steps":
    """Make the steps before the network; those that are absent have their defaults."""
    threshold = o.parse_threshold(options.threshold)
    from .. import BeatNormalizer, WaveletDenoiser

    _check_wavelet(options.wavelet)
    steps: Steps = {"denoiser": None, "normalizer": None}
    if options.denoise:
        steps["denoiser"] = WaveletDenoiser(options.wavelet, threshold=threshold)
    if options.scale and options.scale != "none":
        steps["normalizer"] = BeatNormalizer(options.scale)
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


def _make_classifier(options: TrainOptions, network: Network) -> "Estimator":
    """Make the classifier of a network with the options that are given."""
    given = {name: getattr(options, name) for name in OF_CLASSIFIERS}
    params: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
    if options.units is not None:
        units = o.parse_units(options.units)
        is_one = isinstance(class_defaults(network.classifier)["units"], int)
        if is_one and len(units) > 1:
            raise typer.BadParameter(
                f"--units: {network.name} takes one number. Train it in a run of its own, without "
                "networks of several layers."
            )
        params["units"] = units[0] if is_one else units
    if options.class_weight == "none":
        params["class_weight"] = None
    return network.make(
        early_stopping=options.early_stopping,
        n_iter_no_change=options.patience,
        random_state=options.seed,
        **params,
    )
