"""Words of reports, for readers who have not seen such metrics before."""

from ..metrics._class_metrics import CLASS_METRICS
from ..metrics._overall import OVERALL_METRICS
from ..tables import CLASS_MEANINGS
from ..utils import count
from ._beat_metrics import BeatMetrics

FEW_SUBJECTS = 10  # with fewer, a 95 % interval holds the truth less than nine times in ten

REFERENCE = (
    "The label that the annotators of the recording gave a beat. Metrics compare "
    "predictions with it and are affected by errors and disagreement of annotators."
)
CELLS = (
    "Beats of the class that were found; beats of other classes predicted "
    "as this one; beats of the class predicted as another; all others."
)
INTERVALS = (
    "Range in which the metric is likely to lie for other people of the same kind. Subjects, not "
    "beats, are resampled with all their beats. The interval covers the choice of test subjects; "
    "it does not cover another training, database or annotator. With few subjects it is too "
    "narrow."
)
FALSE_POSITIVE_RULES = {
    "one_vs_rest": "One class against the rest: every beat of another class that was predicted "
    "as this class is a false positive. All beats are pooled, so subjects with many beats count "
    "more.",
    "ec57": "A rule of ANSI/AAMI EC57: a fusion or unclassifiable beat predicted as V, and an "
    "unclassifiable beat predicted as S, count neither for nor against +P, Sp and F1 of V and S. "
    "All beats are pooled. Beats are at known positions: this is not a test by the standard.",
}
FALSE_POSITIVE_NAMES = {
    "one_vs_rest": "one class against the rest",
    "ec57": "false positives by a rule of EC57",
}
LIMITS = (
    "skecg is research software and not a medical device. Nothing on this page is a diagnosis, "
    "and no treatment may be based on it.",
    "The metrics hold for the people, leads, recorders and annotators that they were measured on. "
    "Rare classes depend on few people: read the columns of beats and subjects first.",
    "A model predicts only the classes that it was trained on. It classifies single beats, not "
    "rhythms and not ST segments.",
)
SIMULATED = (
    "The recordings of this page are simulated by a waveform model. They show how programs work; "
    "good results on them are not evidence of good results on real beats."
)
# callouts of the summary: the fact, and what follows from it
NO_PATIENTS = ("Simulated recordings: the metrics do not hold for patients.", "")
TRAINING_NOTES = {
    "seen": (
        "The test data share people, recordings or rows with those of training or validation.",
        "These are not results on unseen people.",
    ),
    "unknown": (
        "The training subjects are unknown.",
        "If some test subjects were among them, the metrics are too high.",
    ),
}
UNSEEN = "None of the test subjects was in the training data, compared by name."
NO_SUBJECTS = (
    "No intervals.",
    "Subjects are unknown, so no confidence intervals are given.",
)
ONE_SUBJECT = (
    "One subject.",
    "Results on one person do not hold for others, and there are no intervals.",
)
NOT_COMPARED = (
    "Training and test data were not compared. If any of these subjects were in the training "
    "data, the metrics are too high for unseen people."
)
CITATION = (
    "The skecg developers. skecg: heartbeat classification in ECG recordings with scikit-learn "
    "pipelines, version {version}."
)
# by the beginning of the subjects' names, as `skecg.tables.subject_of` makes them
DATABASES = {
    "edb": "Taddei A, Distante G, Emdin M, Pisani P, Moody GB, Zeelenberg C, Marchesi C. The "
    "European ST-T database: standard for evaluating systems for the analysis of ST-T changes in "
    "ambulatory electrocardiography. Eur Heart J 13:1164-1172 (1992).",
    "mitdb": "Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database. IEEE Eng Med "
    "Biol Mag 20(3):45-50 (2001). https://doi.org/10.1109/51.932724",
    "svdb": "Greenwald SD. Improved detection and classification of arrhythmias in "
    "noise-corrupted electrocardiograms using contextual information. Ph.D. thesis, Harvard-MIT "
    "Division of Health Sciences and Technology (1990).",
}
PHYSIONET = (
    "Goldberger AL, et al. PhysioBank, PhysioToolkit, and PhysioNet: components of a new "
    "research resource for complex physiologic signals. Circulation 101(23):e215-e220 (2000). "
    "https://doi.org/10.1161/01.CIR.101.23.e215"
)


