"""The state of a training, kept in a file after each epoch, so that a later fit goes on."""

import io
import json
import math
import os
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..utils import replacing, warn
from ._fingerprint import fingerprint
from ._history import History
from ._training import TrainingData

if TYPE_CHECKING:
    import keras

    from ._network_settings import NetworkSettings
    from ._row_order import RowOrder

__all__ = ["Checkpoint", "EarlyStop", "TrainingState", "add_checkpoints"]

_STATE = "state.json"
_GROUPS = ("variables", "optimizer", "best")  # of arrays


@dataclass(frozen=True)
class EarlyStop:
    """State of ``keras.callbacks.EarlyStopping``, besides the weights of the best epoch."""

    wait: int = 0
    best: float | None = None
    best_epoch: int = 0
    stopped_epoch: int = 0


@dataclass(frozen=True)
class TrainingState:
    """State of a training after a whole epoch.

    Attributes
    ----------
    n_epochs : int
        Number of epochs done.
    variables, optimizer, best : list of ndarray
        Variables of the network (weights and seeds of dropout) and of the optimizer; weights of
        the best epoch, if early stopping keeps them.
    order : dict or None
        State of the generator that draws the order of the rows in the next epoch.
    history : dict of str to list of float
        Values of each epoch as Keras returned them.
    stops : bool
        Whether early stopping has ended the training.
    finished : bool
        Whether the training is complete, and the best weights restored.
    early : EarlyStop
        State of early stopping.
    seconds : float
        Duration so far.
    """

    n_epochs: int
    variables: list[NDArray[Any]]
    optimizer: list[NDArray[Any]]
    best: list[NDArray[Any]] = field(default_factory=list)
    order: dict[str, Any] | None = None
    history: History = field(default_factory=dict)
    stops: bool = False
    finished: bool = False
    early: EarlyStop = field(default_factory=EarlyStop)
    seconds: float = 0.0

    @classmethod
    def of_model(cls, model: "keras.Model", n_epochs: int, **more: Any) -> "TrainingState":
        """Copy the variables of a network and of its optimizer."""
        variables, optimizer = (
            [np.asarray(v).copy() for v in of]
            for of in (model.variables, model.optimizer.variables)
        )
        return cls(n_epochs, variables, optimizer, **more)

    def put_into(self, model: "keras.Model") -> None:
        """Set the variables of a network and of its optimizer."""
        for variable, value in _pairs(self, model):
            variable.assign(value)

    def fits(self, model: "keras.Model") -> bool:
        """Tell whether all arrays have the shapes of a network's variables."""
        try:
            pairs = list(_pairs(self, model))
        except ValueError:  # more or fewer arrays
            return False
        best = [tuple(w.shape) for w in model.weights]
        return all(tuple(v.shape) == a.shape for v, a in pairs) and (
            not self.best or best == [a.shape for a in self.best]
        )


def _pairs(state: TrainingState, model: "keras.Model") -> Iterator[tuple[Any, NDArray[Any]]]:
    """Yield each variable with its stored value."""
    yield from zip(model.variables, state.variables, strict=True)
    yield from zip(model.optimizer.variables, state.optimizer, strict=True)


