"""Time of leak_report as rows grow, by hand: python benchmarks/bench_leak.py

Random beats of the size of the European ST-T Database: 90 records, two leads of 25 samples each,
70 % to train with. "none": nothing is shared. "half": the first half of each record trains. "all":
the test beats are the training beats, which is the most that can be found.
"""

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

from skecg import BeatExtractor, leak_report, take_beats

N_RECORDS = 90


def make_beats(n_beats: int, n_features: int = 50) -> Bunch:
    """Make random beats of 90 records, about 0.8 s apart."""
    rng = np.random.default_rng(0)
    record = np.sort(np.arange(n_beats) % N_RECORDS)
    step = np.bincount(record, minlength=N_RECORDS)
    peak = np.concatenate([np.cumsum(rng.integers(150, 250, n)) for n in step])
    names = np.array([f"r{i:03d}" for i in range(N_RECORDS)])[record]
    meta = pd.DataFrame(
        {
            "record": names,
            "subject": names,
            "sample": peak,
            "peak": peak,
            "symbol": "N",
            "leads": "V5",
            "fs": 250.0,
        }
    )
    extractor = BeatExtractor(fs=250.0)
    return Bunch(
        data=rng.standard_normal((n_beats, n_features), dtype=np.float32),
        target=np.full(n_beats, "N"),
        groups=names,
        meta=meta,
        extractor=extractor,
        layout=extractor._layout(),
        fs=250.0,
        skipped=pd.DataFrame({"record": [], "reason": [], "count": []}),
        DESCR="",
    )


def main() -> None:
    """Print a line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beats", type=int, nargs="+", default=[200_000, 400_000, 800_000])
    options = parser.parse_args()
    print(f"{'beats':>9}  {'none':>7}  {'half':>7}  {'all':>7}  seconds")
    for n_beats in options.beats:
        beats = make_beats(n_beats)
        record = pd.factorize(beats.meta["record"])[0]
        late = np.arange(n_beats) - np.searchsorted(record, record) >= n_beats / N_RECORDS / 2
        to_train = record < 0.7 * N_RECORDS
        times = []
        for train, test in (
            (take_beats(beats, to_train), take_beats(beats, ~to_train)),
            (take_beats(beats, ~late), take_beats(beats, late)),
            (beats, beats),
        ):
            start = time.perf_counter()
            report = leak_report(train, test)
            times.append(time.perf_counter() - start)
            assert len(report.duplicate_rows) in (0, n_beats)
        print(f"{n_beats:9,}  " + "  ".join(f"{t:7.2f}" for t in times), flush=True)


if __name__ == "__main__":
    main()
