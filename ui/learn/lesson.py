"""From a sound to an answer, step by step: the sections of the learn page."""

import math
from dataclasses import replace

import streamlit as st

from core.audio.load import load_audio
from core.features.specs import FeatureSpec
from core.figures import lesson
from core.figures.prediction import genre_bars, spectrogram
from core.figures.tempo_reading import tempo_distribution
from core.figures.timeline import Timeline, wave_picture
from core.inference.genre import GenreModel
from core.inference.inspection import GenreSteps, beat_activation, first_window, genre_steps, moment, occlusion
from core.inference.tempo import TempoModel
from core.types import GENRES, Audio, FloatArray, TempoReading
from ui.app.model import predictor
from ui.app.settings import HOW_TO_LISTEN, ModelChoice
from ui.app.text import as_code
from ui.learn.music import Picture, Sound
from ui.shared.cards import chart
from ui.shared.player.component import Sound as Played
from ui.shared.player.component import player
from ui.shared.tempo_view import NO_TEMPO_MODEL
from ui.shared.tempo_words import tempo_in_words

_FOLLOWED_S = 30.0
"""Of a longer file the beginning is followed."""
_FIRST_MOMENT_S = 3.0
_N_MAPS = 6
_WAVE_PX = 130
_SHOWN_BEATS_S = 10.0
_KEPT = 32
_ONLY_THE_PICTURE = "Of this clip there is only the picture: the steps begin with it, and end before the tempo."
_BLOCKS = {
    "First layer": "where one of the patterns above was found, such as beginnings of notes, steady tones, noise",
    "Second layer": "patterns of patterns, over more time and more frequencies, such as a drum hit or a chord",
    "Third layer": "patterns of those, the last before the decision",
}


def follow(music: Sound | Picture, chosen: ModelChoice) -> None:
    """All steps for a piece of music.

    Raises:
        AudioError: the file cannot be decoded.
        CheckpointError: a checkpoint is unusable, or one whose inside cannot be shown.
    """
    models = predictor(chosen)
    if models.transfer is not None:
        st.info(
            f"{as_code(chosen.genre)} classifies features of another network; followed here is "
            f"{as_code(models.genre.header.name)}.",
            icon=":material/info:",
        )
    if isinstance(music, Picture):
        st.info(f"{_ONLY_THE_PICTURE} {HOW_TO_LISTEN}", icon=":material/volume_off:")
        _genre_part(music.values, FeatureSpec(), models.genre, music.truth)
        return
    audio = _decoded(music.data, models.spec.sample_rate)
    _sound_part(audio, models.genre)
    window = _window(music.data, models.genre.header.weights_sha256, audio, models.genre)
    _genre_part(window, models.spec, models.genre, music.truth)
    if isinstance(models.tempo, TempoModel):
        _tempo_part(*_tempo(music.data, models.tempo.header.weights_sha256, audio, models.tempo), models.tempo)
    else:
        st.caption(NO_TEMPO_MODEL if models.tempo is None else "The tempo is followed for `tempo-tcn` alone.")


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _decoded(data: bytes, sample_rate: int) -> Audio:
    audio = load_audio(data, sample_rate)
    return replace(audio, samples=audio.samples[: round(_FOLLOWED_S * sample_rate)])


# What is kept belongs to a file and to weights; names of checkpoints may come again.


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _window(data: bytes, weights: str, _audio: Audio, _model: GenreModel) -> FloatArray:
    return first_window(_audio, _model)


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _tempo(data: bytes, weights: str, _audio: Audio, _model: TempoModel) -> tuple[TempoReading, FloatArray]:
    return _model.predict(_audio.samples), beat_activation(_model, _audio)


@st.fragment
def _sound_part(audio: Audio, model: GenreModel) -> None:
    st.subheader("1. Sound is a curve", anchor=False)
    st.markdown(
        f"A microphone measures pressure; {audio.sample_rate:,} numbers a second are enough here. The networks receive "
        f"one channel, and of it nothing above {model.header.features.f_max_hz / 1_000:g} kHz, where their highest mel "
        "band ends."
    )
    above = st.container()
    shown_s = min(audio.duration_s, model.header.features.window_s)
    time_s = st.slider(
        "Look at the moment that is marked (s)",
        0.0,
        shown_s,
        min(_FIRST_MOMENT_S, shown_s),
        0.025,
        format="%.2f",
        key="moment",
    )
    with above:
        played = Played(audio.samples, sample_rate=audio.sample_rate)
        wave = wave_picture(audio.samples, audio.sample_rate, time_s)
        shown = Timeline(audio.duration_s, wave)
        player(shown, played, "The input of the networks, before the mel bands", "lesson", _WAVE_PX)

    now, bands_hz = moment(audio, model, time_s), model.header.features.band_centres_hz()
    st.subheader("2. Fifty milliseconds become 64 numbers", anchor=False)
    sound, spectrum, usual = st.columns(3, gap="medium")
    with sound:
        st.markdown("**The sound** around this moment. The curve says little; what the ear goes by is in its waves.")
        chart(lesson.moment_sound(now, audio.sample_rate), "lesson-moment")
    with spectrum:
        st.markdown(
            "**Its spectrum** (grey), summed up in 64 mel bands (dots): narrow for low notes, wide for high ones."
        )
        chart(lesson.moment_spectrum(now, bands_hz), "lesson-spectrum")
    with usual:
        st.markdown(
            "**Beside what is usual**: mean ± one standard deviation of the training clips, in grey. What is above or "
            "below is what the network gets."
        )
        chart(lesson.moment_bands(now, bands_hz), "lesson-bands")


