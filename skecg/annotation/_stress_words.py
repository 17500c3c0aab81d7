"""Words of the page of a noise stress test."""

from ..report import _wording as words

__all__ = [
    "CITATIONS",
    "CURVES",
    "EVENTS",
    "FOLDED",
    "INTRODUCTION",
    "LIMITS",
    "METHOD",
    "NOISES",
    "NOT_A_DEVICE",
    "TABLES",
]

NOT_A_DEVICE = "Made by skecg, which is research software and not a medical device."
EVENTS = {
    "QRS": "beat",
    "VEB": "ventricular ectopic beat",
    "SVEB": "supraventricular ectopic beat",
}
# of the MIT-BIH Noise Stress Test Database, and simulated
NOISES = {
    "em": "electrode motion",
    "ma": "muscle noise",
    "bw": "baseline wander",
    "motion": "simulated",
    "muscle": "simulated",
    "baseline": "simulated",
}
INTRODUCTION = (
    "Beats were detected and classified in the same recordings with more and more noise, and "
    "compared with the reference beat by beat, as ANSI/AAMI EC57 prescribes. All beats from 5:00 "
    "on count, also those of the stretches without noise in between."
)
CURVES = (
    "Gross: the beats of all records pooled. Solid lines are sensitivity (Se), dashed ones "
    "positive predictivity (+P); the grey lines are without noise. More noise is to the right."
)
TABLES = (
    "Gross pools the beats of all records; average is the mean over the records in which a "
    'statistic is defined. "-" is a share of no beats. SVEB +P* is counted as by the program '
    "sumstats, without fusion beats and shutdowns: Ss/(Ns+Ss+Vs+Os)."
)
FOLDED = "Open a row for its table by record, with gross and average."
METHOD = {
    "Schedule": "As of the program nst and the records of the MIT-BIH Noise Stress Test "
    "Database: five minutes without noise, then two minutes with noise and two without in turn. "
    "Recorded noise is in step with the recording. An offset cancels the steps where noise begins "
    "and ends.",
    "Signal": "The peak-to-peak amplitude P within 50 ms of each of the first 300 normal beats, "
    "of each lead: the mean without the largest and the smallest twentieth. The power is "
    "S = P\u00b2/8.",
    "Noise": "The root mean square of each of the first 300 seconds about its own mean: the mean "
    "without the largest and the smallest twentieth. The power N is its square. Of simulated "
    "noise, the mean square of the first 300 seconds.",
    "Signal-to-noise ratio": "10 log(S/(N a\u00b2)) in dB, of the stretches with noise, from "
    "which the gain a follows for each lead.",
    "Comparison": "Beats match if they are at most 150 ms apart. Se: share of the reference beats "
    "that were found, of VEB and SVEB with their class. +P: share of the found beats that are "
    "correct. FPR: share of other beats that were labelled V.",
    "Reference": "Kept from the detector and the model, with its marks of fibrillation and "
    "unreadable signal.",
}
LIMITS = (
    words.LIMITS[0],
    "The statistics hold for these recordings and these noises. Added noise is alike in all "
    "recordings, and does not change the heart: recordings of people in motion differ from it.",
    "About half of the test period is without noise, so statistics are better than in noise that "
    "lasts.",
)
CITATIONS = (
    words.CITATION,
    "Moody GB, Muldrow WK, Mark RG. A noise stress test for arrhythmia detectors. Computers in "
    "Cardiology 11:381-384 (1984).",
    "ANSI/AAMI EC57:2012. Testing and reporting performance results of cardiac rhythm and ST "
    "segment measurement algorithms.",
    "The databases of the recordings and of the noise, as their pages ask.",
)
