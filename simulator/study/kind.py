"""The kinds of results, apart from what writes them: whoever asks for a kind loads no more."""

from enum import StrEnum


class Kind(StrEnum):
    """What kind of results a folder holds; its manifest says so."""

    RUN = "run"
    COUNT = "count"
    ABLATION = "ablation"
    CALIBRATION = "calibration"
    SENSITIVITY = "sensitivity"
    SCALING = "scaling"
    COMPARISON = "comparison"
    CHOICE = "choice"
    FIDELITY = "fidelity"