def definitions() -> dict[str, str]:
    """Define the metrics by class, by their titles, in the order of their table."""
    by_class = {metric.title: metric.meaning for metric in CLASS_METRICS.values()}
    return {"Reference": REFERENCE} | by_class | {"TP, FP, FN, TN": CELLS}


def heading(report: BeatMetrics) -> list[str]:
    """Write what was counted, and by which rule."""
    return [f"Beat report: {size(report)}", *_rule_lines(report.false_positives)]


def size(report: BeatMetrics) -> str:
    """Write the numbers of beats, subjects and classes."""
    overall = report.overall["value"]
    of_subjects = ""
    if "n_subjects" in overall:
        of_subjects = f" of {count(overall['n_subjects'], 'subject')}"
    beats = count(overall["n_beats"], "beat")
    return f"{beats}{of_subjects}, {count(len(report.labels), 'class', 'classes')}"


def _rule_lines(false_positives: str) -> list[str]:
    """Write the rule of false positives."""
    *names, last = CLASS_METRICS
    in_percent = f"{', '.join(names)} and {last} in percent"
    if false_positives == "one_vs_rest":
        return [f"One class against the rest, all beats pooled; {in_percent}"]
    return [
        f"Beats at known positions, all beats pooled; {in_percent}",
        "FP by a rule of EC57: F or Q predicted as V, and Q predicted as S, do not count",
    ]


def has_intervals(report: BeatMetrics) -> bool:
    """Tell whether there is an interval to show."""
    return report.intervals is not None and report.intervals.attrs["n_subjects"] > 1


def interval_words(report: BeatMetrics) -> str:
    """Write how the intervals were made."""
    assert report.intervals is not None
    how = report.intervals.attrs
    return (
        f"{100 * how['confidence']:g} % intervals by bootstrap over the "
        f"{how['n_subjects']:,} subjects, {how['n_resamples']:,} resamples"
    )


def is_few(n_subjects: float) -> bool:
    """Tell whether an interval over so many subjects is too narrow."""
    return 0 < n_subjects < FEW_SUBJECTS


def class_notes(report: BeatMetrics) -> list[str]:
    """Explain a dash in the table of classes, if there is one."""
    undefined = report.per_class[list(CLASS_METRICS)].isna().to_numpy().any()
    return ['"-": undefined, the denominator is 0'] if undefined else []


def interval_notes(report: BeatMetrics) -> list[str]:
    """Warn of intervals that are too narrow."""
    assert report.intervals is not None
    notes = []
    if any(map(is_few, report.per_class["subjects"])):
        notes.append(
            f"* fewer than {FEW_SUBJECTS} subjects: the interval is too narrow; of one there is "
            "none"
        )
    printed = [name for name, metric in CLASS_METRICS.items() if metric.prints_interval]
    shown = report.intervals.index.isin(printed, level="metric")
    if (report.intervals["low"] == report.intervals["high"])[shown].any():
        notes.append("an interval of no width: equal in all subjects, which proves nothing")
    return notes


def overall_notes(report: BeatMetrics) -> list[str]:
    """Explain the metrics over all classes."""
    n_present = int((report.per_class["support"] > 0).sum())
    classes = count(n_present, "class", "classes")
    shown = [OVERALL_METRICS[name] for name in report.metrics]
    means = " and ".join(metric.title for metric in shown if metric.mean_of)
    return [
        f"{means}: means over the {classes} with reference beats",
        *(f"{metric.title}: {metric.note}" for metric in shown if metric.note),
    ]


def class_meaning(label: object) -> str | None:
    """Return what a class of AAMI is, None for another label."""
    return CLASS_MEANINGS.get(label) if isinstance(label, str) else None