def _genre_part(window: FloatArray, spec: FeatureSpec, model: GenreModel, truth: str | None) -> None:
    """From the picture to the genre; `spec` is of the features that the picture was made with."""
    steps = _steps(window, model.header.weights_sha256, model)
    bands_hz = spec.band_centres_hz()
    st.subheader("3. Ten seconds become a picture", anchor=False)
    st.markdown(
        "Such a column every 25 ms, side by side: 64 × 400 numbers, all that the genre network ever sees. Bright is "
        "louder than usual."
    )
    chart(spectrogram(window, spec.frame_s, bands_hz), "lesson-picture")
    st.subheader("4. The network looks for patterns", anchor=False)
    st.markdown(
        "The first layer slides 64 small patterns, 5 bands high and 5 frames wide, over the picture. They were random "
        "when the training began. What they look like now helped to tell genres apart; nobody drew them."
    )
    chart(lesson.kernels(steps.kernels), "lesson-kernels")
    _maps_part(steps, spec.window_s)
    _decision_part(steps, truth, model.header.inference.temperature)
    _evidence_part(_evidence(window, model.header.weights_sha256, model), steps, bands_hz, spec.window_s)


@st.cache_data(show_spinner=False, max_entries=_KEPT)
def _steps(window: FloatArray, weights: str, _model: GenreModel) -> GenreSteps:
    return genre_steps(_model, window)


@st.cache_data(show_spinner="Hiding one patch after the other …", max_entries=_KEPT)
def _evidence(window: FloatArray, weights: str, _model: GenreModel) -> FloatArray:
    return occlusion(_model, window)


@st.fragment
def _maps_part(steps: GenreSteps, window_s: float) -> None:
    names = list(_BLOCKS)
    name = st.segmented_control("Maps of the", names, key="block", default=names[0], required=True, bind="query-params")
    name = name or names[0]
    block = names.index(name)
    n_maps, n_bands, n_frames = steps.maps[block].shape
    st.markdown(
        f"Each layer makes maps: {_BLOCKS[name]}. This one makes {n_maps} of {n_bands} × {n_frames} "
        f"cells; the {_N_MAPS} that vary most in this music:"
    )
    chart(lesson.feature_maps(steps.maps[block], steps.liveliest(block, _N_MAPS), window_s), "lesson-maps")


def _decision_part(steps: GenreSteps, truth: str | None, temperature: float) -> None:
    st.subheader("5. 128 numbers, ten scores, ten probabilities", anchor=False)
    st.markdown(
        f"All maps are boiled down to 128 numbers, of which {int((steps.embedding > 0).sum())} are above zero here. "
        "Each genre weighs them up to a score of its own, and the softmax makes the scores into probabilities. "
        "These are the first ten seconds alone; elsewhere the app predicts from the mean over the whole piece."
    )
    st.markdown(softmax_in_words(steps.logits, temperature))
    left, right = st.columns(2, gap="medium")
    with left:
        chart(lesson.genre_scores(steps.logits), "lesson-scores")
    with right:
        chart(genre_bars(steps.probs, truth), "lesson-genres")


def softmax_in_words(logits: FloatArray, temperature: float) -> str:
    """The softmax with its numbers filled in for the two highest scores, so that it can be checked by hand."""
    first, second = (int(i) for i in (-logits).argsort(kind="stable")[:2])
    gap = float(logits[first] - logits[second])
    origin = "which leaves them as trained" if temperature == 1 else "fitted on validation clips"
    odds = f"e^({gap:.2f} / {temperature:.3f}) = **{math.exp(gap / temperature):.3g} times**"
    return (
        f"Check it: divide each score by the temperature **{temperature:.3f}**, {origin}, raise *e* to the result, and "
        f"divide by the sum of all ten. So {GENRES[first]} is {odds} as probable as {GENRES[second]}."
    )


@st.fragment
def _evidence_part(evidence: FloatArray, steps: GenreSteps, bands_hz: FloatArray, window_s: float) -> None:
    st.subheader("6. What in the picture mattered?", anchor=False)
    st.markdown(
        "Hide one patch, put what is usual in its place, and ask again. Blue patches spoke for the genre: without them "
        "it is less likely. Orange ones spoke against it. What two patches do together cannot be seen this way."
    )
    top = int(steps.probs.argmax())
    # A key for each answer: another piece begins with its own genre, not with what was asked of the one before.
    genre = st.selectbox("Evidence for", GENRES, index=top, key=f"evidence-{GENRES[top]}", width=200)
    chart(lesson.evidence_map(evidence[GENRES.index(genre)], genre, bands_hz, window_s), "lesson-evidence")


def _tempo_part(reading: TempoReading, activation: FloatArray, model: TempoModel) -> None:
    st.subheader("7. Another network, another question: the tempo", anchor=False)
    st.markdown(
        "The tempo network gets a picture of its own, 50 columns a second, and predicts for each whether a beat "
        "falls there. From how regularly its inner maps pulse it then weighs every tempo. Half and double tempo fit "
        "the same beats: which of them counts is what it gets wrong most often."
    )
    frame_s = model.header.features.frame_s
    shown = activation[: round(_SHOWN_BEATS_S / frame_s)]
    left, right = st.columns(2, gap="medium")
    with left:
        chart(lesson.beat_curve(shown, frame_s, reading.beat_times_s), "lesson-beats")
    with right:
        chart(tempo_distribution(reading.estimate, height=270), "lesson-tempo")
    st.markdown(tempo_in_words(reading.estimate))
