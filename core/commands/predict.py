"""`python -m core predict`: what the models say of files."""

import argparse
import json
import sys
from pathlib import Path

from core.audio import load_audio
from core.commands.options import Subparsers
from core.errors import AudioError
from core.predict import DEFAULT_GENRE, Predictor
from core.types import Prediction


def add_predict(commands: Subparsers) -> None:
    parser = commands.add_parser("predict", help="say the genre of audio files")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument(
        "--genre", default=DEFAULT_GENRE, metavar="NAME", help="genre checkpoint (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    parser.set_defaults(command=_predict)


def _predict(options: argparse.Namespace) -> int:
    predictor = Predictor.load(options.genre)
    exit_code = 0
    for path in options.files:
        try:
            prediction = predictor.predict(load_audio(path, predictor.spec.sample_rate))
        except AudioError as error:
            print(f"{path}: {error}", file=sys.stderr)
            exit_code = 1
        else:
            print(prediction_json(path, prediction) if options.json else _line(path, prediction), flush=True)
    return exit_code


def _line(path: Path, prediction: Prediction) -> str:
    runners = ", ".join(f"{genre} {prob:.0%}" for genre, prob in prediction.genre.ranked()[:3])
    return f"{path}: {prediction.genre.genre} ({runners}), {prediction.info.duration_s:.1f} s"


def prediction_json(path: Path, prediction: Prediction) -> str:
    """One line of JSON with the file, its duration and what the models say of it."""
    return json.dumps({"file": str(path), **prediction.as_record()}, ensure_ascii=False)
