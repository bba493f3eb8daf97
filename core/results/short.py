"""What the README holds of the results: an answer of one sentence to each question, and two small tables."""

from collections.abc import Iterable

from core.errors import DatasetError
from core.metrics.significance import PairedDifference
from core.metrics.tempo_scores import TempoScore
from core.results.clip_sets import clip_set
from core.results.fusion_answer import reports_of, shows_gain
from core.results.fusion_reports import FUSED, NO_TEMPO, TRUE_TEMPO, FusionReport
from core.results.genre_reports import GenreReport, GenreSummary, summarise_genre
from core.results.published import Metric, Published, Task, load_published
from core.results.tempo_comparison import TempoSystem, baseline_systems, reference_systems, score_tempo
from core.results.tempo_reports import TempoReport

_SPLITS = {"stratified": "random", "fault_filtered": "fault-filtered", "artist_folds": "artist folds"}
_BASELINES = {"strong": "genre_median", "seed": "median"}
"""Recipe of Cnn14 to the baseline that it is measured by."""
_SYSTEMS = {
    "seed": "CNN, recipe `seed`",
    "strong": "CNN, recipe `strong`",
    "texture-svm": "baseline: SVM on texture windows of 3 s",
    "genre-transfer": "`genre-transfer`: SVM on features of musicnn",
}
_LEARNED_FROM = {"genre-transfer": "other music, too (200 000 songs, some of them in GTZAN)"}
_GENRE_ROWS = (
    ("seed", "stratified", "first"),
    ("strong", "stratified", "mean"),
    ("strong", "fault_filtered", "mean"),
    ("strong", "artist_folds", "mean"),
    ("texture-svm", "artist_folds", "mean"),
    ("genre-transfer", "stratified", "mean"),
    ("genre-transfer", "fault_filtered", "mean"),
    ("genre-transfer", "artist_folds", "mean"),
)
"""Recipe, split and windows of a clip: each recipe predicts as its checkpoint that ships does."""


def short_answers(genre: Iterable[GenreReport], tempo: Iterable[TempoReport], fusion: Iterable[FusionReport]) -> str:
    """The three answers as a markdown list.

    Raises:
        DatasetError: a row that answers is not among the reports.
    """
    return "\n".join([f"- Q1 {_genre_answer(genre)}", f"- Q2 {_tempo_answer(tempo)}", f"- Q3 {_fusion_answer(fusion)}"])


def short_genre_table(reports: Iterable[GenreReport]) -> str:
    """Our two recipes, the study's own figure and the highest one published, as a markdown table.

    Raises:
        DatasetError: one of our rows is not among the reports.
    """
    reports = tuple(reports)
    rows = [_genre_row(_summary(reports, *which)) for which in _GENRE_ROWS]
    for split in ("stratified", "fault_filtered"):
        cited = _cited("genre", "accuracy", split)
        accuracy, trained_on = f"{100 * cited.value:.3g} %", cited.learned_from
        if "GTZAN" not in trained_on:
            trained_on = f"other music ({trained_on})"
        rows.append((_by_others(cited), _SPLITS[split], "not stated", accuracy, trained_on))
    return _table(("system", "split", "n", "accuracy (95 % CI)", "trained on"), rows)


