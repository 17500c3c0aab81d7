import json
from pathlib import Path
import numpy as np, pandas as pd
from ..annotated import AnnotatedRecord
from ..records import read_record, write_annotations
from ..records.formats import FORMATS
from ..records._annotations import AnnotationStream


def annotate_record(model, record, extractor, detector, *, leads=None, about=None):
    from ._annotate import annotate

    rec = (
        read_record(record, annotator=None, leads=leads)
        if not hasattr(record, "signal")
        else record
    )
    out = annotate(
        model, rec, extractor=extractor, detector="sleepecg" if detector == "auto" else detector
    )
    b = pd.DataFrame(
        {
            "sample": out.record.sample,
            "symbol": out.record.symbol.astype(object),
            "leads": rec.lead_names[0],
            "p_beat": np.float32(np.nan),
        }
    )
    if out.proba is not None:
        b = pd.concat([b, out.proba.add_prefix("p_").astype(np.float32)], axis=1)
    q = pd.DataFrame({"start": [], "stop": [], "lead": [], "state": []})

    def reader(start, stop):
        return (
            rec
            if (start, stop) == (0.0, None)
            else read_record(record, annotator=None, leads=leads, start=start, stop=stop)
        )

    return AnnotatedRecord(
        rec.name,
        rec.subject,
        rec.fs,
        rec.n_samples,
        rec.lead_names,
        None,
        rec.comments,
        b,
        q,
        out.skipped,
        reader,
    )


def write_annotated(found, folder, name, *, review_below=0.8, performance=None):
    folder = Path(folder)
    wfdb = FORMATS[0]
    s = found.beats["sample"].to_numpy()
    wfdb.write_annotations(
        folder / name,
        AnnotationStream(s, found.beats["symbol"].to_numpy().astype("<U1"), fs=found.fs),
        "beats",
    )
    t = found.beats.assign(time=(s / found.fs).round(4))
    t.to_csv(folder / f"{name}.csv", index=False)
    rr = np.diff(s) / found.fs
    c = found.beats["symbol"].value_counts().to_dict()
    n = len(s) - c.get("Q", 0)
    d = {
        "record": found.name,
        "duration": found.duration,
        "analysable": found.analysable,
        "beats": len(s),
        "counts": dict.fromkeys("NSVFQ", 0) | c,
        "v": {"burden": c.get("V", 0) / n if n else None},
        "s": {"burden": c.get("S", 0) / n if n else None},
        "heart_rate": {"mean": 60 / rr.mean() if len(rr) else None},
        "pauses": [{"value": float(v)} for v in rr[rr >= 2.5]],
        "uncertain": 0,
    }
    (folder / f"{name}.json").write_text(json.dumps(d))
    (folder / f"{name}.html").write_text("<p>page")
