#!/usr/bin/env bash
# Keras 3.15.1 documents PyDataset.on_epoch_end as "called at the end of every epoch". In a fit of two
# epochs the TensorFlow backend also calls it before the first epoch, and the JAX backend begins and ends
# a third epoch after the two. A dataset that draws the order of its rows there draws another number of
# orders on each backend, and more than it uses: a training that is resumed by counting them goes on
# with other rows. skecg keeps the state from which the next order is drawn
# (skecg/classifiers/_row_order.py).
#
# Usage: findings/keras_epoch_ends.sh
# Makes a temporary environment with pinned packages of PyPI. Exits 1 if the behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet keras==3.15.1 tensorflow==2.21.0 jax==0.10.2 numpy==2.4.6

cat >"$work/try.py" <<'PYTHON'
import keras
import numpy as np

calls = []


class Rows(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return np.zeros((4, 2)), np.zeros(4)

    def on_epoch_begin(self):
        calls.append("begin")

    def on_epoch_end(self):
        calls.append("end")


model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1)])
model.compile(loss="mse")
model.fit(Rows(), epochs=2, verbose=0)
print(f"{keras.backend.backend()}: {' '.join(calls)}")
PYTHON
echo "keras 3.15.1, two epochs"
seen=$(for backend in tensorflow jax; do
    KERAS_BACKEND=$backend TF_CPP_MIN_LOG_LEVEL=3 "$work/venv/bin/python" "$work/try.py" 2>/dev/null
done)
echo "$seen"
expected="tensorflow: end begin end begin end
jax: begin end begin end begin end"
if [ "$seen" = "$expected" ]; then
    echo "as described"
else
    echo "changed"
    exit 1
fi