def short_tempo_table(reports: Iterable[TempoReport]) -> str:
    """The compact model beside the best reference system, Cnn14 beside the baseline, and the study's own figure.

    Raises:
        DatasetError: one of our rows is not among the reports.
    """
    reports = tuple(reports)
    compact, ours, study = _compact(reports), _cnn14(reports, "strong"), _cnn14(reports, "seed")
    best = max((each for each in compact.rhythm.rivals if each.role == "peer"), key=lambda each: each.accuracy1)
    (reference,) = (each for each in reference_systems() if each.name == best.name)
    median, _ = baseline_systems(study.split)
    cited = _cited("tempo", "mae_bpm", "")
    rows = [
        _tempo_row(f"compact model `{compact.checkpoint}`", compact.split, compact.rhythm.score),
        _tempo_row(f"{reference.title}; trained on other music", compact.split, _score(reference, compact.split)),
        _tempo_row(f"Cnn14, recipe `{ours.recipe}`", ours.split, ours.rhythm.score),
        _tempo_row(f"Cnn14, recipe `{study.recipe}`", study.split, study.rhythm.score),
        _tempo_row("baseline: training median", study.split, _score(median, study.split)),
        (_by_others(cited), cited.split_stated, "not stated", "not stated", f"{cited.value} BPM"),
    ]
    return _table(("system", "split", "n", "Accuracy1 (95 % CI)", "mean absolute error"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(head)}", *lines[1:]])


def _summary(reports: Iterable[GenreReport], recipe: str, split: str, windows: str) -> GenreSummary:
    found = summarise_genre(reports, recipe, split, windows)
    if found is None:
        raise _missing("genre.json", f"recipe {recipe} on the test clips of {split}")
    return found


def _genre_row(row: GenreSummary) -> tuple[str, ...]:
    accuracy = f"{100 * row.mean:.1f} % {_range(row.mean_low, row.mean_high)}"
    runs = f"{len(row.seeds)} runs of {row.n}" if len(row.seeds) > 1 else str(row.n)
    n = str(row.n) if row.is_pooled else runs
    return (_SYSTEMS[row.recipe], _SPLITS[row.split], n, accuracy, _LEARNED_FROM.get(row.recipe, "GTZAN only"))


def _tempo_row(system: str, split: str, score: TempoScore) -> tuple[str, ...]:
    interval = score.accuracy1_interval
    accuracy = f"{100 * score.accuracy1:.1f} % {_range(interval.low, interval.high)}"
    return (system, _SPLITS[split], str(score.n), accuracy, f"{score.mae_bpm:.1f} BPM")


def _score(system: TempoSystem, split: str) -> TempoScore:
    return score_tempo(system, clip_set(split, "test").clip_ids)


def _cited(task: Task, metric: Metric, split: str) -> Published:
    """The study's figure where it has one on this split, else the highest published."""
    found = [each for each in load_published() if (each.task, each.metric, each.split) == (task, metric, split)]
    return max(found, key=lambda each: (each.source.startswith("the study"), each.value))


def _by_others(cited: Published) -> str:
    return f"{cited.system} (not measured by us; source: {cited.source})"


def _compact(reports: Iterable[TempoReport]) -> TempoReport:
    """The compact model out of fold."""
    for row in reports:
        if (row.model, row.subset, row.split) == ("tempo_tcn", "test", "artist_folds") and len(row.best_epochs) > 1:
            return row
    raise _missing("tempo.json", "the compact model out of fold")


def _cnn14(reports: Iterable[TempoReport], recipe: str) -> TempoReport:
    for row in reports:
        if (row.model.startswith("cnn14"), row.recipe, row.subset, row.split) == (True, recipe, "test", "stratified"):
            return row
    raise _missing("tempo.json", f"Cnn14 of recipe {recipe} on the test clips of stratified")


def _missing(file: str, what: str) -> DatasetError:
    return DatasetError(f"data/reports/{file} has no row for {what}. Restore it with 'git checkout data/reports'.")


def _genre_answer(reports: Iterable[GenreReport]) -> str:
    reports = tuple(reports)
    unseen, shared = (_summary(reports, "strong", split, "mean") for split in ("artist_folds", "stratified"))
    return (
        f"**{100 * unseen.mean:.1f} % correct** {_range(unseen.mean_low, unseen.mean_high, '95 % CI ')}: recipe "
        f"`strong` on {unseen.n} clips, artists unseen in training (majority-class baseline "
        f"{100 * unseen.majority_floor:.1f} %); {100 * shared.mean:.1f} % on random splits, which share artists."
    )


def _tempo_answer(reports: Iterable[TempoReport]) -> str:
    reports = tuple(reports)
    ours, study = (_beyond(_cnn14(reports, recipe), name) for recipe, name in _BASELINES.items())
    changed, same = (each.interval.low > 0 for each in (ours, study))
    verdict = "Yes" if changed and same else "Yes, but not by the study's recipe" if changed else "No significant gain"
    return (
        f"**{verdict}**: Accuracy1 of Cnn14 is {_points(ours)} above the median tempo of the true genre with recipe "
        f"`strong`, and with the study's {_points(study)} above the training median."
    )


def _beyond(row: TempoReport, baseline: str) -> PairedDifference:
    for other in row.rhythm.rivals:
        if other.name == baseline:
            return other.accuracy1_difference
    raise _missing("tempo.json", f"{row.checkpoint} beside {baseline}")


def _fusion_answer(reports: Iterable[FusionReport]) -> str:
    for report in reports_of(reports, "artist_folds"):
        gain, bound = report.pair(FUSED, NO_TEMPO), report.pair(TRUE_TEMPO, NO_TEMPO)
        if report.recipe == "strong" and gain and bound:
            return (
                f"**{'Significant' if shows_gain(report) else 'No significant'} gain**: {_points(gain.accuracy)} of "
                f"accuracy against the same head without a tempo; with the annotated tempo {_points(bound.accuracy)}."
            )
    raise _missing("fusion.json", "recipe strong on artist_folds")


def _points(paired: PairedDifference) -> str:
    """In the form "−0.7 points (95 % CI −1.4 to 0.0)"."""
    interval = paired.interval
    return f"{_signed(paired.difference, '+')} points (95 % CI {_signed(interval.low)} to {_signed(interval.high)})"


def _signed(share: float, plus: str = "") -> str:
    points = round(100 * share, 1) + 0.0
    return f"{points:{plus}.1f}".replace("-", "−")


def _range(low: float, high: float, before: str = "") -> str:
    return f"({before}{100 * low:.1f} to {100 * high:.1f})"
