"""
RNN against LSTM
================

Which network learns more from the same beats? A simple recurrent network (RNN)
reads a beat from its first sample to its last and easily forgets the first
ones. An LSTM has a memory cell against that, and a bidirectional one also
reads from the end. The point: **compare networks on the same subjects, in one
table**. Here the LSTM finds the beats whose distinctive wave is far from the R
peak, and the RNN misses most of them. The recordings are **simulated**.
"""

# %%
# The same beats for both
# -----------------------
#
# Twenty-four subjects are split into training, validation and test subjects. A
# supraventricular beat (S) differs from a normal one (N) in its P wave, 100 to
# 200 ms before the R peak.

import sklearn

import skecg

sklearn.set_config(enable_metadata_routing=True)
records = skecg.simulate_records(
    24,
    duration=90,
    supraventricular=0.06,
    ventricular=0.1,
    fusion=0.03,
    random_state=1,
)
beats = skecg.load_beats(records, window=(0.25, 0.25), fs=100)
train, val, test = skecg.train_test_subjects(
    beats, val_size=0.15, test_size=0.4, random_state=0
)

# %%
# Two networks, one pipeline
# --------------------------
#
# Both networks have one small layer and train for six epochs, so that this
# page is built in seconds. By default they have the three layers of the
# published system: 128 units each for the RNN; 128, 64 and 32 for the LSTM.

networks = {
    "RNN": skecg.RNNClassifier(
        (32,), epochs=6, learning_rate=4e-3, random_state=0
    ),
    "LSTM": skecg.LSTMClassifier(
        (16,), epochs=6, learning_rate=8e-3, random_state=0
    ),
}
models = {}
for name, network in networks.items():
    pipe = skecg.make_beat_pipeline(
        network, layout=beats.layout, transform_input=["X_val"]
    )
    models[name] = pipe.fit(
        train.data, train.target, X_val=(val.data,), y_val=val.target
    )

# %%
# Loss and accuracy
# -----------------
#
# Each model has a colour; training is solid, validation dashed. The loss of
# the LSTM decreases faster and further. Do not compare solid with dashed
# lines: training beats are resampled until half of them are normal, validation
# beats are not. For the same reason a validation accuracy of 0.9 is not high:
# about nine of ten beats are normal.

_ = skecg.HistoryDisplay.from_estimators(models)

# %%
# Confusion matrices
# ------------------
#
# On the test subjects the difference is clear. Look at the rows of the rare
# classes S and F:

import matplotlib.pyplot as plt

fig, axes = plt.subplots(1, 2, figsize=(8, 3.9), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    skecg.ConfusionMatrixDisplay.from_estimator(
        model, test.data, test.target, ax=ax, colorbar=False
    )
    ax.set_title(name)

# %%
# One table
# ---------
#
# :func:`~skecg.compare_models` tabulates loss and accuracy on the test
# subjects, the metrics of each class, epochs, training time and the number of
# weights. Its rows are models; here they become columns.

table = skecg.compare_models(
    models, test.data, test.target, groups=test.groups
)
table.T.map("{:.4g}".format)

# %%
# The LSTM has the lower test loss and finds most S beats, while the RNN finds
# almost none. (``nan`` is the +P of a class that was never predicted.) The
# accuracies differ little, since most beats are normal: look at the balanced
# accuracy and at each class.
#
# Errors of the LSTM
# ------------------
#
# Its errors, the most confident first, with the probability of the wrong
# label. Noise and a flat or unusual P wave explain many of them.

_ = skecg.BeatDisplay.from_estimator(
    models["LSTM"],
    test.data,
    test.target,
    layout=beats.layout,
    fs=beats.fs,
    n_beats=10,
    errors=True,
)

# %%
# What was learned
# ----------------
#
# - Trained in the same way, for six epochs, the LSTM has the lower test loss
#   and finds most S beats; the RNN does not. More epochs or other parameters
#   may help it.
# - Evaluate networks on subjects excluded from the training of both, and by
#   class.
# - One seed and one split are one draw. Before you publish a difference,
#   repeat it over splits (:class:`~skecg.StratifiedGroupShuffleSplit`) and on
#   real recordings.
#
# More: :doc:`/guide/pipeline`, :class:`~skecg.RNNClassifier` and
# :class:`~skecg.LSTMClassifier`.
