"""Time of one beat, and of many, through the whole pipeline of each network.

Run by hand: ``python benchmarks/bench_predict.py``. Ratios within one run hold; times are
those of this machine and of what else it does.
"""

import time

import numpy as np

import skecg


def main():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4096, 50)).astype(np.float32)
    y = np.tile(["N", "V"], 2048)
    for cls in (skecg.RNNClassifier, skecg.LSTMClassifier):
        pipe = skecg.make_beat_pipeline(cls(epochs=1, batch_size=256, random_state=0))
        pipe.fit(X[:512], y[:512])
        pipe.predict(X)  # the widest batch is tried, and what is traced is traced
        one = [_seconds(pipe, X[i : i + 1]) for i in range(200)]
        many = min(_seconds(pipe, X) for _ in range(3))
        whole = pipe.predict_proba(X[:300])
        same = all(
            np.array_equal(pipe.predict_proba(X[i:j]), whole[i:j])
            for i, j in [(0, 1), (7, 40), (100, 299)]
        )
        print(
            f"{cls.__name__}: one beat {1e3 * np.median(one):.1f} ms (95 %: "
            f"{1e3 * np.percentile(one, 95):.1f} ms), {len(X) / many:,.0f} beats/s; "
            f"slices bit-equal: {same}"
        )


def _seconds(pipe, X):
    start = time.perf_counter()
    pipe.predict_proba(X)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
