"""What commands draw of each model."""

PICTURES = (
    "confusion",
    "roc",
    "precision-recall",
    "calibration",
    "uncertainty",
    "subjects",
    "beats",
    "errors",
)
