"""Models that come with skecg."""

from pathlib import Path
from typing import Any

from ._load import load

__all__ = ["load_pretrained", "model_card", "pretrained_names", "pretrained_path"]

_FOLDER = Path(__file__).parents[1] / "pretrained"


def load_pretrained(name: str = "lstm", *, return_info: bool = False) -> Any:
    """Load a trained model that comes with skecg.

    Use it to classify the beats of a recording without any training, or as a baseline. Its card
    lists the training recordings, the performance on unseen subjects and the known failures:
    :doc:`/guide/pretrained`, or ``skecg info lstm`` in a shell.

    Parameters
    ----------
    name : str, default="lstm"
        Name of the model: ``"lstm"``, or ``"lstm-2026-11"``, which had this name in November 2026
        and is kept for comparisons. Both are a `ContextLSTMClassifier` for one or two leads, with
        the classes N, S, V and F.
    return_info : bool, default=False
        Whether to return information on the training beats as well.

    Returns
    -------
    model : Pipeline
        Fitted, with the classifier as its last step.
    info : ModelInfo
        Information on the training beats; ``info.extractor`` makes the rows that the model takes.
        Only if ``return_info`` is True.

    Raises
    ------
    ValueError
        If there is no model of this name. The error lists the names.

    See Also
    --------
    load : Load a model file of your own.
    annotate : Detect the beats of a recording and classify them.

    Notes
    -----
    The file is part of the package and checked as any other that `load` reads. It is not a
    medical device.

    Examples
    --------
    >>> import skecg
    >>> model, info = skecg.load_pretrained("lstm", return_info=True)
    >>> record = skecg.simulate_record(60, random_state=0)
    >>> found = skecg.annotate(model, record, extractor=info.extractor)
    >>> set(found.record.symbol.tolist()) <= {"N", "S", "V", "F", "Q"}
    True
    """
    return load(pretrained_path(name), return_info=return_info)


def pretrained_names() -> list[str]:
    """Return the names of the models that come with skecg."""
    return sorted(path.stem for path in _FOLDER.glob("*.skecg"))


def pretrained_path(name: str) -> Path:
    """Return the file of a model that comes with skecg."""
    if not isinstance(name, str) or name not in pretrained_names():
        raise ValueError(
            f"The 'name' parameter of load_pretrained must be one of {pretrained_names()}. Got "
            f"{name!r} instead. Read a file of your own with skecg.load."
        )
    return _FOLDER / f"{name}.skecg"


def model_card(name: str) -> str:
    """Return the card of a model that comes with skecg, as Markdown."""
    return pretrained_path(name).with_suffix(".md").read_text(encoding="utf-8")
