"""Files as they come from the field: joined, chained, cut, damaged, unfinished, with wrong headers."""

import struct

import numpy as np
import pytest

from core.audio.frames import Block, without_blasts
from core.audio.load import AUDIO_SUFFIXES, load_audio
from core.errors import AudioError
from core.system.paths import ROOT
from core.types import AudioInfo
from tests.support.audio_files import (
    RECIPES,
    Samples,
    encode,
    mp3,
    music,
    sine,
    wav,
    without_header,
    write_av,
    write_soundfile,
)
from ui.shared import sources

RATE = 22_050
CODEC_DELAY_S = 0.2
"""An MP3 without a header begins and ends with what its encoder added: 1 to 2 frames at either end."""


def info(data: bytes) -> AudioInfo:
    return load_audio(data).info


def strength_of_440_hz(samples: Samples, start_s: float, end_s: float) -> float:
    """Share of a stretch's energy that lies within 10 Hz of the tone."""
    stretch = samples[round(start_s * RATE) : round(end_s * RATE)]
    power = np.abs(np.fft.rfft(stretch * np.hanning(len(stretch)))) ** 2
    frequencies = np.fft.rfftfreq(len(stretch), 1 / RATE)
    return float(power[np.abs(frequencies - 440) < 10].sum() / power.sum())


# ---- MP3 ----


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_mp3_of_variable_rate_without_header_is_read_whole(rate: int, n_channels: int) -> None:
    data = mp3(rate, 6.0, n_channels)
    assert info(data).duration_s == pytest.approx(6.0, abs=1e-3)
    found = info(without_header(data))
    assert 6.0 <= found.duration_s < 6.0 + CODEC_DELAY_S
    assert (found.sample_rate, found.n_channels, found.notes) == (rate, n_channels, ())


@pytest.mark.parametrize(
    "others",
    [[(44_100, 2)], [(44_100, 1)], [(22_050, 1)], [(48_000, 2)], [(44_100, 2), (32_000, 1), (44_100, 2)]],
    ids=["same", "mono", "half rate", "another rate", "four"],
)
@pytest.mark.parametrize("has_headers", [True, False])
def test_joined_mp3_files_count_whole(others: list[tuple[int, int]], has_headers: bool) -> None:
    parts = [mp3(rate, 2.0, channels, seed) for seed, (rate, channels) in enumerate([(44_100, 2), *others])]
    audio = load_audio(b"".join(part if has_headers else without_header(part) for part in parts))
    whole_s = 2.0 * len(parts)
    assert whole_s - 0.06 < audio.info.duration_s < whole_s + 0.1 * len(parts)
    assert audio.duration_s == pytest.approx(audio.info.duration_s, abs=1e-3)
    assert audio.info.notes == ()
    # The last part is in tune: it was resampled from its own rate.
    tone_s = audio.duration_s - 0.55, audio.duration_s - 0.15
    assert strength_of_440_hz(audio.samples, *tone_s) > 0.5


@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("damage", ["zeros", "noise", "gone"])
def test_damaged_mp3_is_read_on_and_says_so(part: int, damage: str) -> None:
    data = mp3(44_100, 5.0, 2)
    at, size = len(data) * (2 * part + 1) // 20, len(data) // 25
    instead = {"zeros": bytes(size), "noise": np.random.default_rng(part).bytes(size), "gone": b""}[damage]
    damaged = data[:at] + instead + data[at + size :]
    found, bare = info(damaged), info(without_header(damaged))
    assert 4.4 < found.duration_s < 4.9
    assert found.notes == (f"Only {found.duration_s:.1f} of the 5.0 s that the file announces could be decoded.",)
    assert bare.duration_s == pytest.approx(found.duration_s, abs=0.05)
    # Where nothing is left of the damaged frames, what comes after them can fit what came before.
    assert damage == "gone" or bare.notes[0].startswith("The file is damaged: sound is missing at ")


def test_blasts_that_a_lossy_decoder_makes_of_damage_are_silenced() -> None:
    frames = music(44_100, 1.0)
    frames[20_000:20_010] = 170.0
    frames[30_000] = np.nan
    silenced = without_blasts(Block(frames, 44_100)).samples
    assert np.abs(silenced).max() < 1.5
    assert (silenced == 0).sum() == 2 * 1_024
    quiet = Block(music(44_100, 1.0), 44_100)
    assert without_blasts(quiet) is quiet


