"""Measured results as they are kept on disk: `data/reports/genre.json` holds one row per evaluated run.

Pages and README take their numbers from here, never from anywhere else.
"""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.data.splits import N_FOLDS
from core.metrics.genre import wilson_interval
from core.metrics.significance import Measured
from core.results.store import Store
from core.results.words import in_words, interval_words, spread_words


@dataclass(frozen=True)
class GenreReport:
    """Score of one genre checkpoint on one subset of one split.

    Attributes:
        checkpoint: name.
        recipe: that trained it.
        windows: "first" or "mean", how many windows of a clip counted.
        data: the copy of the data, in words.
        split, split_seed, fold, subset: what was measured on.
        seed: of the training.
        n_train, n_train_all: clips that it was trained on, and those that its split offers.
        best_epoch, epochs: whose weights, and how many were run.
        n: clips.
        accuracy: 0..1.
        accuracy_low, accuracy_high: 95 % Wilson interval over clips.
        log_loss: nats.
        macro_f1: 0..1.
        majority_floor: accuracy of the majority-class baseline, the most frequent training genre.
        n_same_recording, n_same_artist: clips that share a recording or an artist with training.
        accuracy_unleaked: accuracy on the clips that share neither, None when there are none.
        confusion: 10 x 10 counts, rows true, columns predicted.
        commit: of the code that trained.
        command: that makes this row again.
        train_command: that trains the checkpoint again.
    """

    checkpoint: str
    recipe: str
    windows: str
    data: str
    split: str
    split_seed: int | None
    fold: int | None
    subset: str
    seed: int
    n_train: int
    n_train_all: int
    best_epoch: int
    epochs: int
    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    log_loss: float
    macro_f1: float
    majority_floor: float
    n_same_recording: int
    n_same_artist: int
    accuracy_unleaked: float | None
    confusion: tuple[tuple[int, ...], ...]
    commit: str
    command: str
    train_command: str

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one row from another."""
        run = (self.recipe, self.windows, self.split, self.split_seed, self.fold, self.subset, self.seed)
        return run if self.is_whole else (*run, self.n_train)

    @property
    def is_whole(self) -> bool:
        """Whether all training clips of the split were trained on, as in every comparison but that of sizes."""
        return self.n_train == self.n_train_all

    @property
    def details(self) -> tuple[str, ...]:
        """In words what else tells it from other rows of its recipe and split."""
        return (self.windows, *([] if self.is_whole else [f"{self.n_train} training clips"]))

    @property
    def headline(self) -> str:
        """Its main scores, in words."""
        return f"accuracy {self.accuracy:.1%}, log loss {self.log_loss:.3f}"


@dataclass(frozen=True)
class GenreSummary:
    """Several runs of one recipe on one split: mean and spread over runs.

    Attributes:
        recipe, windows, split, data: what was measured.
        seeds: split seeds, or training seeds where the split is fixed.
        n: test clips in each run; on "artist_folds" in all of them, as each run tests clips of its own.
        mean, std: of the accuracy; std with n - 1, 0 for one run. On "artist_folds" this mean, like the others, is over
            clips.
        mean_low, mean_high: mean ends of the 95 % Wilson intervals of the runs; on "artist_folds" of that of all clips.
        mean_log_loss: nats.
        best_epochs: of each run.
        mean_same_recording, mean_same_artist: leaked test clips.
        majority_floor: mean.
    """

    recipe: str
    windows: str
    split: str
    data: str
    seeds: tuple[int, ...]
    n: int
    mean: float
    std: float
    mean_low: float
    mean_high: float
    mean_log_loss: float
    best_epochs: tuple[int, ...]
    mean_same_recording: float
    mean_same_artist: float
    majority_floor: float

    @property
    def is_pooled(self) -> bool:
        """Whether each run tests clips of its own."""
        return self.split == "artist_folds"


GENRE_ROWS = Store("genre.json", GenreReport)
FUSED_ROWS = Store("fused.json", GenreReport)
"""Rows of fusion checkpoints, which predict genres as genre checkpoints do."""


RECIPES = (
    "seed",
    "strong",
    "genre-transfer",
    "genre-transfer-mtt",
    "genre-mixed",
    "genre-mixed-mtt",
    "mfcc-svm",
    "texture-svm",
    "modulation-svm",
    "untrained-svm",
)
"""Of genre systems, in the order of the tables: ours, those with features learned from other music, the baselines."""


def summarise_genre(reports: Iterable[GenreReport], recipe: str, split: str, windows: str) -> GenreSummary | None:
    """Mean and spread over the runs of a recipe on the test subset of a split; None when none was measured.

    On "stratified" the runs are split seeds 0 to 4; the shipped checkpoint's (split seed 42) is not among them. Nor are
    runs trained on fewer clips than the split offers. On "artist_folds" it takes all five.
    """
    wanted = (recipe, split, "test", windows)
    rows = [row for row in reports if (row.recipe, row.split, row.subset, row.windows) == wanted and row.is_whole]
    if split == "stratified":
        rows = [row for row in rows if row.split_seed in range(5)]
    if not rows or (split == "artist_folds" and sorted(row.fold or 0 for row in rows) != list(range(N_FOLDS))):
        return None
    # Runs on one split test equally many clips: over clips is over runs, but for folds, which differ in size.
    n_in_all = sum(row.n for row in rows)

    def mean(value: Callable[[GenreReport], float]) -> float:
        return sum(value(row) * row.n for row in rows) / n_in_all

    scores = [row.accuracy for row in rows]
    accuracy = mean(lambda row: row.accuracy)
    low, high = mean(lambda row: row.accuracy_low), mean(lambda row: row.accuracy_high)
    if split == "artist_folds":
        low, high = wilson_interval(round(accuracy * n_in_all), n_in_all)
    return GenreSummary(
        recipe=recipe,
        windows=windows,
        split=split,
        data=rows[0].data,
        seeds=tuple(int(row.split_seed or 0) if split == "stratified" else row.seed for row in rows),
        n=n_in_all if split == "artist_folds" else rows[0].n,
        mean=accuracy,
        std=statistics.stdev(scores) if len(scores) > 1 else 0.0,
        mean_low=low,
        mean_high=high,
        mean_log_loss=mean(lambda row: row.log_loss),
        best_epochs=tuple(row.best_epoch for row in rows),
        mean_same_recording=mean(lambda row: row.n_same_recording),
        mean_same_artist=mean(lambda row: row.n_same_artist),
        majority_floor=mean(lambda row: row.majority_floor),
    )


def genre_results_markdown(reports: Iterable[GenreReport]) -> str:
    """The genre results as a markdown table, measured rows first, then the study's own figures."""
    reports = tuple(reports)
    lines = [
        "| recipe | split | windows | runs | n | accuracy | 95 % CI (Wilson) | log loss | best epoch | "
        "test clips sharing a recording / an artist | majority-class baseline |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for split in ("stratified", "fault_filtered", "artist_folds"):
        for recipe in RECIPES:
            for windows in ("first", "mean"):
                summary = summarise_genre(reports, recipe, split, windows)
                if summary is not None:
                    lines.append(_row(summary))
        lines += [_row_with_validation(row) for row in reports if row.split == split and row.n_train > row.n_train_all]
    lines += [
        "| the study (cited, not measured by us) | stratified random | first | | not stated | 70 % and 67.1 % are both "
        "stated | not stated | 1.2148 | not stated | not stated | 10.0 % |",
    ]
    return "\n".join(lines)


def _row_with_validation(row: GenreReport) -> str:
    """One run that also learned from the validation clips."""
    cells = [
        f"`{row.recipe}`, validation clips learned from, too",
        f"{row.split}, seeds {row.seed}",
        row.windows,
        "1",
        str(row.n),
        in_words(row.accuracy, "share"),
        f"{interval_words(Measured(row.accuracy, row.accuracy_low, row.accuracy_high), 'share')} %",
        in_words(row.log_loss, "number"),
        str(row.best_epoch) if row.epochs else "none",
        f"{row.n_same_recording:.1f} / {row.n_same_artist:.1f}",
        in_words(row.majority_floor, "share"),
    ]
    return f"| {' | '.join(cells)} |"


def _row(summary: GenreSummary) -> str:
    seeds = ", ".join(map(str, summary.seeds))
    kind = "split seeds" if summary.split == "stratified" else "seeds"
    cells = [
        f"`{summary.recipe}`",
        f"{summary.split}, {kind} {seeds}" if summary.split != "artist_folds" else f"{summary.split}, all folds",
        summary.windows,
        str(len(summary.seeds)),
        str(summary.n),
        spread_words(summary.mean, summary.std) if len(summary.seeds) > 1 else in_words(summary.mean, "share"),
        f"{interval_words(Measured(summary.mean, summary.mean_low, summary.mean_high), 'share')} %",
        in_words(summary.mean_log_loss, "number"),
        ", ".join(map(str, summary.best_epochs)) if any(summary.best_epochs) else "none",
        f"{summary.mean_same_recording:.1f} / {summary.mean_same_artist:.1f}",
        in_words(summary.majority_floor, "share"),
    ]
    return f"| {' | '.join(cells)} |"
