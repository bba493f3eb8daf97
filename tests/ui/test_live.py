"""What Live takes from the settings, and what it shows of a prediction; plain functions."""

from dataclasses import replace

import pytest

from core.audio.load import load_audio
from core.errors import SettingsError
from core.inference.predict import Predictor
from core.synth import DEMO_TRACKS
from core.types import GENRES
from ui.analyze.ice_servers import stun_servers, turn_server
from ui.analyze.live import LIVE_S, as_data


def test_no_server_is_asked_unless_somebody_names_one() -> None:
    assert stun_servers("") == stun_servers(" , ") == []


def test_stun_servers_are_separated_by_commas() -> None:
    assert stun_servers("stun:stun.example.org:3478, stuns:[2001:db8::1]") == [
        {"urls": ["stun:stun.example.org:3478"]},
        {"urls": ["stuns:[2001:db8::1]"]},
    ]


@pytest.mark.parametrize(
    "setting", ["stun.example.org", "http://a.b", "stun:", "stun:a:99999999", "turn:a:1", "stun:a b"]
)
def test_an_address_that_is_none_is_named_with_the_cure(setting: str) -> None:
    with pytest.raises(SettingsError, match=r"LAB_STUN names .* Write stun:HOST:PORT"):
        stun_servers(setting)


def test_a_turn_server_has_a_username_and_a_credential() -> None:
    secret = {"urls": "turn:turn.example.org:3478?transport=tcp", "username": "a", "credential": "b"}
    assert turn_server(secret) == {**secret, "urls": [secret["urls"]]}
    assert turn_server({**secret, "urls": [secret["urls"]]}) == turn_server(secret)


@pytest.mark.parametrize(
    ("change", "cure"),
    [
        ({"urls": "stun:a:1"}, "needs urls"),
        ({"urls": []}, "needs urls"),
        ({"urls": 5}, "needs urls"),
        ({"username": ""}, "needs a username"),
        ({"credential": None}, "needs a username"),
    ],
)
def test_a_turn_secret_that_is_wrong_is_named_with_the_cure(change: dict[str, object], cure: str) -> None:
    secret = {"urls": "turn:a:1", "username": "a", "credential": "b", **change}
    with pytest.raises(SettingsError, match=cure):
        turn_server(secret)


def test_a_secret_that_is_no_table_is_named() -> None:
    with pytest.raises(SettingsError, match=r"\[turn\] needs urls"):
        turn_server("turn:a:1")


def test_the_stage_shows_what_the_models_predict() -> None:
    model, track = Predictor.load(), DEMO_TRACKS[0]
    audio = load_audio(track.wav_bytes(), model.spec.sample_rate)
    prediction = model.predict(replace(audio, samples=audio.samples[: LIVE_S * audio.sample_rate]))
    shown = as_data(prediction)
    assert shown["genre"] == prediction.genre.genre
    assert shown["bpm"] == pytest.approx(track.tempo_bpm, rel=0.02)
    assert shown["tempo"].startswith(f"{shown['bpm']:.1f} BPM")
    assert len(shown["probs"]) == len(shown["shares"]) == len(GENRES)
    assert -60 / shown["bpm"] < shown["last_beat_s"] <= 0
    assert "**" not in shown["genre_words"] + shown["tempo_words"]
