"""Arguments in, one call of the library, text out."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from core.audio import load_audio
from core.benchmark import benchmark
from core.checkpoint import CHECKPOINT_DIR, describe, list_checkpoints
from core.dataset import LogMelSet, Progress, describe_copy, load_log_mels
from core.errors import AudioError, DatasetError, LabError
from core.evaluation import (
    WINDOW_MODES,
    evaluate_genre,
    export_out_of_fold,
    export_predictions,
    export_spectrograms,
    own_split,
)
from core.features import FeatureSpec
from core.gtzan import DEFAULT_SPLIT_SEED, SPLITS, ClipFiles, find_clips, gtzan_root, make_split
from core.predict import DEFAULT_GENRE, GenreModel, Predictor
from core.reports import GenreReport, genre_results_markdown, load_genre_reports, save_genre_report
from core.robustness import genre_agreement
from core.types import SUBSETS, Prediction


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except LabError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core", description="Genre & Tempo Lab on the command line.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_predict(commands)
    _add_train(commands)
    _add_evaluate(commands)
    _add_export(commands)
    _add_describe(commands)
    _add_results(commands)
    _add_robustness(commands)
    _add_benchmark(commands)
    return parser


def _add_gtzan(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gtzan", type=Path, metavar="DIR", help="folder of GTZAN audio (default: $GTZAN_DIR)")


def _add_split(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--split", choices=SPLITS, default="stratified")
    parser.add_argument("--split-seed", type=int, default=DEFAULT_SPLIT_SEED, metavar="N")
    parser.add_argument("--fold", type=int, metavar="N", help="0..4, for artist_folds")


def _files(options: argparse.Namespace) -> ClipFiles:
    root = gtzan_root(options.gtzan)
    if root is None:
        raise DatasetError("No GTZAN audio given. Say where it is with --gtzan DIR or the variable GTZAN_DIR.")
    files = find_clips(root)
    for problem in files.problems:
        print(problem, file=sys.stderr)
    return files


@contextmanager
def _progress_bar(label: str) -> Iterator[Progress]:
    """A progress bar on stderr, counting clips."""
    with tqdm(desc=label, unit="clip") as bar:

        def advance(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)
            if done == total:
                bar.close()  # training, which follows, has a bar of its own

        yield advance


def _log_mels(files: ClipFiles, spec: FeatureSpec) -> LogMelSet:
    with _progress_bar("spectrograms") as progress:
        return load_log_mels(files, spec, progress=progress)


def _add_predict(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
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


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("evaluate", help="score a checkpoint on a subset of a split")
    parser.add_argument("kind", choices=["genre"])
    parser.add_argument("--checkpoint", default=DEFAULT_GENRE, metavar="NAME")
    _add_checkpoint_folder(parser)
    _add_split(parser)
    parser.add_argument("--subset", choices=SUBSETS, default="test")
    parser.add_argument("--windows", choices=WINDOW_MODES, default="own", help="which windows of a clip count")
    _add_gtzan(parser)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="also keep the result in data/reports/")
    parser.set_defaults(command=_evaluate)


def _evaluate(options: argparse.Namespace) -> int:
    model = GenreModel.load(options.checkpoint, options.checkpoints)
    split = make_split(options.split, options.split_seed, options.fold)
    files, spec = _files(options), model.header.features
    log_mels = _log_mels(files, spec)
    report = evaluate_genre(model, log_mels, split, options.subset, options.windows, describe_copy(files, spec))
    if options.save:
        save_genre_report(report)
    print(json.dumps(asdict(report)) if options.json else _report_text(report))
    return 0


def _report_text(report: GenreReport) -> str:
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    unleaked = "" if report.accuracy_unleaked is None else f"; {report.accuracy_unleaked:.1%} on the others"
    return "\n".join(
        [
            f"{report.checkpoint} on {report.split}{seed}{fold}, {report.subset}, n = {report.n} ({report.data})",
            f"  accuracy   {report.accuracy:.1%} (95 % Wilson interval {report.accuracy_low:.1%} to "
            f"{report.accuracy_high:.1%}), windows: {report.windows}",
            f"  log loss   {report.log_loss:.3f}",
            f"  macro F1   {report.macro_f1:.3f}",
            f"  floor      {report.majority_floor:.1%} by always answering the most frequent genre",
            f"  leakage    {report.n_same_recording} clips share a recording and {report.n_same_artist} an artist with "
            f"training{unleaked}",
        ]
    )


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("export", help="make the predictions and spectrograms that ship in data/")
    parser.add_argument("--folds", nargs="*", default=[], metavar="NAME", help="also NAME-fold0..4, out of fold")
    _add_checkpoint_folder(parser)
    _add_gtzan(parser)
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> int:
    files = _files(options)
    models = [GenreModel.load(name, CHECKPOINT_DIR) for name in list_checkpoints("genre")]
    spec = FeatureSpec()
    log_mels = _log_mels(files, spec)
    export_spectrograms(GenreModel.load(DEFAULT_GENRE), log_mels)
    for model in models:
        print(export_predictions(model, log_mels).system)
    for name in options.folds:
        print(export_out_of_fold(name, log_mels, options.checkpoints).system)
    return 0


def _add_checkpoint_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoints", type=Path, default=CHECKPOINT_DIR, metavar="DIR", help="folder of the checkpoints"
    )


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("train", help="train a model and export its checkpoint")
    parser.add_argument("kind", choices=["genre", "tempo"])
    parser.add_argument("--model", choices=["tcn"], default="tcn", help="of a tempo training: tcn, the compact one")
    parser.add_argument("--recipe", default="strong", help="genre: seed or strong; tempo: quick or strong")
    _add_split(parser)
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and augmentation")
    _add_gtzan(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="directory of the run")
    parser.add_argument("--name", help="of the exported checkpoint (default: genre-<recipe> or tempo-<model>-<recipe>)")
    parser.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    parser.add_argument("--f-max", type=float, metavar="HZ", help="upper edge of the mel bands, for experiments")
    parser.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: all cores)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.set_defaults(command=_train)


def _train(options: argparse.Namespace) -> int:
    # Lightning and torch take seconds to import; the other commands do without Lightning.
    from core.training.commands import TrainRequest, train_command

    stem = "genre" if options.kind == "genre" else f"tempo-{options.model}"
    request = TrainRequest(
        kind=options.kind,
        recipe=options.recipe,
        split=options.split,
        split_seed=options.split_seed,
        fold=options.fold,
        seed=options.seed,
        out=options.out,
        name=options.name or f"{stem}-{options.recipe}",
        epochs=options.epochs,
        f_max_hz=options.f_max,
        threads=options.threads,
        resume=options.resume,
    )
    files = _files(options)
    with _progress_bar("spectrograms") as progress:
        header = train_command(request, files, progress)
    print(f"{header.name}: {', '.join(f'{key} {value:.4f}' for key, value in header.metrics.items())} on validation")
    print(f"exported to {options.out}")
    return 0


def _add_describe(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("describe", help="print the cards of checkpoints")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.set_defaults(command=_describe)


def _describe(options: argparse.Namespace) -> int:
    print("\n\n".join(describe(name) for name in options.names or list_checkpoints()))
    return 0


def _add_results(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("results", help="print the results table of the README from data/reports/")
    parser.set_defaults(command=_results)


def _results(_: argparse.Namespace) -> int:
    print(genre_results_markdown(load_genre_reports()))
    return 0


def _add_robustness(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("robustness", help="does the genre survive other codecs, rates and channels?")
    parser.add_argument("--genre", default=DEFAULT_GENRE, metavar="NAME")
    parser.add_argument("--clips", type=int, default=50, metavar="N", help="test clips, evenly spread")
    _add_gtzan(parser)
    parser.set_defaults(command=_robustness)


def _robustness(options: argparse.Namespace) -> int:
    predictor, files = Predictor.load(options.genre), _files(options)
    test = [files.paths[clip_id] for clip_id in own_split(predictor.genre).test if clip_id in files.paths]
    step = max(1, len(test) // options.clips)
    chosen = test[::step][: options.clips]
    with _progress_bar("clips") as progress:
        rows = genre_agreement(predictor, chosen, progress)
    for row in rows:
        print(f"{row.variant:<22}{row.n_changed} of {row.n} changed, largest shift {row.largest_shift:.3f}")
    return 0


def _add_benchmark(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("benchmark", help="time a prediction, stage by stage, beside a reference workload")
    parser.add_argument("--genre", default=DEFAULT_GENRE, metavar="NAME")
    parser.set_defaults(command=_benchmark)


def _benchmark(options: argparse.Namespace) -> int:
    print(f"{torch.get_num_threads()} threads")
    for timing in benchmark(Predictor.load(options.genre)):
        print(f"{timing.stage:<16}{1000 * timing.median_s:8.1f} ms{timing.ratio:10.1f} x reference")
    return 0
