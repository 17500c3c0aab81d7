"""
Benefit and cost of denoising
=============================

Does a filter bring beats closer to the noise-free signal? That can be measured
if it is known: take a clean **simulated** recording, add noise of a known
strength, filter, and compare the beats with the clean ones. The point: **a
filter helps against the noise it was made for, and damages clean beats**.
"""

# %%
# Known noise
# -----------
#
# :func:`~skecg.add_noise` adds noise at a chosen signal-to-noise ratio (SNR),
# measured as in the MIT-BIH Noise Stress Test Database. At 24 dB the noise is
# hardly visible; at 0 dB the beats are hardly visible. Pass
# ``skecg.read_record("nstdb/ma", annotator=None)`` instead of ``"muscle"`` to
# add real noise of that database.

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

import skecg

sns.set_palette("colorblind")
clean = skecg.simulate_record(
    120,
    ventricular=0.1,
    wander=0,
    motion=0,
    muscle=0,
    mains=0,
    random_state=3,
)
kinds = ("muscle", "baseline", "motion")
part = slice(10750, 12000)  # five seconds
time = np.arange(clean.n_samples)[part] / clean.fs

fig, axes = plt.subplots(
    4, 1, figsize=(8, 5), sharex=True, sharey=True, layout="constrained"
)
axes[0].plot(time, clean.signal[part, 0], color="0.15", lw=1)
axes[0].set_title("clean", loc="left", fontsize="medium")
for ax, kind in zip(axes[1:], kinds, strict=True):
    noisy = skecg.add_noise(clean, kind, 6, random_state=0)
    ax.plot(time, clean.signal[part, 0], color="0.8", lw=3)
    ax.plot(time, noisy.signal[part, 0], color="C3", lw=0.8)
    ax.set_title(f"{kind}, 6 dB", loc="left", fontsize="medium")
fig.supylabel("Amplitude (mV)", fontsize="medium")
_ = axes[-1].set_xlabel("Time (s)")

# %%
# Red is the noisy signal, grey the clean one. Muscle noise is fast, baseline
# wander is slow, and moving electrodes cause waves that look like beats.
#
# Three filters
# -------------
#
# - ``default``: :class:`~skecg.WaveletDenoiser` with its defaults. It
#   estimates the noise in the beat itself and shrinks the wavelet coefficients
#   accordingly.
# - ``notebook``: the filter of the notebook that skecg replaces. It shrinks
#   every coefficient by 0.5 mV, whatever the strength of the noise.
# - ``highpass=0.5``: a high-pass filter against wander. Wander is slower than
#   a beat, so it must be removed from the whole lead, before beats are cut
#   (``preprocessing=`` of the extractor).

universal = skecg.WaveletDenoiser()
notebook = skecg.WaveletDenoiser(threshold=0.5, threshold_approximation=True)
high_pass = skecg.WaveletDenoiser(threshold=None, highpass=0.5)


def beats_of(record, preprocessing=None):
    """Return the beats of the record, +-100 ms around R."""
    extractor = skecg.BeatExtractor(
        align=False, fs=250, preprocessing=preprocessing
    )
    return extractor.extract(record)


reference = beats_of(clean)
filters = {
    "default": lambda r: universal.fit_transform(beats_of(r).data),
    "notebook": lambda r: notebook.fit_transform(beats_of(r).data),
    "highpass=0.5": lambda r: beats_of(r, high_pass).data,
}

# %%
# The normal and the ventricular beat with most muscle noise at 12 dB, without
# a filter and after two of them:

noisy = skecg.add_noise(clean, "muscle", 12, random_state=0)
versions = {"noisy": beats_of(noisy).data} | {
    name: filters[name](noisy) for name in ("default", "notebook")
}
harm = (versions["noisy"] - reference.data).var(axis=1)
time = 1000 * (np.arange(reference.data.shape[1]) - 25) / reference.fs
fig, axes = plt.subplots(
    2, 3, figsize=(7.5, 4.4), sharex=True, sharey=True, layout="constrained"
)
for row, label in zip(axes, "NV", strict=True):
    beat = np.where(reference.target == label, harm, 0).argmax()
    for ax, (name, version) in zip(row, versions.items(), strict=True):
        ax.plot(time, reference.data[beat], color="0.75", lw=4, label="clean")
        ax.plot(time, version[beat], color="C3" if name == "noisy" else "C0")
        ax.set_title(f"{label}, {name}", fontsize="medium")
axes[0, 0].legend(frameon=False)
fig.supylabel("Amplitude (mV)", fontsize="medium")
_ = axes[1, 1].set_xlabel("Time from R peak (ms)")

# %%
# Both filters smooth the noise. The notebook's also attenuates the beat
# itself.
#
# All beats, all strengths
# ------------------------
#
# The gain of a filter is the SNR of the beats after it minus the SNR before
# it; a constant offset of a beat is ignored. Above zero the filter helps. In
# the grey area below zero it does more harm than good.


def snr(X):
    """Return the SNR of beats, compared with the clean ones, in dB."""
    power = reference.data.var(axis=1).sum()
    noise = (X - reference.data).var(axis=1).sum()
    return float(10 * np.log10(power / noise))


levels = [0, 6, 12, 18, 24]
gain = {}
for kind in kinds:
    for level in levels:
        noisy = skecg.add_noise(clean, kind, level, random_state=0)
        before = snr(beats_of(noisy).data)
        gain[kind, level] = {
            name: snr(filtered(noisy)) - before
            for name, filtered in filters.items()
        }
gain = pd.DataFrame(gain).T.rename_axis(["noise", "SNR (dB)"])

fig, axes = plt.subplots(
    1, 3, figsize=(7.5, 3.6), sharex=True, sharey=True, layout="constrained"
)
for ax, kind in zip(axes, kinds, strict=True):
    for name, marker in zip(filters, "os^", strict=True):
        ax.plot(levels, gain.loc[kind, name], marker=marker, label=name)
    ax.axhline(0, color="0.2", lw=1)
    ax.axhspan(-50, 0, color="0.93", zorder=0)
    ax.set(title=kind, xlabel="SNR (dB)", xticks=levels)
axes[0].set(ylabel="Gain (dB)", ylim=(-40, 12))
_ = fig.legend(
    *axes[0].get_legend_handles_labels(),
    loc="outside lower center",
    ncols=3,
    frameon=False,
)

# %%
# Each filter helps against one kind of noise: the default against muscle
# noise, the high-pass filter against strong wander. The notebook's filter
# helps against strong muscle noise. If noise is weak or slow it removes more
# of the beat than of the noise. The same in numbers:

gain.round(1)

# %%
# What was learned
# ----------------
#
# - A threshold that is estimated from each beat helps against muscle noise and
#   costs little without it. Wander and motion pass through it.
# - Remove wander from whole leads. Weak wander may remain: in a window of
#   200 ms it is nearly a constant, which normalization removes anyway.
# - No filter here helps much against moving electrodes, whose waves look like
#   the slow parts of a beat. Train with such noise (``augmenter``,
#   :func:`~skecg.add_noise`), or exclude such segments.
# - A fixed threshold of 0.5 mV damages clean beats. Do not use it by default.
#
# More: :doc:`/guide/pipeline` and :class:`~skecg.WaveletDenoiser`.
