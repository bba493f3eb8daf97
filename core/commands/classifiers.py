"""`python -m core baselines`: genre classifiers on features that do not learn."""

import argparse

from core.commands.options import Subparsers, add_gtzan, clip_files, progress_bar
from core.data.log_mels import describe_copy, load_log_mels
from core.errors import DatasetError
from core.features.log_mel import FeatureSpec
from core.results.genre_reports import GENRE_ROWS
from core.results.store import REPORT_DIR
from core.results.words import percent
from core.system.storage import require_writable


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
            row, split = each.report, each.split
            where = " ".join(str(part) for part in (split.name, split.seed, split.fold) if part is not None)
            chosen = f"{each.fitted.candidate.kind} C = {each.fitted.candidate.c:g}"
            print(f"{row.checkpoint:<15} {where:<17} {chosen:<15} n = {row.n}: {percent(row.accuracy)}", flush=True)
            if options.save:
                GENRE_ROWS.save(row)
    return 0
