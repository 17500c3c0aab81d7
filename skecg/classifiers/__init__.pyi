from ._context_lstm import ContextLSTMClassifier
from ._context_network import build_context_lstm
from ._lstm import LSTMClassifier
from ._networks import build_lstm, build_rnn
from ._rnn import RNNClassifier

__all__ = [
    "ContextLSTMClassifier",
    "LSTMClassifier",
    "RNNClassifier",
    "build_context_lstm",
    "build_lstm",
    "build_rnn",
]
