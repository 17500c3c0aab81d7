"""``skecg train``: load, fit, evaluate, save."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ._options import data_options, takes
from ._plans import TrainOptions, plan_all
from ._terminal import Terminal, command_line, session

if TYPE_CHECKING:
    from ..beats import BeatExtractor, Beats


@takes(TrainOptions)
def train(options: TrainOptions) -> None:
    """Train networks, test them on subjects they were not trained on, compare and save them.

    Writes report.txt, report.json, comparison.csv, differences.csv (of several models) and
    figures of the training; and for each model MODEL.skecg, MODEL-predictions.csv, MODEL.html and
    figures: confusion matrix, curves, calibration, subjects, beats and errors. They are made in
    DIR.unfinished, with the state of training after each epoch, and take the place of the old
    results when all are done. --resume goes on with a run that was interrupted.
    """
    if options.resume and options.restart:
        raise typer.BadParameter("--resume goes on with a run, and --restart deletes it.")
    if options.test_size + options.val_size >= 1 and not options.has_lists:
        raise typer.BadParameter(
            f"--test-size {options.test_size:g} and --val-size {options.val_size:g} leave no "
            "beats to train on."
        )
    with session(options) as terminal:
        _train(terminal, options)


def _train(terminal: Terminal, options: TrainOptions) -> None:
    """Load, fit, evaluate in a working folder, and move the results in as a whole."""
    from ._files import folder_names, results_folder
    from ._search import Search
    from ._training import run, show_files
    from ._unfinished import UnfinishedRun

    plans = plan_all(options)
    search = Search.parse(options.search, options.folds, plans) if options.search else None
    target = results_folder(options.out)
    unfinished = UnfinishedRun(target, options)
    with target.locked(command_line()), unfinished.opened(terminal, options):
        if (target.folder / "report.json").exists():
            terminal.note(f"{options.out} contains results already; they will be replaced")
        splits = _load_splits(terminal, options, {plan.name: plan.extractor for plan in plans})
        unfinished.check_data(splits)
        run(
            terminal,
            plans,
            splits,
            folder=unfinished.results,
            checkpoints=unfinished.checkpoints,
            search=search,
            dataset=folder_names(options.folders),
            false_positives=options.false_positives,
            options=data_options(options) | _search_options(options),
            seed=options.seed,
        )
        names = [path.name for path in unfinished.results.iterdir()]
        target.publish(unfinished.folder)
    show_files(terminal, options.out, names)


def _search_options(options: TrainOptions) -> dict[str, object]:
    """Return the search for the reports, if there is one."""
    return {"search": options.search, "folds": options.folds} if options.search else {}


def _load_splits(
    terminal: Terminal, options: TrainOptions, extractors: "Mapping[str, BeatExtractor]"
) -> "dict[str, dict[str, Beats]]":
    """Load the beats of each split in the rows of each network, all of the same beats."""
    from .. import train_test_subjects
    from ._loading import choose

    paths, subjects = choose(terminal, options)
    if not options.has_lists:
        loaded = _load_rows(terminal, options, paths, extractors, subjects)
        return {
            name: name_splits(
                train_test_subjects(
                    beats,
                    test_size=options.test_size,
                    val_size=options.val_size,
                    random_state=options.seed,
                )
            )
            for name, beats in loaded.items()
        }
    train_paths, test_paths = _listed(paths, options)
    training = _load_rows(terminal, options, train_paths, extractors, subjects)
    # made exactly as the training rows are, rate included
    extractors = {name: beats.extractor for name, beats in training.items()}
    test = _load_rows(terminal, options, test_paths, extractors, subjects)
    if not options.val_size:
        return {name: {"training": training[name], "test": test[name]} for name in training}
    splits = {}
    for name, beats in training.items():
        train, val = train_test_subjects(
            beats, test_size=0, val_size=options.val_size, random_state=options.seed
        )
        splits[name] = {"training": train, "validation": val, "test": test[name]}
    return splits


def name_splits(parts: "Sequence[Beats]") -> "dict[str, Beats]":
    """Name the parts of a split."""
    names = ("training", "test") if len(parts) == 2 else ("training", "validation", "test")
    return dict(zip(names, parts, strict=True))


def _load_rows(
    terminal: Terminal,
    options: TrainOptions,
    paths: Sequence[Path],
    extractors: "Mapping[str, BeatExtractor]",
    subjects: Mapping[str, str] | None,
) -> "dict[str, Beats]":
    """Load the rows of each network, and keep the beats that have a row for all."""
    from .. import common_beats
    from ._loading import load

    keys = {name: str(extractor.get_params()) for name, extractor in extractors.items()}
    loaded: dict[str, Beats] = {}  # networks with equal rows share them
    for name, extractor in extractors.items():
        if keys[name] not in loaded:
            loaded[keys[name]] = load(terminal, paths, extractor, options, subjects)
    common = common_beats(loaded)
    return {name: common[key] for name, key in keys.items()}


def _listed(paths: Sequence[Path], options: TrainOptions) -> tuple[list[Path], list[Path]]:
    """Return the paths of the training and of the test records, by the lists."""
    from .. import select_records

    listed = [
        None if names is None else select_records(paths, names)
        for names in (options.train_records, options.test_records)
    ]
    train_paths, test_paths = (
        [path for path in paths if path not in (other or ())] if own is None else own
        for own, other in zip(listed, reversed(listed), strict=True)
    )
    if both := [path.name for path in train_paths if path in test_paths]:
        raise ValueError(
            f"the lists of training and test records share {', '.join(both[:10])}. Results on "
            "training records do not hold for unseen subjects; remove them from one list."
        )
    for split, records in (("train", train_paths), ("test", test_paths)):
        if not records:
            raise ValueError(f"the lists leave no record to {split} on.")
    return train_paths, test_paths
