"""A model and what it says of beats: predicted once, then read by every report and picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from ..metrics import BeatReport


@dataclass
class Judged:
    """A fitted model, its predictions of some beats, and their report."""

    name: str
    model: Any
    table: "pd.DataFrame"
    report: "BeatReport"

    @property
    def stem(self) -> str:
        """Beginning of the names of its files."""
        return self.name.lower()

    @property
    def has_probabilities(self) -> bool:
        """Whether the model gives more than labels."""
        return hasattr(self.model, "predict_proba")

    # What `compare_models` and the displays ask of a model, without predicting again.

    @property
    def steps(self) -> list:
        """Steps of the pipeline."""
        return self.model.steps

    @property
    def classes_(self) -> Any:
        """Classes of the model."""
        return self.model.classes_

    def predict(self, X: Any) -> Any:
        """Return the labels of the beats."""
        return self.table["prediction"].to_numpy()

    def predict_proba(self, X: Any) -> Any:
        """Return the probabilities of the beats."""
        from ..tables import PROBABILITY_PREFIX

        return self.table[[f"{PROBABILITY_PREFIX}{c}" for c in self.classes_]].to_numpy()


def judge(name: str, model: Any, beats: Any, convention: str = "one_vs_rest") -> Judged:
    """Predict beats with a fitted model, in one pass over them."""
    import pandas as pd

    from .. import BeatReport, prediction_table

    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(beats.data)
        predicted = model.classes_[proba.argmax(axis=1)]
        proba = pd.DataFrame(proba, columns=list(model.classes_))
    else:
        predicted, proba = model.predict(beats.data), None
    table = prediction_table(beats, predicted, proba)
    return Judged(name, model, table, BeatReport.from_table(table, convention=convention))
