"""`python -m core scores`: what the results page shows, from the predictions that ship, without any audio."""

import argparse
from collections.abc import Iterator, Sequence

from core.commands.options import Subparsers
from core.data.splits import SPLITS
from core.errors import DatasetError
from core.metrics.significance import Measured
from core.models.other_music import LEARNED_FROM_OTHER_MUSIC, other_music
from core.results.clip_sets import WITHOUT, ClipSet, can_be_scored, clip_set
from core.results.genre_comparison import majority_class, score_genre
from core.results.genre_predictions import GENRE_TABLE, SavedGenre
from core.results.tempo_calibration import tempo_reliability
from core.results.tempo_comparison import (
    ANNOTATIONS,
    Annotation,
    TempoSystem,
    compare_tempo,
    score_tempo,
    tempo_systems,
)
from core.results.tempo_predictions import TEMPO_TABLE
from core.results.tempo_strata import MAX_SPREAD, clips_that_are, score_leniently
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
    if options.against is not None and not options.tempo:
        raise DatasetError("--against pairs tempo estimators. Give --tempo with it.")
    if options.tempo:
        systems = {system.name: system for system in tempo_systems(options.split, options.annotation)}
        if options.against not in (None, *systems):
            raise DatasetError(f"There is no estimator “{options.against}”. Choose one of {', '.join(systems)}.")
        for system in systems.values():
            print(f"{system.title}: {_tempo_scores(system, clips.clip_ids, options.annotation)}")
            for line in (*_strata_lines(system, clips, options.annotation), *_calibration_lines(system, clips)):
                print(line)
            if options.against not in (None, system.name):
                print(_paired_line(system, systems[options.against], clips, options.annotation))
        return 0
    own = [
        saved for saved in map(GENRE_TABLE.load, GENRE_TABLE.systems()) if can_be_scored(saved.subsets, options.split)
    ]
    for saved in (*own, majority_class(clips.split, clips.clip_ids)):
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


def _strata_lines(system: TempoSystem, clips: ClipSet, annotation: Annotation) -> Iterator[str]:
    """Scores of steady clips and of the others, as far as there are any."""
    up_to = f"spread of the annotated beats up to {MAX_SPREAD:.0%}"
    for words, members in (
        (f"steady ({up_to})", clips_that_are("steady", clips.clip_ids)),
        ("not steady", clips_that_are("unsteady", clips.clip_ids)),
    ):
        if members:
            yield f"  {words}: {_tempo_scores(system, members, annotation)}"


def _calibration_lines(system: TempoSystem, clips: ClipSet) -> Iterator[str]:
    """How far the confidence of a system of ours is from its Accuracy1, as it is and calibrated."""
    if system.role == "ours":
        for each in tempo_reliability(TEMPO_TABLE.load(system.name), clips.clip_ids):
            yield f"  ECE of the {each.name} tempo confidence: {in_words(each.error, 'share')}, n {each.n}"


def _tempo_scores(system: TempoSystem, clip_ids: Sequence[str], annotation: Annotation) -> str:
    score, lenient = score_tempo(system, clip_ids, annotation), score_leniently(system, clip_ids)
    parts = [
        f"Accuracy1 {in_words(Measured.of(score.accuracy1, score.accuracy1_interval), 'share')}",
        f"Accuracy2 {in_words(Measured.of(score.accuracy2, score.accuracy2_interval), 'share')}",
        f"MAE {in_words(Measured.of(score.mae_bpm, score.mae_interval), 'number')} BPM",
        f"median AE {in_words(Measured.of(score.median_ae_bpm, score.median_ae_interval), 'number')} BPM",
        f"either annotation {in_words(lenient.either, 'share')} of {lenient.n_either}",
        f"any metrical level {in_words(lenient.any_level, 'share')} of {lenient.n_level}",
    ]
    return f"n {score.n}, {', '.join(parts)}"


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
