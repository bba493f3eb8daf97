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
class Rival:
    """A floor, a peer or another system of ours beside the checkpoint, on the clips that both have answered.

    Attributes:
        name, title: short, and for people.
        role: "floor", "peer" or "ours".
        n: clips.
        accuracy1, accuracy2, mae_bpm, median_ae_bpm: the rival's own.
        accuracy1_difference: checkpoint less rival, by paired bootstrap.
        mae_difference_bpm: the same of the mean absolute error; below 0 the checkpoint is better.
        mcnemar: of Accuracy1; `only_first` counts clips that the checkpoint alone has right.
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
    """All answers against one annotation.

    Attributes:
        annotation: "rhythm" for GTZAN-Rhythm, the ground truth, or "marsyas".
        score: over all clips.
        curve: accuracies as the tolerance grows.
        genres: each genre that occurs, in alphabetical order.
        rivals: our own where asked for, then floors, then peers.
    """

    annotation: str
    score: TempoScore
    curve: ToleranceCurve
    genres: tuple[GenreAccuracy, ...]
    rivals: tuple[Rival, ...]


@dataclass(frozen=True)
class TempoReport:
    """Score of one tempo checkpoint, or of five that answer out of fold, on one subset of one split.

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
        metrical_level_n, metrical_level_share: clips with annotated metrical levels, and how many of the answers are
            within 4 % of any of them.
        p_score_n, p_score, p_score_interval: of the estimate and its best alternative, on clips whose two annotations
            are more than 8 % apart; nobody has marked their salience, so each tempo counts half. None without such.
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


TEMPO_ROWS = Store("tempo.json", TempoReport)


def tempo_results_markdown(reports: Iterable[TempoReport]) -> str:
    """Every test row as a markdown table, with its floor and the best of the others on the same clips; "" for none.

    The study's own figures stand below.
    """
    rows = [row for row in reports if row.subset == "test"]
    if not rows:
        return ""
    head = (
        "| model, recipe | split | seed | n | Accuracy1 | 95 % (bootstrap) | Accuracy2 | MAE | median error "
        "| Accuracy1 against Marsyas | median tempo always: Accuracy1, MAE | Accuracy1, best of others |"
    )
    return "\n".join([head, f"|{'---|' * 12}", *map(_markdown_row, rows), _THE_STUDY])


_THE_STUDY = (
    "| the study's Cnn14 (cited, not measured by us) | stratified random | | not stated | not stated | | not stated "
    "| 25.2 BPM | 18.0 BPM | not stated | not stated | not stated |"
)


def _markdown_row(row: TempoReport) -> str:
    score, floor, peer = row.rhythm.score, _rival_of(row, "median"), _best_peer(row)
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
        if floor is None
        else (f"{in_words(floor.accuracy1, 'share')}, {in_words(floor.mae_bpm, 'fine bpm')}"),
        "not measured" if peer is None else f"{in_words(peer.accuracy1, 'share')} ({peer.title})",
    ]
    return f"| {' | '.join(cells)} |"


def tempo_answer_markdown(reports: Iterable[TempoReport]) -> str:
    """Can Cnn14 tell the tempo? The study's recipe beside the floor, ours beside it; the compact model beside peers.

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
        and _rival_of(ours, study.checkpoint) is not None
    )
    found = next(pairs, None)
    if found is None:
        return ""
    pooled = [row for row in tests if row.model == "tempo_tcn" and len(row.best_epochs) > 1]
    return " ".join([_cnn14_sentences(*found), *filter(None, map(_best_peer_sentence, pooled))])


def _cnn14_sentences(ours: TempoReport, study: TempoReport) -> str:
    floor = _rival_of(study, "median")
    is_better = floor is not None and (
        floor.accuracy1_difference.interval.low > 0 and floor.mae_difference_bpm.interval.high < 0
    )
    text = (
        f"By the study's own recipe Cnn14 is {'better' if is_better else 'no better'} than always answering the "
        f"median tempo of the training clips: it is within 4 % for {_within(study)} of {study.n} test clips, "
        f"{_beside(study, 'median')} from that answer. Taught otherwise, recipe `{ours.recipe}`, it is within 4 % for "
        f"{_within(ours)}, {_beside(ours, study.checkpoint)} from recipe `{study.recipe}` and "
        f"{_beside(ours, 'genre_median')} from the median tempo of the true genre."
    )
    others = [rival for rival in ours.rhythm.rivals if rival.role == "ours" and rival.name != study.checkpoint]
    return " ".join([text, *(f"From `{rival.name}` it is {_beside(ours, rival.name)}." for rival in others)])


def _best_peer_sentence(row: TempoReport) -> str:
    """Empty for a row without peers."""
    peer = _best_peer(row)
    if peer is None:
        return ""
    p_value = peer.mcnemar.p_value
    return (
        f"Out of fold over {row.rhythm.score.n} clips `{row.checkpoint}` is within 4 % for {_within(row)}, "
        f"{_beside(row, peer.name)} from the best of the others, {peer.title}: {'' if p_value < 0.05 else 'not '}told "
        f"apart by how often they are right (McNemar {p_words(p_value)})."
    )


def _within(row: TempoReport) -> str:
    return with_ci(_accuracy1(row), "share", label=README_CI)


def _accuracy1(row: TempoReport) -> Measured:
    return Measured.of(row.rhythm.score.accuracy1, row.rhythm.score.accuracy1_interval)


def _beside(row: TempoReport, name: str) -> str:
    rival = _rival_of(row, name)
    if rival is None:
        raise DatasetError(f"The report of {row.checkpoint} does not compare it with {name}. Measure it again.")
    points, bpm = rival.accuracy1_difference.measured, rival.mae_difference_bpm.measured
    error = with_ci(bpm, "bpm difference", label=README_CI, what="of mean absolute error")
    return f"{with_ci(points, 'points', label=README_CI)} and {error}"


def _best_peer(row: TempoReport) -> Rival | None:
    peers = [rival for rival in row.rhythm.rivals if rival.role == "peer"]
    return max(peers, key=lambda rival: rival.accuracy1, default=None)


def _rival_of(row: TempoReport, name: str) -> Rival | None:
    return next((rival for rival in row.rhythm.rivals if rival.name == name), None)
