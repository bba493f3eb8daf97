"""The command line that evaluates again what was evaluated."""

import shlex
from collections.abc import Sequence
from typing import Any

from core.evaluation.predictions import Predicted


def evaluate_command(predicted: Predicted[Any], against: Sequence[str] = ()) -> str:
    """The words after a shell's prompt, with DIR for the folder of the audio.

    Args:
        predicted: what was scored.
        against: our own saved systems that it was compared with.
    """
    words = ["python", "-m", "core", "evaluate", predicted.headers[0].kind, "--checkpoint"]
    if predicted.is_out_of_fold:
        words += [predicted.system.removesuffix("-oof"), "--out-of-fold"]
    else:
        split = predicted.splits[0]
        words += [predicted.system, "--split", split.name]
        words += [] if split.seed is None else ["--split-seed", str(split.seed)]
        words += [] if split.fold is None else ["--fold", str(split.fold)]
        words += ["--subset", predicted.subset]
    words += [] if predicted.windows == "own" else ["--windows", predicted.windows]
    words += ["--against", *against] if against else []
    return shlex.join(words) + " --gtzan DIR"
