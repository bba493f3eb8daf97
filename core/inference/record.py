"""A prediction as plain values: what is written to JSON, by command line and page alike."""

from core.models.other_music import other_music
from core.rhythm.metrical_level import TempoRange, level_within
from core.types import GENRES, FloatArray, Prediction, RecordValue, TempoReading


def as_record(prediction: Prediction, tempi: TempoRange | None = None) -> dict[str, RecordValue]:
    """What is written to JSON, by command line and page alike: flat names, probabilities with five decimals.

    Without a tempo checkpoint the fields of the tempo are there, too, None or empty. `tempo_bpm` is given even
    when `tempo_is_clear` is False, so that thresholds of one's own can be set on `tempo_confidence`. What only a
    classifier on features of musicnn gives, tags and similar clips, is empty for other systems.

    Args:
        prediction: of one piece of audio.
        tempi: a range; with one, `tempo_in_range_bpm` is the tempo of the metrical level inside it, None where there is
            no tempo or no level inside, and `tempo_bpm` stays the predicted one.
    """
    similar: list[dict[str, float | str]] = [
        {"clip_id": each.clip_id, "similarity": round(each.similarity, 4)} for each in prediction.neighbours
    ]
    return {
        "duration_s": round(prediction.info.duration_s, 3),
        "codec": prediction.info.codec,
        "sample_rate": prediction.info.sample_rate,
        "n_channels": prediction.info.n_channels,
        "used_s": round(prediction.used_s, 3),
        "notes": [*prediction.notes, *_tempo_notes(prediction.tempo)],
        "is_too_short": prediction.is_too_short,
        "is_unlike_training": prediction.is_unlike_training,
        "genre": prediction.genre.genre,
        "genre_probs": probs_by_name(prediction.genre.probs),
        "genre_checkpoint": prediction.genre.checkpoint,
        "genre_other_music": other_music(prediction.genre.checkpoint),
        "genre_beside": {other.checkpoint: probs_by_name(other.probs) for other in prediction.beside},
        "tags": {} if prediction.tags is None else {tag: round(p, 5) for tag, p in prediction.tags.ranked()},
        "similar_clips": similar,
        **_tempo_record(prediction.tempo),
        **({} if tempi is None else _in_range(prediction.tempo, tempi)),
        "fused_genre": None if prediction.fused is None else prediction.fused.genre,
        "fused_probs": None if prediction.fused is None else probs_by_name(prediction.fused.probs),
        "fusion_checkpoint": None if prediction.fused is None else prediction.fused.checkpoint,
    }


def _tempo_notes(reading: TempoReading | None) -> tuple[str, ...]:
    """That `tempo_bpm` alone is not the whole truth, for whoever reads nothing else."""
    if reading is None or not reading.changes:
        return ()
    tempi = ", then ".join(f"{part.tempo_bpm:.1f}" for part in reading.parts)
    return (f"The tempo changes: {tempi} BPM. tempo_bpm is that of the longest part, tempo_parts has all.",)


def probs_by_name(probs: FloatArray) -> dict[str, float]:
    """`[10]` to genre and probability with five decimals."""
    return {genre: round(float(p), 5) for genre, p in zip(GENRES, probs, strict=True)}


def _tempo_record(predicted: TempoReading | None) -> dict[str, RecordValue]:
    estimate = None if predicted is None else predicted.estimate
    candidates: list[dict[str, float | str]] = [
        {"name": other.relation, "bpm": round(other.tempo_bpm, 2), "weight": round(other.weight, 5)}
        for other in (() if estimate is None else estimate.candidates)
    ]
    parts: list[dict[str, float | str]] = [
        {
            "start_s": round(part.start_s, 2),
            "end_s": round(part.end_s, 2),
            "bpm": round(part.tempo_bpm, 2),
            "confidence": round(part.confidence, 5),
        }
        for part in (() if predicted is None else predicted.parts)
    ]
    return {
        "tempo_bpm": None if estimate is None else round(estimate.tempo_bpm, 2),
        "tempo_confidence": None if estimate is None else round(estimate.confidence, 5),
        "tempo_accuracy1_probability": _probability(predicted),
        "tempo_is_clear": None if estimate is None else estimate.is_clear,
        "tempo_candidates": candidates,
        "tempo_changes": None if predicted is None else predicted.changes,
        "tempo_parts": parts,
        "beat_times_s": [] if predicted is None else [round(float(time_s), 3) for time_s in predicted.beat_times_s],
        "tempo_checkpoint": None if predicted is None else predicted.checkpoint,
    }


def _probability(predicted: TempoReading | None) -> float | None:
    """Calibrated; None for a checkpoint without a calibration."""
    probability = None if predicted is None else predicted.accuracy1_probability
    return None if probability is None else round(probability, 5)


def _in_range(predicted: TempoReading | None, tempi: TempoRange) -> dict[str, RecordValue]:
    level = None if predicted is None else level_within(predicted.estimate, tempi, predicted.tempi_bpm)
    bpm = None if predicted is None or level is None else round(level.tempo_bpm(predicted.estimate.tempo_bpm), 2)
    return {
        "tempo_range_bpm": [tempi.low_bpm, tempi.high_bpm],
        "tempo_in_range_bpm": bpm,
        "tempo_in_range_level": None if level is None else level.name,
    }
