"""Words of the page of a comparison by EC57."""

NOT_STANDARD = (
    "Not by the standard.",
    "Test period or match window are not those of EC57 (300 s to the end, 150 ms).",
)
SUBJECT = "Annotations of a test are compared with reference annotations as ANSI/AAMI EC57 asks."
AVERAGES = (
    "Gross: all records pooled, so that long records and records with many ectopic beats weigh "
    "most. Average: mean over the records in which the statistic is defined. EC57 requires both. "
    "“-” is a share of nothing (0/0)."
)
ABBREVIATIONS = (
    "QRS: all beats. VEB, SVEB: ventricular and supraventricular ectopic beats; VE, SVE: their "
    "couplets and runs. AF: atrial fibrillation. VF: ventricular flutter or fibrillation. ST: "
    "ischemic ST change. n: in the reference."
)
BEAT_MATRIX = (
    "Beats of all records: rows reference, columns test. O is no beat there (column: missed, row: "
    "extra), X the same in a shutdown of the other annotator. Equal classes are framed; the "
    "shade is the share of the row."
)
SVEB = (
    "SVEB +P counts all beats except Q found as S as false positives, as bxb does. SVEB +P* is "
    "the count of sumstats, without fusion beats found as S. State which one you report."
)
RUN_MATRICES = {
    "sensitivity": "Se: each run of the reference, by its length (row) and that of the longest "
    "run of the test in its window (column).",
    "positive_predictivity": "+P: each run of the test, by its length (column) and that of the "
    "longest run of the reference in its window (row).",
}
RUNS = (
    "Couplets are of 2 beats, short runs of 3 to 5, long runs of more. A couplet counts as found "
    "if the other annotator has a run of 2 beats or more in its window, a short run if one of 3 "
    "or more, a long run if a long one. VE runs: ventricular and fusion beats, and ventricular "
    "fibrillation; SVE runs: supraventricular beats, and atrial fibrillation or flutter."
)
EPISODES = (
    "An episode of fibrillation counts as found if any part of it overlaps with one of the other "
    "annotator; an ST episode if half of it overlaps, or its extremum is in an overlap."
)
SHUTDOWN_GROSS = "Gross shares are halved: sumstats adds each denominator twice."
HEART_RATE = (
    "Each measurement of the test is compared with the nearest one of the reference. RMS error "
    "(%) is in percent of the mean reference. mxm has no gross error."
)
NOTHING_WRONG = "Reference and test agree in all that was compared."
DISCREPANCIES = (
    "All discrepancies, by record, at most 100 rows of a list; times are from the start of the "
    "recording. Open a record to see them. Printed pages are without these lists: attach all of "
    "them as JSON (--json FILE --details). A window of runs that ends before it begins is of "
    "fibrillation that was closed before a beat or its end mark: rxr then keeps the end of the "
    "window before."
)
FAULTS = {
    "beats": (
        "Beats (sumstats)",
        "SVEB +P is without fusion beats called S (the column +P*).",
        "Gross shares of beats missed in shutdowns are halved.",
        "The average RR error is that of the printed ones.",
    ),
    "runs": (
        "Runs (rxr)",
        "Each search but the first starts with a copy, at sample 0, of the annotation at which "
        "the file was left before. It has an effect where it opens fibrillation or a shutdown.",
    ),
    "episodes": (
        "Episodes (epicmp, sumstats)",
        "Where the length of the recording is unknown, nothing is compared.",
        "ST deviations are compared in the learning period, too, and a beat that was read for one "
        "extremum is not looked at for the next one.",
        "Gross overlaps are rebuilt from whole percentages of durations, and averages of "
        "durations are those of whole percentages. A share may exceed 100 % by it.",
    ),
    "heart_rate": (
        "Heart rates (mxm, sumstats)",
        "Sums are divided by the number of measurements that were read, those of the learning "
        "period included, so that error and mean are too small.",
        "Where the test ends first, the last values of both are counted once more; the first "
        "test measurement behind the end may be counted.",
        "Before the first measurement of the reference there is one of 0 at sample -1.",
        "Averages are those of printed numbers.",
    ),
}
FAULTS_LEAD = (
    "The numbers on this page are those of the reference programs of the WFDB Software Package, "
    "with their known differences from the rules, so that they can be compared with published "
    "ones. Without these (reference_faults=False, --rules) the rules are applied:"
)
RULES_LEAD = (
    "The rules are applied without the known faults of the reference programs, so numbers may "
    "differ from those of rxr, epicmp, mxm and sumstats."
)
REFERENCES = (
    "ANSI/AAMI EC57:2012, Testing and reporting performance results of cardiac rhythm and ST "
    "segment measurement algorithms.",
    "Moody GB. WFDB Applications Guide: bxb(1), rxr(1), epicmp(1), mxm(1), sumstats(1). "
    "https://physionet.org/physiotools/wag/",
)
METHODS = {
    "beats": "Beat by beat, as bxb",
    "runs": "Run by run, as rxr",
    "episodes": "Episode by episode, as epicmp",
    "heart_rate": "Measurement by measurement, as mxm",
}
_RUN_NOUNS = ("couplet", "short run", "long run")
_OF_KIND = {
    "AF": "AF",
    "VF": "VF",
    "ST": "ST",
    "ST0": "ST, signal 0",
    "ST1": "ST, signal 1",
}
#: Rows of the summary by table: the statistic, its name, and the column of its size.
SUMMARY = {
    "beats": {
        "QRS": ("QRS", "beats"),
        "VEB": ("VEB", "VEBs"),
        "SVEB": ("SVEB", "SVEBs"),
    },
    **{
        f"{kind.lower()}_runs": {
            noun: (f"{kind} {noun}s", f"{noun}s in reference") for noun in _RUN_NOUNS
        }
        for kind in ("VE", "SVE")
    },
    **{
        kind: {
            "episode": (f"{noun} episodes", "episodes in reference"),
            "duration": (f"{noun} duration", "reference duration (s)"),
        }
        for kind, noun in _OF_KIND.items()
    },
}
NO_RATES = "No record has measurements of both annotators."
