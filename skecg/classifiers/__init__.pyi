from ._lstm import LSTMClassifier
from ._networks import build_lstm, build_rnn
from ._rnn import RNNClassifier

__all__ = ["LSTMClassifier", "RNNClassifier", "build_lstm", "build_rnn"]
