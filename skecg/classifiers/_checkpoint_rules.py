"""Parameters of a network that go with checkpoints."""

from typing import TYPE_CHECKING

from ..utils import warn

if TYPE_CHECKING:
    from ._network_settings import NetworkSettings

__all__ = ["check_checkpoint"]

# callbacks of Keras that only watch; others change training by a state that is not stored
_WATCHERS = (
    *("CSVLogger", "LambdaCallback", "ProgbarLogger", "RemoteMonitor", "TensorBoard"),
    "TerminateOnNaN",
)


def check_checkpoint(estimator: "NetworkSettings") -> None:
    """Raise unless a fit can be recognized in another run and go on there."""
    owner = type(estimator).__name__
    if estimator.random_state is None:
        raise ValueError(
            f"The 'checkpoint' parameter of {owner} needs a random_state: a fit of other random "
            "choices is another one, and cannot go on from the checkpoint. Pass random_state=0, "
            "for example."
        )
    if "steps_per_epoch" in (estimator.fit_kwargs or {}):
        raise ValueError(
            f"The 'checkpoint' parameter of {owner} does not go with 'steps_per_epoch' in "
            "fit_kwargs: an epoch would begin in the middle of the rows. Remove one of them."
        )
    for callback in estimator.callbacks or ():
        kind = callback if isinstance(callback, type) else type(callback)
        if kind.__module__.partition(".")[0] != "keras":
            warn(
                f"{owner} does not keep the state of the callback {kind.__name__} in its "
                "checkpoints: after an interruption it begins with the next epoch as if new, and "
                "a fit that is read from a checkpoint does not run it. Weights are the same as "
                "without interruption only if it does not change training."
            )
        elif kind.__name__ not in _WATCHERS:
            raise ValueError(
                f"The 'checkpoint' parameter of {owner} does not go with the callback "
                f"{kind.__name__}, whose state is not stored: after an interruption, training "
                "would go on in another way. Use early_stopping=True, or a schedule of "
                "keras.optimizers.schedules as learning_rate, or checkpoint=None."
            )
