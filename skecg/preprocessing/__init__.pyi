from ._align import align_peaks
from ._normalize import BeatNormalizer, normalize_signals
from ._resample import resample_signal
from ._wavelet import WaveletDenoiser, wavelet_denoise

__all__ = [
    "BeatNormalizer",
    "WaveletDenoiser",
    "align_peaks",
    "normalize_signals",
    "resample_signal",
    "wavelet_denoise",
]