class Checkpoint:
    """The file of one training.

    Its name is the SHA-256 of all that the result depends on, so another training never takes
    it: class, parameters, seed, rows, labels, weights, validation rows, the variables before
    training where it goes on from an earlier one, and versions.

    Parameters
    ----------
    path : Path
        The file.
    owner : str
        Name of the estimator, for warnings.
    """

    def __init__(self, path: Path, owner: str):
        self.path = path
        self._owner = owner
        self._start = time.perf_counter()
        self._before = 0.0  # seconds of the fits that this one goes on from

    @classmethod
    def of(
        cls,
        estimator: "NetworkSettings",
        folder: str | os.PathLike[str],
        data: TrainingData,
        seed: int,
        model: "keras.Model | None" = None,
    ) -> "Checkpoint":
        """Return the checkpoint of a fit; `model` is the network that it goes on from."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        start: Sequence[NDArray[Any]] = ()
        if model is not None:
            state = TrainingState.of_model(model, 0)
            start = [*state.variables, *state.optimizer]
        name = fingerprint(estimator, data, seed, start)
        return cls(folder / f"{name}.npz", type(estimator).__name__)

    @property
    def seconds(self) -> float:
        """Duration of the training so far, the fits before this one included."""
        return self._before + time.perf_counter() - self._start

    def read(self, model: "keras.Model") -> TrainingState | None:
        """Return the state in the file, or None if there is none that fits the network.

        Warns
        -----
        UserWarning
            If the file is damaged, or is not the one of this training.
        """
        if not self.path.exists():
            return None
        state = reason = None
        try:
            state = _read(self.path)
        # whatever a damaged file makes the readers of zip, JSON and NumPy raise
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if state is None or not state.fits(model):
            reason = reason or "its arrays do not fit the network"
            warn(
                f"{self._owner} begins its training anew: the checkpoint '{self.path}' cannot be "
                f"used ({reason}). It will be replaced."
            )
            return None
        self._before = state.seconds
        if state.finished:
            self._start = time.perf_counter()
        return state

    def finish(
        self, model: "keras.Model", before: TrainingState | None, history: History
    ) -> History:
        """Write the trained network, and return the history of all its epochs."""
        whole = {} if before is None else {k: [*v] for k, v in before.history.items()}
        for name, values in history.items():
            whole.setdefault(name, []).extend(map(float, values))
        n_epochs = max(map(len, whole.values()), default=0)
        self.write(TrainingState.of_model(model, n_epochs, history=whole, finished=True))
        return whole

    def write(self, state: TrainingState) -> None:
        """Replace the file by a new state; training goes on if that is not possible.

        Warns
        -----
        UserWarning
            If the file cannot be written, as on a full disk.
        """
        try:
            with replacing(self.path) as beside:
                _write(beside, replace(state, seconds=self.seconds), self.path.stem)
        except OSError as error:
            warn(
                f"{self._owner} cannot write the checkpoint '{self.path}' "
                f"({error.strerror or error}). Training goes on; if it is interrupted, it will "
                "begin again after the last epoch that was written."
            )


def add_checkpoints(
    callbacks: "list[keras.callbacks.Callback]",
    checkpoint: Checkpoint,
    order: "RowOrder",
    before: TrainingState | None,
) -> None:
    """Add the callback that writes the checkpoint, after that of early stopping."""
    from ._checkpoint_callback import CheckpointEachEpoch

    early = [c for c in callbacks if type(c).__name__ == "EarlyStopping"]
    callbacks.append(CheckpointEachEpoch(checkpoint, order, before, early[0] if early else None))


def _write(path: Path, state: TrainingState, key: str) -> None:
    """Write a state as a zip of one JSON file and one .npy file per array, not compressed."""
    facts = {name: value for name, value in vars(state).items() if name not in _GROUPS}
    text = json.dumps(facts | {"key": key, "early": vars(state.early)})
    with open(path, "wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr(_STATE, text)
            for group in _GROUPS:
                for i, array in enumerate(getattr(state, group)):
                    with archive.open(f"{group}-{i}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, array, allow_pickle=False)
        # on the disk before it replaces the last one, which a power failure must not lose
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> TrainingState:
    """Read a state, or raise; zip keeps a checksum of each member."""
    with zipfile.ZipFile(path) as archive:
        size = path.stat().st_size
        members = archive.infolist()
        if any(m.compress_type or m.file_size > size for m in members):
            raise ValueError("its members are not those of a checkpoint")
        facts = json.loads(archive.read(_STATE))
        if facts.pop("key") != path.stem:
            raise ValueError("it belongs to another training")
        arrays: dict[str, list[NDArray[Any]]] = {group: [] for group in _GROUPS}
        for member in members:
            group, _, _ = member.filename.partition("-")
            if group in arrays:
                arrays[group].append(_array(archive.read(member)))
    state = TrainingState(**facts | arrays | {"early": EarlyStop(**facts["early"])})
    lengths = {len(values) for values in state.history.values()}
    if not isinstance(state.n_epochs, int) or max(lengths, default=0) > state.n_epochs:
        raise ValueError("its history is not that of its epochs")
    return state


def _array(content: bytes) -> NDArray[Any]:
    """Return the array in a .npy file, whose size is checked before memory is taken."""
    stream = io.BytesIO(content)
    np.lib.format.read_magic(stream)
    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - stream.tell():
        raise ValueError("an array has not the size in its header")
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)
