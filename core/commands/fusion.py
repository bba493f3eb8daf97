"""`python -m core fusion`, the ablation of the tempo, and `python -m core train fusion`, a head to use."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from core.commands.options import Subparsers, add_checkpoint_folder, add_gtzan, clip_files
from core.data.log_mels import Progress
from core.data.splits import DEFAULT_SPLIT_SEED, SPLITS
from core.inference.load import DEFAULT_CNN, DEFAULT_TEMPO
from core.results.fusion_reports import FUSION_ROWS
from core.results.fusion_tables import report_text
from core.runs.request import FusionBase


def add_fusion(commands: Subparsers) -> None:
    parser = commands.add_parser("fusion", help="ablation of the tempo: the fused head against every control")
    parser.add_argument("--recipe", default="strong", help="seed or strong")
    parser.add_argument("--split", choices=SPLITS, default="artist_folds", help="artist_folds: all five, out of fold")
    parser.add_argument("--split-seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="N", help="stratified")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="N", help="of the trainings")
    parser.add_argument("--genre-recipe", default="strong", help="of the genre checkpoints to build on")
    parser.add_argument("--tempo-recipe", default="strong", help="of the tempo checkpoints to build on")
    parser.add_argument(
        "--saved-tempi", metavar="SYSTEM", help="recipe seed: the saved tempi of this system, as tempo-cnn14-seed"
    )
    _add_fold_seed(parser)
    add_checkpoint_folder(parser)
    add_gtzan(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="results; finished heads are kept there")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true", help="also keep the report in data/reports/")
    parser.set_defaults(command=_fusion)


def _fusion(options: argparse.Namespace) -> int:
    from core.training.fusion.commands import ExperimentRequest, experiment_command

    request = ExperimentRequest(
        recipe=options.recipe,
        split=options.split,
        split_seeds=tuple(options.split_seeds),
        seeds=tuple(options.seeds),
        genre_recipe=options.genre_recipe,
        tempo_recipe=options.tempo_recipe,
        checkpoints=options.checkpoints,
        out=options.out,
        fold_seed=options.fold_seed,
        saved_tempi=options.saved_tempi,
    )
    report = experiment_command(request, clip_files(options), shown)
    if options.save:
        FUSION_ROWS.save(report)
    print(json.dumps(asdict(report)) if options.json else report_text(report))
    return 0


def add_train_fusion_options(parser: argparse.ArgumentParser) -> None:
    """What `train fusion` needs beyond the options of every training."""
    parser.add_argument("--genre", metavar="NAME", help="of a fusion: the genre checkpoint to build on")
    parser.add_argument("--tempo", metavar="NAME", help="of a fusion: the tempo checkpoint it receives its tempo from")
    parser.add_argument(
        "--tempo-recipe", metavar="NAME", help="of a fusion: of the five fold models (default: the same)"
    )
    _add_fold_seed(parser)
    add_checkpoint_folder(parser)


def fusion_base(options: argparse.Namespace) -> FusionBase:
    """What `python -m core train fusion` builds on."""
    return FusionBase(
        genre=options.genre or DEFAULT_CNN,
        tempo=options.tempo or DEFAULT_TEMPO,
        fold_seed=options.fold_seed,
        tempo_recipe=options.tempo_recipe,
        checkpoints=options.checkpoints.expanduser().absolute(),  # resumed from anywhere
    )


def shown(label: str) -> Progress:
    """A progress bar on stderr, from the first call on."""
    bars: list[tqdm] = []

    def advance(done: int, total: int) -> None:
        if not bars:
            bars.append(tqdm(desc=label, total=total))
        bars[0].update(done - bars[0].n)
        if done == total:
            bars[0].close()

    return advance


def _add_fold_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fold-seed", type=int, default=DEFAULT_SPLIT_SEED, metavar="N", help="split seed of the artist folds"
    )
