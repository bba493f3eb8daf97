"""Beats made audible: a piece of music with a click on each, to judge beat times by ear."""

import io

import mir_eval
import numpy as np
import soundfile
from numpy.typing import NDArray

from core.types import Audio

PREDICTED_CLICK_HZ = 1_760.0
ANNOTATED_CLICK_HZ = 880.0
"""An octave apart: which click is which is heard at once."""

_CLICK_S = 0.06
_DECAY_S = 0.012
_MUSIC_PEAK = 0.5
_CLICK_PEAK = 0.25
"""Of each kind of click; music and both clicks together just reach full scale."""


def with_clicks(
    audio: Audio, predicted_s: NDArray[np.float64], annotated_s: NDArray[np.float64] | None = None
) -> bytes:
    """The audio as a wav file, mono, 16 bit, with high clicks on predicted and low ones on annotated beats.

    Clicks are placed by `mir_eval.sonify` (C. Raffel et al., "mir_eval: A Transparent Implementation of Common MIR
    Metrics", ISMIR 2014). Beats outside the audio are left out.

    Args:
        audio: the music; it is brought to half of full scale, whatever its level.
        predicted_s: `[b]`, seconds; empty for none.
        annotated_s: `[b]`, seconds, None for none.
    """
    peak = float(np.abs(audio.samples).max(initial=0.0))
    mix = audio.samples * (_MUSIC_PEAK / peak if peak > 0 else 0.0)
    mix = mix + _clicks(audio, predicted_s, PREDICTED_CLICK_HZ)
    if annotated_s is not None:
        mix = mix + _clicks(audio, annotated_s, ANNOTATED_CLICK_HZ)
    content = io.BytesIO()
    soundfile.write(content, mix, audio.sample_rate, format="WAV", subtype="PCM_16")
    return content.getvalue()


def _clicks(audio: Audio, times_s: NDArray[np.float64], pitch_hz: float) -> NDArray[np.float64]:
    """`[n]`: a decaying sine at each time."""
    click_times_s = np.arange(round(_CLICK_S * audio.sample_rate)) / audio.sample_rate
    click = _CLICK_PEAK * np.sin(2 * np.pi * pitch_hz * click_times_s) * np.exp(-click_times_s / _DECAY_S)
    # In order, as mir_eval stops at the first time beyond the end, and takes negative ones for times from the end.
    inside = np.sort(times_s[(times_s >= 0.0) & (times_s < audio.duration_s)])
    clicks: NDArray[np.float64] = mir_eval.sonify.clicks(
        inside, audio.sample_rate, click=click, length=len(audio.samples)
    )
    return clicks
