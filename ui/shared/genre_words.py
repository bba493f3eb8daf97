"""A genre estimate in words. Streamlit-free on purpose, so that the rules can be tested as plain functions."""

from core.results.words import percent
from core.types import GENRES, FloatArray, Prediction

_HIGH, _MODERATE = 0.8, 0.5
NO_GENRE_FITS = "No genre fits"
TOO_SHORT = "too short to be sure"


def certainty(probs: FloatArray) -> str:
    """One sentence that says how probable the most probable genre is, and what comes next."""
    ranked = sorted(zip((float(p) for p in probs), GENRES, strict=True), reverse=True)
    (first, genre), (second, runner_up) = ranked[0], ranked[1]
    said = f"**{genre}** ({percent(first)}); next comes {runner_up} ({percent(second)})."
    if first >= _HIGH:
        return f"High probability: {said}"
    if first >= _MODERATE:
        return f"Moderate probability: {said}"
    return f"Low probability: {said} The model is unsure."


def genre_headline(prediction: Prediction) -> str:
    """The answer in a few words of Markdown, for large type: no more sure than the sound allows."""
    if prediction.is_unlike_training:
        return NO_GENRE_FITS
    genre = prediction.genre
    return f"{genre.genre} :gray[{TOO_SHORT if prediction.is_too_short else percent(genre.confidence)}]"


def genre_sentence(prediction: Prediction) -> str:
    """What stands below the headline."""
    if prediction.is_unlike_training:
        return f"The model knows {len(GENRES)} genres, and none of them is named."
    return certainty(prediction.genre.probs)
