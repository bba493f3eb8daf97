"""The errors that `core` raises on bad input.

Every message says what was got, what is allowed and what to do next; it can be shown to the user as it is.
"""


class LabError(Exception):
    """Base of every error whose message is meant for the user."""


class AudioError(LabError):
    """Audio that cannot be decoded or is unfit for a prediction."""


class CheckpointError(LabError):
    """A checkpoint that is missing, damaged, foreign or too new."""


class DatasetError(LabError):
    """GTZAN audio, ground truth or a split that cannot be used."""


class TempoRangeError(LabError):
    """A range of tempi that is none."""


class SettingsError(LabError):
    """A setting of the app that cannot be used."""


class TrainingError(LabError):
    """A training run that cannot be started or resumed."""


class BenchmarkError(LabError):
    """A measurement lacks something, or what it measures does not do what it should."""
