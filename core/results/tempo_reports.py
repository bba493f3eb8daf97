"""Measured tempo results as they are kept on disk: `data/reports/tempo.json` holds one row per evaluation.

Pages and README take their numbers from here, never from anywhere else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import DatasetError
from core.metrics.significance import Interval, McNemar, Measured, PairedDifference
from core.metrics.tempo_scores import TempoScore, ToleranceCurve
from core.results.store import Store
from core.results.words import README_CI, in_words, interval_words, p_words, with_ci


@dataclass(frozen=True)
class GenreAccuracy:
    """Accuracies on the clips of one genre, 0..1, with 95 % bootstrap intervals over clips; n clips."""

    genre: str
    n: int
    accuracy1: float
    accuracy1_interval: Interval
    accuracy2: float
    accuracy2_interval: Interval


@dataclass(frozen=True)
class ComparedSystem:
    """A baseline, a reference system or another system of ours, compared on the clips that both predicted.

    Attributes:
        name, title: short, and for people.
        role: "floor", "peer" or "ours".
        n: clips.
        accuracy1, accuracy2, mae_bpm, median_ae_bpm: of this system.
        accuracy1_difference: checkpoint minus this system, by paired bootstrap.
        mae_difference_bpm: the same of the mean absolute error; below 0 the checkpoint is better.
        mcnemar: of Accuracy1; `only_first` counts clips that only the checkpoint predicts correctly.
    """

    name: str
    title: str
    role: str
    n: int
    accuracy1: float
    accuracy2: float
    mae_bpm: float
    median_ae_bpm: float
    accuracy1_difference: PairedDifference
    mae_difference_bpm: PairedDifference
    mcnemar: McNemar


@dataclass(frozen=True)
class AnnotationScore:
    """All predictions against one annotation.

    Attributes:
        annotation: "rhythm" for GTZAN-Rhythm, the ground truth, or "marsyas".
        score: over all clips.
        curve: accuracy against tolerance.
        genres: each genre that occurs, in alphabetical order.
        rivals: our own where asked for, then baselines, then reference systems.
    """

    annotation: str
    score: TempoScore
    curve: ToleranceCurve
    genres: tuple[GenreAccuracy, ...]
    rivals: tuple[ComparedSystem, ...]


@dataclass(frozen=True)
class TempoReport:
    """Score of one tempo checkpoint, or of five that predict out of fold, on one subset of one split.

    Attributes:
        checkpoint: name; `<name>-oof` for five folds.
        model: architecture.
        recipe: that trained it.
        data: the copy of the data, in words.
        split, split_seed, fold, subset: what was measured on; `fold` is None out of fold.
        seed: of the (first) training.
        best_epochs: of each training.
        n: clips of the subset with an annotated tempo.
        rhythm, marsyas: against the first and the second annotation.
        metrical_level_n, metrical_level_share: clips with annotated metrical levels, and how many predictions are
            within 4 % of any of them.
        p_score_n, p_score, p_score_interval: of the estimate and its best alternative, on clips whose two annotations
            are more than 8 % apart; their salience is not annotated, so each tempo counts half. None without such.
        clear_share, clear_accuracy1: clips with a clear tempo, and Accuracy1 on these, None where there are none.
        n_same_recording, n_same_artist: clips that share a recording or an artist with training.
        accuracy1_unleaked: Accuracy1 on the clips that share neither, None when there are none.
        commit: of the code that trained.
        command: that makes this row again.
        train_command: that trains the (first) checkpoint again.
    """

    checkpoint: str
    model: str
    recipe: str
    data: str
    split: str
    split_seed: int | None
    fold: int | None
    subset: str
    seed: int
    best_epochs: tuple[int, ...]
    n: int
    rhythm: AnnotationScore
    marsyas: AnnotationScore
    metrical_level_n: int
    metrical_level_share: float | None
    p_score_n: int
    p_score: float | None
    p_score_interval: Interval | None
    clear_share: float
    clear_accuracy1: float | None
    n_same_recording: int
    n_same_artist: int
    accuracy1_unleaked: float | None
    commit: str
    command: str
    train_command: str

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one row from another."""
        return (self.model, self.recipe, self.split, self.split_seed, self.fold, self.subset, self.seed)

    @property
    def details(self) -> tuple[str, ...]:
        """As of a genre row; nothing."""
        return ()

    @property
    def headline(self) -> str:
        """Its main scores, in words."""
        return f"Accuracy1 {self.rhythm.score.accuracy1:.1%}, MAE {self.rhythm.score.mae_bpm:.2f} BPM"


TEMPO_ROWS = Store("tempo.json", TempoReport)


def tempo_results_markdown(reports: Iterable[TempoReport]) -> str:
    """Every test row as a markdown table, with its baseline and the best reference system; "" for none.

    The study's own figures stand below.
    """
    rows = [row for row in reports if row.subset == "test"]
    if not rows:
        return ""
    head = (
        "| model, recipe | split | seed | n | Accuracy1 | 95 % CI (bootstrap) | Accuracy2 | MAE "
        "| median absolute error | Accuracy1 against Marsyas | training median: Accuracy1, MAE "
        "| Accuracy1, best reference system |"
    )
    return "\n".join([head, f"|{'---|' * 12}", *map(_markdown_row, rows), _THE_STUDY])


