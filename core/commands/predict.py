"""`python -m core predict`: genre and tempo of files."""

import argparse
import json
import sys
from pathlib import Path

from core.audio.load import load_audio
from core.commands.options import Subparsers, add_checkpoint_folder
from core.errors import AudioError
from core.inference.load import DEFAULT_CNN, DEFAULT_FUSION, DEFAULT_GENRE, DEFAULT_TEMPO
from core.inference.predict import Predictor
from core.inference.record import as_record
from core.models.other_music import LEARNED_FROM_OTHER_MUSIC, other_music
from core.results.words import NO_CLEAR_TEMPO
from core.rhythm.metrical_level import PREDICTED, TempoRange, level_within, parse_range
from core.system.output import on_a_terminal
from core.system.threads import leave_a_core
from core.types import Prediction, TempoPart, TempoReading


def add_predict(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "predict",
        help="predict genre and tempo of audio files",
        description="Predicts genre and tempo of audio files, one line each. A file that cannot be used gets a line on "
        "stderr, the ones after it are predicted all the same, and the exit code is 1.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--genre", metavar="NAME", help=f"genre checkpoint (default: {DEFAULT_GENRE}, or {DEFAULT_CNN} without it)"
    )
    parser.add_argument(
        "--tempo",
        default=DEFAULT_TEMPO,
        metavar="NAME",
        help="tempo checkpoint (default: %(default)s, where it is installed)",
    )
    parser.add_argument(
        "--fusion",
        default=DEFAULT_FUSION,
        metavar="NAME",
        help="fusion checkpoint (default: %(default)s, where it is installed and built on the other two)",
    )
    add_checkpoint_folder(parser)
    parser.add_argument(
        "--tempo-range",
        metavar="LOW:HIGH",
        help="BPM, such as 60:120; a tempo outside is given at its most probable metrical level inside, too",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(command=_predict)


def _predict(options: argparse.Namespace) -> int:
    tempi = None if options.tempo_range is None else parse_range(options.tempo_range)
    leave_a_core()
    predictor = Predictor.load(options.genre, options.tempo, options.checkpoints, options.fusion)
    exit_code = 0
    for path in options.files:
        try:
            prediction = predictor.predict(load_audio(path, predictor.spec.sample_rate))
        except AudioError as error:
            text = str(error)
            print(on_a_terminal(text if text.startswith(str(path)) else f"{path}: {text}"), file=sys.stderr)
            exit_code = 1
        else:
            written = prediction_json if options.json else prediction_text
            print(written(path, prediction, tempi), flush=True)
    return exit_code


def prediction_text(path: Path, prediction: Prediction, tempi: TempoRange | None = None) -> str:
    """One line: genre, tempo, length, and in brackets what the prediction does not cover."""
    tempo = _tempo_words(prediction.tempo) + _in_range_words(prediction.tempo, tempi)
    text = f"{on_a_terminal(str(path))}: {_genre_words(prediction)}, {tempo}, {prediction.info.duration_s:.1f} s"
    return f"{text} [{' '.join(prediction.notes)}]" if prediction.notes else text


def _genre_words(prediction: Prediction) -> str:
    """The genre and the next ones; without a name of its own where none fits."""
    runners = ", ".join(f"{genre} {prob:.0%}" for genre, prob in prediction.genre.ranked()[:3])
    if other_music(prediction.genre.checkpoint):
        runners += f"; {prediction.genre.checkpoint} {LEARNED_FROM_OTHER_MUSIC}"
    if prediction.is_unlike_training:
        return f"no genre fits (nearest: {runners})"
    doubt = "too short to be sure: " if prediction.is_too_short else ""
    return f"{prediction.genre.genre} ({doubt}{runners})"


def _tempo_words(predicted: TempoReading | None) -> str:
    """The BPM and the next best metrical level; a BPM is never given alone."""
    if predicted is None:
        return "no tempo checkpoint installed"
    if predicted.changes:
        return ", then ".join(_part_words(part) for part in predicted.parts)
    estimate = predicted.estimate
    if not estimate.is_clear:
        return NO_CLEAR_TEMPO
    other = estimate.best_alternative
    rest = "" if other is None else f", {other.relation} {other.tempo_bpm:.1f} BPM {other.weight:.0%}"
    return f"{estimate.tempo_bpm:.1f} BPM ({estimate.confidence:.0%}{rest})"


def _in_range_words(predicted: TempoReading | None, tempi: TempoRange | None) -> str:
    """The metrical level inside a range; nothing where the predicted tempo lies inside, or none is clear."""
    if predicted is None or tempi is None or not predicted.estimate.is_clear:
        return ""
    level = level_within(predicted.estimate, tempi, predicted.tempi_bpm)
    if level is None:
        return f", no metrical level within {tempi}"
    if level == PREDICTED:
        return ""
    inside = ", then ".join(f"{level.tempo_bpm(bpm):.1f}" for bpm in predicted.tempi_bpm)
    return f", {level.name} within {tempi}: {inside} BPM"


def _part_words(part: TempoPart) -> str:
    when = f"{part.start_s:.1f} to {part.end_s:.1f} s"
    if not part.is_clear:
        return f"{NO_CLEAR_TEMPO} ({when})"
    return f"{part.tempo_bpm:.1f} BPM ({part.confidence:.0%}, half {part.tempo_bpm / 2:.1f} BPM, {when})"


def prediction_json(path: Path, prediction: Prediction, tempi: TempoRange | None = None) -> str:
    """One line of JSON with the file, its duration and its prediction, `as_record`.

    It is ASCII, so that it stays JSON whatever the output's encoding is.
    """
    return json.dumps({"file": str(path), **as_record(prediction, tempi)})
