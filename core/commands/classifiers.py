"""`python -m core baselines` and `transfer`: genre classifiers on features that do not learn."""

import argparse
from typing import TYPE_CHECKING

from core.commands.options import Subparsers, add_gtzan, clip_files, progress_bar
from core.data.features import save_features
from core.data.log_mels import describe_copy, load_log_mels
from core.errors import DatasetError
from core.features.log_mel import FeatureSpec
from core.models.checkpoint import save_checkpoint
from core.models.other_music import LEARNED_FROM_OTHER_MUSIC
from core.results.genre_predictions import GENRE_TABLE
from core.results.genre_reports import GENRE_ROWS, GenreReport
from core.results.store import REPORT_DIR
from core.system.paths import CHECKPOINT_DIR, DATA_DIR
from core.system.storage import require_writable

if TYPE_CHECKING:
    from core.training.classifiers.experiment import Scored


def add_baselines(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "baselines",
        help="fit classifiers on features that do not learn, and score them on every split",
        description="Fits support vector machines on MFCCs, on texture windows, on the modulation spectrum and on what "
        "the genre CNN gives before training; chooses on validation, and scores the test subset of every split.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    add_gtzan(parser)
    parser.add_argument("--save", action="store_true", help="also keep the rows in data/reports/")
    parser.set_defaults(command=_baselines)


def _baselines(options: argparse.Namespace) -> int:
    # scikit-learn and torch take seconds to import; the other commands do without the former.
    from core.training.classifiers.experiment import Material, measure
    from core.training.classifiers.features import at_level
    from core.training.classifiers.systems import BASELINES

    unknown = [name for name in options.names if name not in BASELINES]
    if unknown:
        raise DatasetError(f"There is no baseline “{unknown[0]}”. Choose from {', '.join(BASELINES)}.")
    if options.save:
        require_writable(
            DatasetError, "The folder of the reports", REPORT_DIR, "Make it writable, or leave --save out."
        )
    files, spec = clip_files(options), FeatureSpec()
    with progress_bar("spectrograms") as progress:
        log_mels = load_log_mels(files, spec, progress=progress)
    tracks = {clip_id: at_level(each) for clip_id, each in zip(log_mels.clip_ids, log_mels.log_mels, strict=True)}
    for baseline in (BASELINES[name] for name in options.names or BASELINES):
        with progress_bar(baseline.name) as progress:
            features = {}
            for clip_id, track in tracks.items():
                features[clip_id] = baseline.features(track, spec)
                progress(len(features), len(tracks))
        command = f"python -m core baselines {baseline.name} --save --gtzan DIR"
        material = Material(baseline.name, features, spec, describe_copy(files, spec), command)
        for each in measure(material, baseline.candidates):
            _show(each)
            if options.save:
                GENRE_ROWS.save(each.report)
    return 0


def _show(scored: "Scored") -> None:
    row, fitted = scored.report, scored.fitted
    print(
        f"{row.checkpoint:<18} {_where(row):<28} C = {fitted.candidate.c:<4g} validation "
        f"{fitted.valid_accuracy:.1%}, test n = {row.n}: {row.accuracy:.1%}",
        flush=True,
    )


def _where(row: GenreReport) -> str:
    fold = "" if row.fold is None else f" fold {row.fold}"
    seed = "" if row.split_seed is None else f" seed {row.split_seed}"
    return f"{row.split}{fold}{seed}{'' if row.is_whole else ', with validation'}"


def add_mixtures(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "mixtures",
        help="score genre-strong together with each system on features of a published network; needs no audio",
        description="Takes the mean of the log-probabilities of two systems, from the predictions that ship, and "
        "scores it on the test subset of the random split and of every artist fold.",
    )
    parser.add_argument("--save", action="store_true", help="keep predictions and rows")
    parser.set_defaults(command=_mixtures)


def _mixtures(options: argparse.Namespace) -> int:
    from core.training.classifiers.mixture import MIXTURES, measure_mixture

    if options.save:
        require_writable(DatasetError, "The folder of what ships", DATA_DIR, "Make it writable, or leave --save out.")
    for name, parts in MIXTURES.items():
        mixture = measure_mixture(name)
        print(f"{name}: {' with '.join(parts)}; {LEARNED_FROM_OTHER_MUSIC}")
        for row in mixture.rows:
            print(f"{name:<18} {_where(row):<28} test n = {row.n}: {row.accuracy:.1%}, log loss {row.log_loss:.3f}")
            if options.save:
                GENRE_ROWS.save(row)
        for saved in mixture.saved if options.save else ():
            GENRE_TABLE.save(saved)
    return 0


def add_transfer(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "transfer",
        help="fit genre-transfer on features of a published network, and score it on every split",
        description="Fits support vector machines on the features that ship in data/features/, chooses on validation, "
        "calibrates, and scores the test subset of every split. --extract makes the features anew from GTZAN audio.",
    )
    parser.add_argument("--network", choices=["msd", "mtt"], default="msd", help="what musicnn was trained on")
    parser.add_argument("--extract", action="store_true", help="make the features of this network again first")
    add_gtzan(parser)
    parser.add_argument("--save", action="store_true", help="keep checkpoint, predictions and rows")
    parser.set_defaults(command=_transfer)


def _transfer(options: argparse.Namespace) -> int:
    from core.training.classifiers.transfer import extract, measure_transfer

    if options.save or options.extract:
        require_writable(DatasetError, "The folder of what ships", DATA_DIR, "Make it writable, or use another copy.")
    if options.extract:
        files = clip_files(options)
        with progress_bar("features") as progress:
            save_features(options.network, extract(options.network, files, progress))
    transfer = measure_transfer(options.network, _show)
    if options.save:
        for each in transfer.scored:
            GENRE_ROWS.save(each.report)
        for saved in transfer.saved:
            GENRE_TABLE.save(saved)
        save_checkpoint(transfer.head, transfer.header, CHECKPOINT_DIR)
    return 0
