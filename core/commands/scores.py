"""`python -m core scores`: what the results page shows, from the predictions that ship, without any audio."""

import argparse

from core.commands.options import Subparsers
from core.data.splits import SPLITS
from core.errors import DatasetError
from core.metrics.significance import Measured
from core.models.other_music import LEARNED_FROM_OTHER_MUSIC, other_music
from core.results.clip_sets import WITHOUT, ClipSet, can_be_scored, clip_set
from core.results.genre_comparison import majority_class, score_genre
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.tempo_comparison import (
    ANNOTATIONS,
    Annotation,
    TempoSystem,
    compare_tempo,
    score_tempo,
    tempo_systems,
)
from core.results.words import in_words
from core.types import SUBSETS


def add_scores(commands: Subparsers) -> None:
    parser = commands.add_parser("scores", help="score the saved predictions, as the results page does; needs no audio")
    parser.add_argument("--tempo", action="store_true", help="tempo estimators instead of genre systems")
    parser.add_argument("--split", choices=SPLITS, default="stratified", help="the random one with its default seed")
    parser.add_argument("--subset", choices=SUBSETS, default="test")
    parser.add_argument("--without", choices=WITHOUT, default="nothing", help="clips that share this with training")
    parser.add_argument("--annotation", choices=ANNOTATIONS, default="rhythm", help="of the tempo")
    parser.add_argument("--against", metavar="NAME", help="each tempo estimator paired with this one, as boeck2020")
    parser.set_defaults(command=_scores)


def _scores(options: argparse.Namespace) -> int:
    clips = clip_set(options.split, options.subset, options.without)
    print(f"{len(clips.clip_ids)} {clips.subset} clips of {clips.split}, {clips.n_left_out} left out; 95 % intervals")
    if options.tempo:
        systems = {system.name: system for system in tempo_systems(options.split, options.annotation)}
        if options.against not in (None, *systems):
            raise DatasetError(f"There is no estimator “{options.against}”. Choose one of {', '.join(systems)}.")
        for system in systems.values():
            print(_tempo_line(system, clips, options.annotation))
            if options.against not in (None, system.name):
                print(_paired_line(system, systems[options.against], clips, options.annotation))
        return 0
    own = [
        saved for saved in map(GENRE_TABLE.load, GENRE_TABLE.systems()) if can_be_scored(saved.subsets, options.split)
    ]
    for saved in (*own, majority_class(clips.clip_ids)):
        print(_genre_line(saved, clips))
    return 0


def _genre_line(saved: SavedGenre, clips: ClipSet) -> str:
    score = score_genre(saved, clips.clip_ids)
    parts = [
        f"accuracy {in_words(score.accuracy, 'share')}",
        f"top 2 {in_words(score.top2, 'share')}",
        f"macro F1 {in_words(score.macro_f1, 'share')}",
        f"log loss {in_words(score.log_loss, 'number')}",
        f"Brier {in_words(score.brier, 'number')}",
        f"ECE {in_words(score.calibration_error, 'share')}",
    ]
    learned = f" ({LEARNED_FROM_OTHER_MUSIC})" if other_music(saved.system) else ""
    return f"{saved.system}: n {score.n}, {', '.join(parts)}{learned}"


def _tempo_line(system: TempoSystem, clips: ClipSet, annotation: Annotation) -> str:
    score = score_tempo(system, clips.clip_ids, annotation)
    parts = [
        f"Accuracy1 {in_words(Measured.of(score.accuracy1, score.accuracy1_interval), 'share')}",
        f"Accuracy2 {in_words(Measured.of(score.accuracy2, score.accuracy2_interval), 'share')}",
        f"MAE {in_words(Measured.of(score.mae_bpm, score.mae_interval), 'number')} BPM",
        f"median AE {in_words(Measured.of(score.median_ae_bpm, score.median_ae_interval), 'number')} BPM",
    ]
    return f"{system.title}: n {score.n}, {', '.join(parts)}"


def _paired_line(system: TempoSystem, other: TempoSystem, clips: ClipSet, annotation: Annotation) -> str:
    compared = compare_tempo(system, other, clips.clip_ids, annotation)
    accuracy, mae, median = compared.accuracy1, compared.mae_bpm, compared.median_ae_bpm
    parts = [
        f"Accuracy1 {100 * accuracy.difference:+.1f} points ({100 * accuracy.interval.low:+.1f} to "
        f"{100 * accuracy.interval.high:+.1f}; McNemar p = {compared.mcnemar.p_value:.2g})",
        *(
            f"{what} {paired.difference:+.3f} BPM ({paired.interval.low:+.3f} to {paired.interval.high:+.3f}; "
            f"p = {paired.p_value:.2g})"
            for what, paired in (("MAE", mae), ("median AE", median))
        ),
    ]
    return f"  minus {other.title}: n {compared.n}, {', '.join(parts)}"
