"""Words of the HTML report, for readers who have not seen such figures before."""

MEANINGS = {
    "N": "normal",
    "S": "supraventricular ectopic",
    "V": "ventricular ectopic",
    "F": "fusion",
    "Q": "paced or unclassifiable",
}
DEFINITIONS = {
    "Reference": "What the annotators of the recording called a beat. Figures hold predictions "
    "against it; where annotators err or disagree, so do the figures.",
    "Se, sensitivity": "Of the beats of a class, the share that was found.",
    "+P, positive predictive value": "Of the beats that were called so, the share that was "
    "right. A rare class suffers from few mistakes among many normal beats.",
    "Sp, specificity": "Of the beats of other classes, the share that was not called so. It is "
    "high for every rare class, and says little of it.",
    "F1": "The harmonic mean of Se and +P.",
    "TP, FP, FN, TN": "Beats of the class that were found; beats of others that were called so; "
    "beats of the class that were called something else; all others.",
}
INTERVALS = (
    "Where the figure may lie for other people of the same kind: people, not beats, were drawn "
    "again and again, with all their beats. It shows the luck of who was tested; it knows nothing "
    "of another training, another database or another annotator. Few people make it too narrow."
)
CONVENTIONS = {
    "one_vs_rest": "One class against the rest: every beat of another class that was called so "
    "is a false alarm. All beats are pooled, so people with many beats count for more.",
    "ec57": "A rule of ANSI/AAMI EC57: a fusion beat or an unclassifiable one that was called V, "
    "and an unclassifiable one that was called S, count neither for nor against +P, Sp and F1 of "
    "V and S. All beats are pooled. Beats are at known positions: it is no test by the standard.",
}
CONVENTION_NAMES = {
    "one_vs_rest": "one class against the rest",
    "ec57": "false alarms by a rule of EC57",
}
LIMITS = (
    "skecg is research software and no medical device. Nothing on this page is a diagnosis, and "
    "no one may be treated, or left untreated, because of it.",
    "The figures hold for the people, leads, recorders and annotators that they were measured "
    "on. Rare classes rest on few people: read the columns of beats and subjects first.",
    "A model can only say the classes that it was trained on. It judges single beats, not "
    "rhythms and not ST segments.",
)
SIMULATED = (
    "Recordings of this page are simulated by a waveform model. They show how programs work; "
    "whoever does well on them has shown nothing about real beats."
)
# in the summary: what it is, and what follows
NO_PATIENTS = ("Simulated recordings: the figures say nothing about patients.", "")
TRAINING_NOTES = {
    "seen": (
        "Training and test share people, recordings or rows.",
        "These are not the figures of unseen people.",
    ),
    "unknown": (
        "It is not known on whom the model was trained.",
        "If some of these people were among them, the figures are better than those of others.",
    ),
}
UNSEEN = "As far as names tell, the model was tested on people who were not in its training."
NO_SUBJECTS = (
    "No intervals.",
    "This page was not told whose beats these are: how sure the figures are, nobody knows.",
)
ONE_SUBJECT = (
    "One person.",
    "Nothing here says how the model does on others, and there are no intervals.",
)
NOT_COMPARED = (
    "This page was not told on whom the model was trained. If any of these subjects were among "
    "them, the figures are better than those of unseen people."
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
