"""Annotate recordings: find their beats and classify them."""

import os
from collections.abc import Iterable, Sequence
from typing import Any, cast

from ..beats import BeatExtractor
from ..detection._detectors import DetectorLike
from ..holter._review import REVIEW_BELOW
from ..records import ECGRecord
from ..records.formats import locate
from ..utils import Classifier
from ._corrections import Corrections
from ._folder import Options, annotate_all, annotate_one, as_table
from ._model import resolve_model

__all__ = ["annotate"]

PathLike = str | os.PathLike[str]


def annotate(
    model: Classifier | PathLike,
    record: ECGRecord | PathLike | Iterable[ECGRecord | PathLike],
    *,
    extractor: BeatExtractor | None = None,
    detector: DetectorLike = "auto",
    out: PathLike | None = None,
    leads: Sequence[str] | None = None,
    review_below: float = REVIEW_BELOW,
    corrections: PathLike | Sequence[PathLike] | Corrections | None = None,
    adapt: bool = False,
    edf: bool = False,
    certainty: str | None = None,
    restart: bool = False,
    n_jobs: int | None = None,
    dask: Any = None,
) -> Any:
    """Find the beats of recordings and classify each.

    Beats that a recording already has are ignored: positions come from the detector, classes from
    the model.

    Parameters
    ----------
    model : estimator, str or path-like
        A fitted classifier, pipeline or search whose classes are beat symbols, such as N, S, V,
        F and Q; the name of a model that comes with skecg (``"lstm"`` or
        ``"lstm-2026-11"``); or a model file.
    record : ECGRecord, path-like or iterable of them
        One recording: an ECGRecord, or the path of one in any format that `read_record` reads.
        Many: a folder, or a list of recordings and folders, which need ``out``.
    extractor : BeatExtractor, default=None
        The extractor of the model's training rows, such as ``beats.extractor``. It must have the
        leads of the recording. Its ``classes`` do not matter. None is that of the model file.
    detector : str or callable, default="auto"
        As in `detect_beats`. Where a lead of the rows is flat, missing or noisy, beats come from
        another one.
    out : path-like, default=None
        Folder for the results of each recording, of its name: ``.html``, the page; ``.beats``,
        WFDB annotations with the annotator ``beats``; ``.csv``, a line per beat; ``.json``, the
        summary. The recording's own files are never changed. Of many recordings it
        has ``recordings.csv`` as well; if two have the same name, all are named by their path
        below the folder that they have in common. None writes nothing.
    leads : sequence of str, default=None
        Names of the leads that are used. None is all.
    review_below : float, default=0.8
        Beats whose largest probability is below are listed on the page for review.
    corrections : path-like, sequence of path-like or Corrections, default=None
        Reviewed beats, as for `read_corrections`, that are merged into the found ones.
    adapt : bool, default=False
        Whether the model, a network, is trained further on the reviewed beats of a recording, at
        least 50 (`partial_fit`, ten epochs), before it classifies the others of it.
    edf : bool, default=False
        Whether an EDF+ file with signal and beats is written to ``out``, too.
    certainty : {"num", "aux"} or None, default=None
        Where ``.beats`` has the probability of the predicted class of each beat: as a percentage
        in the number of the annotation (``num``), or in its text (``aux_note``), as ``p=0.87``.
        None is nowhere.
    restart : bool, default=False
        With many recordings, whether those are annotated again that are complete in ``out``.
    n_jobs : int, default=None
        Of many recordings, those annotated at the same time; as in joblib.
    dask : str or dask.distributed.Client, default=None
        A Dask cluster, or its address, on which many recordings are annotated.

    Returns
    -------
    AnnotatedRecord or DataFrame
        Of one recording: its beats with classes and probabilities, and the stretches in which
        leads cannot be used. Of many: the table over all, which is ``recordings.csv`` in ``out``,
        with a row for each; one that cannot be used has the reason and does not stop the others.
        Durations are in seconds (``unusable``: no lead can be used; ``longest_pause``: of 2.5 s or
        more; ``seconds``: of computing), ``mean_hr`` per minute, ``v_burden`` and ``s_burden``
        shares of the classified beats; ``uncertain`` are beats to review, ``reviewed``,
        ``deleted`` and ``unmatched`` corrections.

    Raises
    ------
    ValueError
        If the model's classes are not beat symbols, a lead is missing or flat from start to end,
        or no beat is found; if the results in ``out`` were edited and would be replaced, or
        ``out`` has recordings.
    BlockingIOError
        If another process writes to ``out``.
    FileNotFoundError
        If there is no such recording or model.
    TypeError
        If a parameter is of another type, or an estimator comes without extractor.

    Warns
    -----
    UserWarning
        Once per recording: if leads are flat, missing or noisy for some time; if no beat is found
        for 8 s or more in which a lead can be used.

    See Also
    --------
    detect_beats : Find the positions only.
    read_corrections : Read reviewed beats.
    write_annotations : Write the annotations next to the recording.
    skecg.holter_summary : Summarize the result as Holter reports do.

    Notes
    -----
    A lead that cannot be used in the window of a beat is missing from its row: with
    ``missing_leads="zeros"`` its columns are zero, and no other beat is compared with it. Without,
    or if no lead of the row can be used, the beat has the symbol Q and is counted in ``skipped``,
    as is one whose window reaches beyond the recording.

    With the detector "auto" a lead is also noisy where beats that are alike in another lead are
    not alike in it, as of mains hum or of an electrode that moves. A stretch that is far lower
    than the beats around it is a pause, not noise.

    Stretches of bad signal are marked in ``.beats`` as WFDB does it: a ``~`` where the quality
    changes, whose subtype has bits for noise in the first four leads (1, 2, 4, 8) and for leads
    that are flat or missing (16 to 128); -1 where no lead can be used, which `compare_annotations`
    excludes.

    A long recording in files is annotated in blocks of 2 hours (less for many leads at a high
    rate), of which one is in memory, but for text, Parquet and NumPy files, which are read whole.
    Positions, classes and probabilities are those of the whole recording with the detector
    "auto". Detectors that adapt to what came before, transformers that an extractor fits to a
    whole recording (``preprocessing``) and rates that are no simple fraction of that of the rows
    depend on the blocks; these are the same on every computer. Checksums of WFDB headers are
    compared only if the recording is read whole.

    Examples
    --------
    >>> from skecg import annotate, simulate_record
    >>> found = annotate("lstm", simulate_record(60, random_state=1))
    >>> found.beats.columns.tolist()
    ['sample', 'symbol', 'leads', 'p_beat', 'p_N', 'p_S', 'p_V', 'p_F']
    >>> found.beats["leads"].iloc[20]
    'MLII+V5'
    >>> set(found.record.symbol.tolist()) <= {"N", "S", "V", "F", "Q"}
    True
    """
    resolved = resolve_model(model, extractor)
    options = Options(
        detector=detector,
        leads=leads,
        review_below=review_below,
        corrections=corrections,
        adapt=adapt,
        edf=edf,
        certainty=certainty,
        restart=restart,
        n_jobs=n_jobs,
        dask=dask,
    )
    if _is_one(record):
        return annotate_one(resolved, cast("ECGRecord | PathLike", record), out, options)
    if out is None:
        raise ValueError(
            "annotate needs a folder for the results of many recordings: pass out='results'. The "
            "path of one recording, or an ECGRecord, returns its beats without writing files."
        )
    records = cast("Iterable[ECGRecord | PathLike]", record)
    return as_table([one.row for one in annotate_all(resolved, records, out, options)])


def _is_one(record: object) -> bool:
    """Tell whether one recording is given, or raise."""
    if isinstance(record, ECGRecord):
        return True
    if isinstance(record, str | os.PathLike):
        return locate(record).format is not None or not os.path.isdir(record)
    if isinstance(record, Iterable) and not hasattr(record, "dtype"):
        return False
    raise TypeError(
        "The 'record' parameter of annotate must be an ECGRecord, the path of a recording or of a "
        f"folder, or a list of these. Got {type(record).__name__} instead. ECGRecord(signal, fs) "
        "makes a record of an array."
    )
