"""A genre estimate in words. Streamlit-free on purpose, so that the rules can be tested as plain functions."""

from core.results.words import percent
from core.types import GENRES, FloatArray, Prediction

_HIGH, _MODERATE = 0.8, 0.5
NO_GENRE_FITS = "No genre fits"
TOO_SHORT = "too short to be sure"


def certainty(probs: FloatArray) -> str:
    """The confidence in one sentence: the most probable genre, and the next one."""
    ranked = sorted(zip((float(p) for p in probs), GENRES, strict=True), reverse=True)
    (first, genre), (second, runner_up) = ranked[0], ranked[1]
    ranking = f"**{genre}** ({percent(first)}), then {runner_up} ({percent(second)})."
    if first >= _HIGH:
        return f"High confidence: {ranking}"
    if first >= _MODERATE:
        return f"Moderate confidence: {ranking}"
    return f"Low confidence: {ranking}"


def genre_headline(prediction: Prediction) -> str:
    """The prediction in a few words of Markdown, for large type; no confidence where the sound is too short for one."""
    genre, beside = genre_and_confidence(prediction)
    return f"{genre} :gray[{beside}]" if beside else genre


def genre_and_confidence(prediction: Prediction) -> tuple[str, str]:
    """What `genre_headline` says, in two; the second is "" where no genre fits."""
    if prediction.is_unlike_training:
        return NO_GENRE_FITS, ""
    genre = prediction.genre
    return genre.genre, TOO_SHORT if prediction.is_too_short else percent(genre.confidence)


def genre_sentence(prediction: Prediction) -> str:
    """What stands below the headline."""
    if prediction.is_unlike_training:
        return f"None of the {len(GENRES)} genres is predicted."
    if prediction.is_too_short:
        (genre, first), (runner_up, second) = prediction.genre.ranked()[:2]
        return f"Most probable: **{genre}** ({percent(first)}), then {runner_up} ({percent(second)})."
    return certainty(prediction.genre.probs)