_THE_STUDY = (
    "| the study's Cnn14 (cited, not measured by us) | stratified random | | not stated | not stated | | not stated "
    "| 25.2 BPM | 18.0 BPM | not stated | not stated | not stated |"
)


def _markdown_row(row: TempoReport) -> str:
    score, baseline, best = row.rhythm.score, _compared_with(row, "median"), _best_reference(row)
    where = [row.split, *([f"split seed {row.split_seed}"] if row.split_seed is not None else [])]
    where += [f"fold {row.fold}"] if row.fold is not None else []
    where += ["all folds"] if len(row.best_epochs) > 1 else []
    cells = [
        f"`{row.model}`, `{row.recipe}`",
        ", ".join(where),
        str(row.seed),
        str(score.n),
        in_words(score.accuracy1, "share"),
        f"{interval_words(_accuracy1(row), 'share')} %",
        in_words(score.accuracy2, "share"),
        in_words(score.mae_bpm, "fine bpm"),
        in_words(score.median_ae_bpm, "fine bpm"),
        in_words(row.marsyas.score.accuracy1, "share"),
        "not measured"
        if baseline is None
        else (f"{in_words(baseline.accuracy1, 'share')}, {in_words(baseline.mae_bpm, 'fine bpm')}"),
        "not measured" if best is None else f"{in_words(best.accuracy1, 'share')} ({best.title})",
    ]
    return f"| {' | '.join(cells)} |"


def tempo_answer_markdown(reports: Iterable[TempoReport]) -> str:
    """Can Cnn14 predict the tempo? Both recipes beside baselines, the compact model beside the reference systems.

    Returns:
        "" until recipe `strong` is measured, against recipe `seed`, on the test clips of a split.
    """
    tests = [row for row in reports if row.subset == "test"]
    pairs = (
        (ours, study)
        for ours in tests
        for study in tests
        if (ours.model, ours.recipe, study.model, study.recipe) == ("cnn14_bins", "strong", "cnn14_tempo", "seed")
        and (ours.split, ours.split_seed) == (study.split, study.split_seed)
        and _compared_with(ours, study.checkpoint) is not None
    )
    found = next(pairs, None)
    if found is None:
        return ""
    pooled = [row for row in tests if row.model == "tempo_tcn" and len(row.best_epochs) > 1]
    return " ".join([_cnn14_sentences(*found), *filter(None, map(_best_reference_sentence, pooled))])


def _cnn14_sentences(ours: TempoReport, study: TempoReport) -> str:
    baseline = _compared_with(study, "median")
    is_better = baseline is not None and (
        baseline.accuracy1_difference.interval.low > 0 and baseline.mae_difference_bpm.interval.high < 0
    )
    text = (
        f"With the study's own recipe Cnn14 is {'' if is_better else 'not '}significantly better than the training "
        f"median: Accuracy1 {_accuracy1_words(study)} on {study.n} test clips, {_difference_words(study, 'median')} "
        f"against that baseline. With recipe `{ours.recipe}` it is {_accuracy1_words(ours)}, "
        f"{_difference_words(ours, study.checkpoint)} against recipe `{study.recipe}` and "
        f"{_difference_words(ours, 'genre_median')} against the median tempo of the true genre."
    )
    own = [each.name for each in ours.rhythm.rivals if each.role == "ours" and each.name != study.checkpoint]
    return " ".join([text, *(f"Against `{name}`: {_difference_words(ours, name)}." for name in own)])


def _best_reference_sentence(row: TempoReport) -> str:
    """Empty for a row without reference systems."""
    best = _best_reference(row)
    if best is None:
        return ""
    p_value = best.mcnemar.p_value
    return (
        f"Out of fold over {row.rhythm.score.n} clips Accuracy1 of `{row.checkpoint}` is {_accuracy1_words(row)}, "
        f"{_difference_words(row, best.name)} against the best reference system, {best.title}: "
        f"{'' if p_value < 0.05 else 'not '}significant in Accuracy1 (McNemar {p_words(p_value)})."
    )


def _accuracy1_words(row: TempoReport) -> str:
    return with_ci(_accuracy1(row), "share", label=README_CI)


def _accuracy1(row: TempoReport) -> Measured:
    return Measured.of(row.rhythm.score.accuracy1, row.rhythm.score.accuracy1_interval)


def _difference_words(row: TempoReport, name: str) -> str:
    other = _compared_with(row, name)
    if other is None:
        raise DatasetError(f"The report of {row.checkpoint} does not compare it with {name}. Measure it again.")
    points, bpm = other.accuracy1_difference.measured, other.mae_difference_bpm.measured
    error = with_ci(bpm, "bpm difference", label=README_CI, what="of mean absolute error")
    return f"{with_ci(points, 'points', label=README_CI)} and {error}"


def _best_reference(row: TempoReport) -> ComparedSystem | None:
    references = [each for each in row.rhythm.rivals if each.role == "peer"]
    return max(references, key=lambda each: each.accuracy1, default=None)


def _compared_with(row: TempoReport, name: str) -> ComparedSystem | None:
    return next((each for each in row.rhythm.rivals if each.name == name), None)