def test_cut_mp3_says_how_much_was_read() -> None:
    data = mp3(44_100, 5.0, 2)
    found = info(data[: len(data) // 2])
    assert found.notes == (f"Only {found.duration_s:.1f} of the 5.0 s that the file announces could be decoded.",)


ID3 = b"ID3\x04\0\0" + bytes([0, 0, 78, 32]) + b"APIC" + np.random.default_rng(1).bytes(10_012)
ID3V1 = b"TAG" + b"a title".ljust(125, b"\0")
APE_TAG = b"APETAGEX" + struct.pack("<IIIIQ", 2_000, 232, 1, 0x8000_0000, 0) + b"Title=a song" * 16
LYRICS = b"LYRICSBEGIN" + b"INF00002" + b"11" + b"000021" + b"LYRICS200"


@pytest.mark.parametrize(
    "tag",
    [b"", ID3, ID3V1, APE_TAG, APE_TAG + ID3V1, LYRICS + ID3V1],
    ids=["none", "ID3", "ID3v1", "APE", "both", "lyrics"],
)
def test_tags_between_and_after_joined_files_are_no_damage(tag: bytes) -> None:
    first, second = mp3(44_100, 2.0, 2), mp3(44_100, 2.0, 2, seed=1)
    found = info(first + tag + second + tag)
    assert found.duration_s == pytest.approx(4.0, abs=0.1)
    assert found.notes == ()


@pytest.mark.parametrize("front", [b"\0" * 60_000, np.random.default_rng(2).bytes(60_000), ID3 + b"\0" * 4_000])
def test_junk_before_an_mp3_is_passed_over(front: bytes) -> None:
    found = info(front + mp3(44_100, 3.0, 2))
    assert (found.duration_s, found.notes) == (pytest.approx(3.0, abs=0.06), ())


@pytest.mark.parametrize("n_frames", [1, 60, 100_000, 0xFFFF_FFFF])
def test_mp3_with_a_wrong_number_of_frames_is_read_whole(n_frames: int) -> None:
    data = bytearray(mp3(44_100, 3.0, 2))
    at = data.index(b"Xing") + 8
    data[at : at + 4] = struct.pack(">I", n_frames)
    found = info(bytes(data))
    assert (found.duration_s, found.notes) == (pytest.approx(3.0, abs=0.01), ())


# ---- chained Ogg ----


def ogg(rate: int, duration_s: float, n_channels: int, codec: str, seed: int = 0) -> bytes:
    if codec == "FLAC":
        return write_av(music(rate, duration_s, n_channels, seed), rate, "ogg", "flac")
    return write_soundfile(music(rate, duration_s, n_channels, seed), rate, "OGG", codec)


@pytest.mark.parametrize(
    "links",
    [
        [(48_000, 2, "VORBIS"), (48_000, 2, "VORBIS")],
        [(44_100, 2, "VORBIS"), (44_100, 1, "VORBIS"), (22_050, 2, "VORBIS")],
        [(48_000, 1, "OPUS"), (48_000, 2, "OPUS")],
        [(48_000, 2, "OPUS"), (48_000, 2, "OPUS"), (48_000, 1, "OPUS")],
        [(44_100, 1, "FLAC"), (44_100, 1, "FLAC"), (16_000, 2, "FLAC")],
        [(44_100, 2, "VORBIS"), (48_000, 2, "OPUS"), (44_100, 2, "FLAC")],
    ],
    ids=["two", "three", "mono and stereo", "three Opus", "FLAC", "three codecs"],
)
def test_all_links_of_a_chained_ogg_file_count(links: list[tuple[int, int, str]]) -> None:
    data = b"".join(ogg(rate, 1.5 + number, channels, codec) for number, (rate, channels, codec) in enumerate(links))
    audio = load_audio(data)
    whole_s = sum(1.5 + number for number in range(len(links)))
    assert (audio.info.duration_s, audio.info.notes) == (pytest.approx(whole_s, abs=1e-3), ())
    assert (audio.info.sample_rate, audio.info.n_channels) == links[0][:2]
    start_s = whole_s - (0.5 + len(links))
    assert strength_of_440_hz(audio.samples, start_s + 0.2, start_s + 0.6) > 0.5


@pytest.mark.parametrize("codec", ["VORBIS", "OPUS"])
def test_chained_ogg_that_is_cut_says_so(codec: str) -> None:
    data = ogg(48_000, 3.0, 2, codec) + ogg(48_000, 3.0, 1, codec)
    found = info(data[: -len(data) // 8])
    assert 3.0 < found.duration_s < 5.9
    assert "cut short or damaged" in found.notes[0]


def test_a_link_that_is_no_sound_is_left_out_with_a_note() -> None:
    data = ogg(44_100, 2.0, 1, "VORBIS")
    found = info(data + data.replace(b"\x01vorbis", b"\x01nosuch"))
    assert found.duration_s == pytest.approx(2.0, abs=1e-3)
    assert "damaged" in found.notes[0]


# ---- WAV ----


def pcm_wav(duration_s: float = 2.0) -> bytearray:
    """16-bit mono; the sizes stand at bytes 4 and 40, the sound begins at 44."""
    return bytearray(wav(sine(RATE, duration_s), codec="PCM_16"))


def as_64_bit(form: bytes, data: bytes, after: bytes = b"") -> bytes:
    """A wav whose sizes stand in a chunk `ds64`, as RF64 (EBU 3306) and BW64 (ITU-R BS.2088) have it."""
    sound = data[44:]
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, len(data) + 28 + len(after), len(sound), len(sound) // 2, 0)
    return b"%s\xff\xff\xff\xffWAVE%s%sdata\xff\xff\xff\xff%s%s" % (form, ds64, data[12:36], sound, after)


@pytest.mark.parametrize("form", [b"RF64", b"BW64"])
@pytest.mark.parametrize(
    "after", [b"", b"axml" + struct.pack("<I", 20_000) + b"<x>!" * 5_000], ids=["bare", "metadata"]
)
def test_sizes_of_64_bit_files_are_obeyed(form: bytes, after: bytes) -> None:
    audio = load_audio(as_64_bit(form, bytes(pcm_wav()), after))
    np.testing.assert_array_equal(audio.samples, load_audio(bytes(pcm_wav())).samples)
    assert audio.info.notes == ()


@pytest.mark.parametrize("riff", [0, 36, 4_088, 0xFFFF_FFFF])
@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_F000, 0x8000_0000])
@pytest.mark.parametrize("filler", [b"", b"JUNK" + struct.pack("<I", 4_040) + bytes(4_040)], ids=["bare", "filler"])
def test_unfinished_wav_is_read_to_its_end(riff: int, size: int, filler: bytes) -> None:
    data = pcm_wav()
    data[4:8], data[40:44] = struct.pack("<I", riff), struct.pack("<I", size)
    found = info(bytes(data[:12]) + filler + bytes(data[12:]))
    assert (found.duration_s, found.notes) == (2.0, ())


def test_wav_shorter_than_it_says_is_used_with_a_note() -> None:
    found = info(bytes(pcm_wav(3.0))[: 44 + 2 * RATE * 2])
    assert found.duration_s == 2.0
    assert found.notes == ("Only 2.0 of the 3.0 s that the file announces could be decoded.",)


def test_chunks_of_odd_size_before_and_after_the_sound() -> None:
    data = pcm_wav()
    odd = b"note" + struct.pack("<I", 7) + b"1234567\0"
    for whole in (data[:12] + odd + data[12:] + odd, data[:36] + odd + data[36:]):
        np.testing.assert_array_equal(load_audio(bytes(whole)).samples, load_audio(bytes(data)).samples)


# ---- other containers ----


def test_speex() -> None:
    audio = load_audio(ROOT / "tests" / "sounds" / "speex.ogg")
    assert (audio.info.codec, audio.info.notes) == ("Ogg, Speex", ())
    assert audio.info.duration_s == pytest.approx(2.0, abs=0.05)
    assert strength_of_440_hz(audio.samples, 0.5, 1.5) > 0.9


def test_flac_and_au_of_unknown_length_are_read_whole() -> None:
    data = write_soundfile(sine(RATE, 2.0)[:, None], RATE, "FLAC", "PCM_16")
    unknown = data[:21] + bytes([data[21] & 0xF0, 0, 0, 0, 0]) + data[26:]  # STREAMINFO without a sample count
    assert (info(unknown).duration_s, info(unknown).notes) == (2.0, ())
    au = write_soundfile(sine(RATE, 2.0)[:, None], RATE, "AU", "PCM_16")
    assert info(au[:8] + b"\xff\xff\xff\xff" + au[12:]).duration_s == 2.0


@pytest.mark.parametrize("name", ["flac-16", "aiff-16", "ogg-flac", "wavpack", "tta", "mkv-flac", "wma"])
def test_cut_file_says_how_much_was_read(name: str) -> None:
    recipe = next(one for one in RECIPES if one.name == name)
    data = encode(music(recipe.sample_rate, 5.0, recipe.n_channels), recipe)
    found = info(data[: len(data) // 2])
    assert 1.0 < found.duration_s < 4.5
    assert f"{found.duration_s:.1f}" in found.notes[0]


def test_browser_recording_without_duration_and_cues() -> None:
    data = bytearray(write_av(music(48_000, 3.0, 1), 48_000, "webm", "libopus"))
    at = data.index(b"\x44\x89\x88")  # Duration, 8 bytes; EC is an empty element.
    data[at : at + 11] = b"\xec\x89" + bytes(9)
    cues = data.rindex(b"\x1c\x53\xbb\x6b")
    found = info(bytes(data[:cues]))
    assert (found.duration_s, found.notes) == (pytest.approx(3.0, abs=0.03), ())


def test_joined_aac_files_count_whole() -> None:
    parts = [write_av(music(rate, 2.0, 1), rate, "adts", "aac") for rate in (44_100, 44_100, 22_050)]
    found = info(b"".join(parts))
    assert (found.duration_s, found.notes) == (pytest.approx(6.0, abs=0.3), ())


def test_film_that_was_cut_before_its_index_says_why() -> None:
    data = write_av(music(44_100, 2.0, 1), 44_100, "mp4", "aac")
    with pytest.raises(AudioError, match="its index, which is written last, is missing"):
        load_audio(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("beginning", "words"),
    [
        (b"#EXTM3U\nhttp://example.invalid/song.mp3\n", "a playlist, which names sounds and holds none"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a text file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "a picture of a phone"),
        (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(200), "a WebP picture"),
        (b"\x7fELF" + bytes(200), "a program"),
        (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(64) + bytes.fromhex(
            "fbb311222 3bdd211b4b700a0c955fc6e".replace(" ", "")), "protected against copying"),
    ],
    ids=["playlist", "list of files", "HEIC", "WebP", "program", "protected WMA"],
)  # fmt: skip
def test_what_is_no_sound_is_named(beginning: bytes, words: str) -> None:
    with pytest.raises(AudioError, match=words):
        load_audio(beginning)


# ---- channels that cancel out ----


def stereo(left: Samples, right: Samples) -> Samples:
    return np.stack([left, right], axis=1).astype(np.float32)


LEFT = music(44_100, 3.0)[:, 0]
QUIETER = np.float32(10 ** (-0.1 / 20))
CANCELLING = {
    "exact": stereo(LEFT, -LEFT),
    "0.1 dB apart": stereo(LEFT, -LEFT * QUIETER),
    "3 dB apart": stereo(0.7 * LEFT, -LEFT),
    "a sample late": stereo(LEFT, -np.roll(LEFT, 1)),
    "with noise": stereo(LEFT, -LEFT + 0.01 * np.random.default_rng(3).standard_normal(len(LEFT))),
}


@pytest.mark.parametrize("channels", CANCELLING.values(), ids=CANCELLING.keys())
@pytest.mark.parametrize("codec", ["wav", "mp3", "vorbis", "aac"])
def test_channels_that_cancel_out_are_not_mixed(channels: Samples, codec: str) -> None:
    data = {
        "wav": lambda: wav(channels, 44_100),
        "mp3": lambda: write_soundfile(channels, 44_100, "MP3", "MPEG_LAYER_III"),
        "vorbis": lambda: write_soundfile(channels, 44_100, "OGG", "VORBIS"),
        "aac": lambda: write_av(channels, 44_100, "mp4", "aac"),
    }[codec]()
    audio = load_audio(data)
    assert "The channels cancel each other out in a mix, so only channel " in audio.info.notes[-1]
    assert strength_of_440_hz(audio.samples, 0.1, 0.6) > 0.5
    level = np.sqrt(np.mean(np.square(audio.samples)))
    assert level == pytest.approx(np.sqrt(np.mean(np.square(LEFT))), rel=0.15)


@pytest.mark.parametrize(
    "channels",
    [stereo(LEFT, LEFT), stereo(LEFT, 0 * LEFT), stereo(LEFT, np.roll(LEFT, 44_100)), music(44_100, 3.0, 6)],
    ids=["same", "one side", "unrelated", "5.1"],
)
def test_other_channels_are_mixed(channels: Samples) -> None:
    audio = load_audio(wav(channels, 44_100))
    assert audio.info.notes == ()
    expected = load_audio(wav(channels.mean(axis=1), 44_100)).samples
    np.testing.assert_allclose(audio.samples, expected, atol=1e-5)


def test_silence_of_opposite_offsets_is_silence() -> None:
    offset = np.full(44_100 * 2, 0.3, np.float32)
    with pytest.raises(AudioError, match="nothing but silence"):
        load_audio(wav(stereo(offset, -offset), 44_100))


# ---- what is accepted ----


@pytest.mark.parametrize("suffix", ["3gp", "mov", "m4b", "mp2", "aifc", "mka", "caf", "amr", "wma", "oga", "wv", "w64"])
def test_uploaders_take_what_the_decoder_reads(suffix: str) -> None:
    assert suffix in AUDIO_SUFFIXES
    assert sources.AUDIO_SUFFIXES is AUDIO_SUFFIXES
