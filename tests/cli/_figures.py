"""Figures that commands draw of each model."""

FIGURES = (
    "confusion",
    "roc",
    "precision-recall",
    "calibration",
    "uncertainty",
    "subjects",
    "beats",
    "errors",
)
