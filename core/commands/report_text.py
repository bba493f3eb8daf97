"""A row of the reports as text for the terminal."""

from functools import singledispatch

from core.metrics.significance import Interval
from core.models.other_music import other_music
from core.results.genre_reports import GenreReport
from core.results.rows import Row
from core.results.tempo_reports import AnnotationScore, ComparedSystem, TempoReport

_SHOWN_TOLERANCES = (0.01, 0.02, 0.04, 0.08)
_NAMES = {"rhythm": "GTZAN-Rhythm, hand-marked beats", "marsyas": "Marsyas"}


@singledispatch
def report_text(row: Row) -> str:
    """Many lines: scores with intervals, leakage, and comparisons."""
    raise TypeError(f"{type(row).__name__} is no row of the reports")


@report_text.register
def _tempo_text(report: TempoReport) -> str:
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    return "\n".join(
        [
            f"{report.checkpoint} on {report.split}{seed}{fold}, {report.subset}, n = {report.n} ({report.data})",
            *_annotation_lines(report.rhythm),
            *_annotation_lines(report.marsyas),
            *_other_lines(report),
            *_compared_lines(report.rhythm.rivals),
        ]
    )


def _annotation_lines(against: AnnotationScore) -> list[str]:
    score, shares = against.score, against.score.shares
    curve = dict(zip(against.curve.tolerances, against.curve.accuracy1, strict=True))
    at = ", ".join(f"{curve[tolerance]:.1%} at {tolerance:.0%}" for tolerance in _SHOWN_TOLERANCES)
    genres = ", ".join(f"{genre.genre} {genre.accuracy1:.0%}" for genre in against.genres)
    return [
        f"against {_NAMES[against.annotation]} (n = {score.n}; brackets: 95 % bootstrap intervals)",
        f"  Accuracy1  {score.accuracy1:.1%} {_shares(score.accuracy1_interval)}",
        f"  Accuracy2  {score.accuracy2:.1%} {_shares(score.accuracy2_interval)}",
        f"  MAE        {score.mae_bpm:.2f} BPM {_numbers(score.mae_interval)}",
        f"  median     {score.median_ae_bpm:.2f} BPM {_numbers(score.median_ae_interval)}",
        f"  octaves    {score.mean_octave_error:+.3f} signed, {score.mean_absolute_octave_error:.3f} absolute",
        f"  errors     exact {shares.exact:.1%}, half {shares.half:.1%}, double {shares.double:.1%}, third "
        f"{shares.third:.1%}, triple {shares.triple:.1%}, other {shares.other:.1%}",
        f"  tolerance  Accuracy1 {at}",
        f"  genres     Accuracy1 {genres}",
    ]


def _other_lines(report: TempoReport) -> list[str]:
    lines = ["besides"]
    if report.metrical_level_share is not None:
        lines.append(
            f"  levels     {report.metrical_level_share:.1%} at any annotated metrical level (n = "
            f"{report.metrical_level_n})"
        )
    if report.p_score is not None and report.p_score_interval is not None:
        lines.append(
            f"  P-score    {report.p_score:.3f} {_numbers(report.p_score_interval)}, where the two annotations differ "
            f"(n = {report.p_score_n})"
        )
    of_these = "" if report.clear_accuracy1 is None else f", Accuracy1 of these {report.clear_accuracy1:.1%}"
    lines.append(f"  clear      {report.clear_share:.1%} have a clear tempo{of_these}")
    unleaked = "" if report.accuracy1_unleaked is None else f"; Accuracy1 {report.accuracy1_unleaked:.1%} without them"
    lines.append(
        f"  leakage    {report.n_same_recording} clips share a recording and {report.n_same_artist} an artist with "
        f"training{unleaked}"
    )
    return lines


def _compared_lines(systems: tuple[ComparedSystem, ...]) -> list[str]:
    return [
        "compared with, against GTZAN-Rhythm: their scores, then this checkpoint minus them on the same clips",
        *(line for system in systems for line in _compared(system)),
    ]


def _compared(system: ComparedSystem) -> tuple[str, str]:
    hits, errors = system.accuracy1_difference, system.mae_difference_bpm
    return (
        f"  {system.name} (n = {system.n}): Accuracy1 {system.accuracy1:.1%}, Accuracy2 {system.accuracy2:.1%}, MAE "
        f"{system.mae_bpm:.2f}, median {system.median_ae_bpm:.2f} BPM",
        f"    Accuracy1 {100 * hits.difference:+.1f} points {_points(hits.interval)}, McNemar p = "
        f"{system.mcnemar.p_value:.2g}; MAE {errors.difference:+.2f} BPM {_numbers(errors.interval)}, p = "
        f"{errors.p_value:.2g}",
    )


def _shares(interval: Interval) -> str:
    return f"[{interval.low:.1%}, {interval.high:.1%}]"


def _points(interval: Interval) -> str:
    return f"[{100 * interval.low:+.1f}, {100 * interval.high:+.1f}]"


def _numbers(interval: Interval) -> str:
    return f"[{interval.low:.2f}, {interval.high:.2f}]"


@report_text.register
def _genre_text(report: GenreReport) -> str:
    seed = "" if report.split_seed is None else f", split seed {report.split_seed}"
    fold = "" if report.fold is None else f", fold {report.fold}"
    unleaked = "" if report.accuracy_unleaked is None else f"; {report.accuracy_unleaked:.1%} without them"
    return "\n".join(
        [
            f"{report.checkpoint} on {report.split}{seed}{fold}, {report.subset}, n = {report.n} ({report.data})",
            f"  accuracy   {report.accuracy:.1%} (95 % Wilson interval {report.accuracy_low:.1%} to "
            f"{report.accuracy_high:.1%}), windows: {report.windows}",
            f"  log loss   {report.log_loss:.3f}",
            f"  macro F1   {report.macro_f1:.3f}",
            f"  baseline   {report.majority_floor:.1%}, majority class",
            *([f"  learned    {learned}"] if (learned := other_music(report.checkpoint)) else []),
            f"  leakage    {report.n_same_recording} clips share a recording and {report.n_same_artist} an artist with "
            f"training{unleaked}",
        ]
    )
