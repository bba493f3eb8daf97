"""Sound that arrives piece by piece."""

import base64
import io
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from core.audio.load import load_audio
from core.audio.stream import KEPT_S, Chunk, LiveSound
from core.errors import AudioError
from core.synth import DEMO_TRACKS

RATE = 22_050


def sent(samples: np.ndarray, rate: int = RATE, **other: Any) -> dict[str, Any]:
    pcm = base64.b64encode(samples.astype("<i2").tobytes()).decode()
    return {"take": 7, "number": 1, "rate": rate, "pcm": pcm, **other}


def tone(seconds: float, rate: int, hz: float = 440.0) -> np.ndarray:
    return (8_000 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


@pytest.mark.parametrize(
    "damaged",
    [
        None,
        "sound",
        {},
        sent(tone(0.1, RATE), number=-1),
        sent(tone(0.1, RATE), number=True),
        sent(tone(0.1, RATE), number=float("nan")),
        sent(tone(0.1, RATE), rate=float("inf")),
        sent(tone(0.1, RATE), rate=100),
        sent(tone(0.1, RATE), rate=10**9),
        sent(tone(0.1, RATE), pcm="no base64!"),
        sent(tone(0.1, RATE), pcm="AAAA"),  # half a sample too many
        sent(tone(0.1, RATE), pcm=5),
        sent(tone(KEPT_S + 2, RATE)),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_no_page_sends_is_refused(damaged: object) -> None:
    with pytest.raises(AudioError, match="Reload the page"):
        Chunk.parse(damaged)


def test_a_chunk_holds_what_was_sent() -> None:
    chunk = Chunk.parse(sent(tone(0.1, 48_000), rate=48_000.0, number=3))
    assert (chunk.take, chunk.number, chunk.sample_rate) == (7, 3, 48_000)
    np.testing.assert_array_equal(chunk.samples, tone(0.1, 48_000))


def test_pieces_join_without_a_seam() -> None:
    whole, sound = tone(12.0, RATE), LiveSound(RATE)
    for piece in np.array_split(whole, 37):
        sound.append_chunk(Chunk.parse(sent(piece)))
    assert sound.received_s == pytest.approx(12.0)
    last = sound.last(10)
    np.testing.assert_allclose(last.samples, whole[-10 * RATE :] / 2**15, atol=1e-7)
    assert last.samples.dtype == np.float32
    assert sound.last(60).duration_s == pytest.approx(12.0)


def test_only_the_last_two_minutes_are_kept_in_memory_that_does_not_grow() -> None:
    sound = LiveSound(RATE)
    piece = np.arange(10 * RATE, dtype=np.int64)
    for number in range(15):
        sound.append_chunk(Chunk.parse(sent(((piece + number) % 30_000).astype(np.int16))))
    assert sound.received_s == pytest.approx(150.0)
    samples, rate = soundfile.read(io.BytesIO(sound.take()), dtype="int16")
    assert (len(samples), rate) == (KEPT_S * RATE, RATE)
    np.testing.assert_array_equal(samples[-10 * RATE :], ((piece + 14) % 30_000).astype(np.int16))
    np.testing.assert_array_equal(samples[: 10 * RATE], ((piece + 3) % 30_000).astype(np.int16))
    assert Chunk.parse(sent(np.zeros(0))).samples.size == 0


def test_frames_of_a_stream_are_brought_to_the_rate_of_the_models() -> None:
    """As WebRTC gives them: 20 ms, 48 kHz, stereo."""
    track, sound = DEMO_TRACKS[0].track(), LiveSound(RATE)
    file = io.BytesIO()
    soundfile.write(file, track.samples, track.sample_rate, format="WAV", subtype="PCM_16")
    stereo = np.repeat(load_audio(file.getvalue(), 48_000).samples[:, np.newaxis], 2, axis=1)
    pcm = (np.clip(stereo, -1, 1) * 32_767).astype(np.int16)
    for start in range(0, len(pcm) - 960, 960):
        frame = av.AudioFrame.from_ndarray(pcm[start : start + 960].reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        sound.append_frame(frame)
    streamed, expected = sound.last(10).samples, load_audio(file.getvalue(), RATE).samples
    inside, end = slice(1_000, 9 * RATE), round(sound.received_s * RATE)
    errors = [
        float(np.square(streamed[inside] - expected[end - 10 * RATE + shift :][inside]).mean())
        for shift in range(-60, 61)
    ]
    assert min(errors) < 0.001 * float(np.square(expected).mean())
