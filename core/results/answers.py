"""The three questions, each answered in one sentence on chosen clips, or honestly not at all.

Whoever asks on the same clips gets the same sentence, whichever page it stands on.
"""

from collections.abc import Collection, Iterable

from core.metrics.genre import share
from core.metrics.significance import Measured
from core.results.clip_sets import ClipSet, split_of
from core.results.fusion_answer import answering, gain_words
from core.results.fusion_reports import FusionReport
from core.results.genre_comparison import majority_class, n_right
from core.results.genre_predictions import SavedGenre
from core.results.published import load_published
from core.results.tempo_comparison import TempoSystem, score_tempo, share_within
from core.results.words import clips_words, in_words, listed, split_words, with_ci

QUESTIONS = (
    "**Q1** How well can a network learn genre from GTZAN mel-spectrograms alone?",
    "**Q2** Can a tempo model on the Cnn14 architecture give reliable beats per minute?",
    "**Q3** Does knowing the tempo make the genre classifier better?",
)
NOT_MEASURED = "**Not measured yet**"


def genre_answer(saved: SavedGenre | None, clips: ClipSet) -> str:
    """How often a system is right, beside the majority class.

    Args:
        saved: predictions of the system; None where no system can be scored.
        clips: to score on.
    """
    where, ids = clips_words(clips), clips.clip_ids
    if saved is None:
        return f"{NOT_MEASURED} on the {where}: no saved predictions are of a model trained without them."
    accuracy, baseline = share(n_right(saved, ids), len(ids)), n_right(majority_class(clips.split, ids), ids) / len(ids)
    was_trained_on = clips.subset == "train" and split_of(saved.subsets) == clips.split
    seen = " It was trained on these clips." if was_trained_on else ""
    return (
        f"`{saved.system}` predicts {with_ci(accuracy, 'share', bold=True)} of the {where} correctly; majority-class "
        f"baseline: {in_words(baseline, 'share')}.{seen}"
    )


def tempo_answer(systems: Collection[TempoSystem], clips: ClipSet, was_trained_on: bool = False) -> str:
    """How often each tempo model of ours is within 4 %, beside the best reference system.

    Args:
        systems: ours, and the reference systems.
        clips: to score on.
        was_trained_on: whether a model of ours was trained on these clips.
    """
    references = [system for system in systems if system.role == "peer"]
    reference = max(references, key=lambda system: share_within(system, clips.clip_ids))
    best = f"best of nine reference systems ({reference.title}): {_within(reference, clips)}"
    own = [f"`{system.title}` {_within(system, clips)}" for system in systems if system.role == "ours"]
    if not own:
        return f"{NOT_MEASURED} for a model of ours; for scale, {best}."
    seen = " A model of ours was trained on these clips." if was_trained_on else ""
    return f"Accuracy1 (4 %): {listed(own)}; {best}.{seen}"


def _within(system: TempoSystem, clips: ClipSet) -> str:
    score = score_tempo(system, clips.clip_ids)
    accuracy = Measured.of(score.accuracy1, score.accuracy1_interval)
    return f"{with_ci(accuracy, 'share', bold=True)} of {score.n} clips"


def fusion_answer(reports: Iterable[FusionReport], split: str) -> str:
    """What each fusion recipe gains on a split; where none was measured there, on the artist folds."""
    measured_on, found = answering(reports, split)
    answer = " ".join(filter(None, map(gain_words, found)))
    if answer:
        return answer if measured_on == split else f"On the {split_words(measured_on)}, where it is measured: {answer}"
    study = [entry for entry in load_published() if entry.task == "genre" and entry.system.startswith("the study")]
    cited = " and ".join(f"{100 * entry.value:.0f} % for {entry.system}" for entry in study)
    return (
        f"{NOT_MEASURED} on the {split_words(split)}: it takes fused predictions and controls for the same clips. "
        f"The study reports {cited} (cited; it states no interval)."
    )
