"""Which audio files are accepted: the one list for the decoder, its error texts and every uploader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AudioFormat:
    """A family of audio files.

    Attributes:
        name: in words.
        demuxers: FFmpeg's names of it.
        suffixes: of its files, without the dot.
        beginning: pattern of its first bytes; None where a file begins with the sound itself.
        common_name: as people know it; empty for what few will ask about.
    """

    name: str
    demuxers: tuple[str, ...]
    suffixes: tuple[str, ...]
    beginning: bytes | None = None
    common_name: str = ""


def _format(
    name: str, demuxers: str, suffixes: str, beginning: bytes | None = None, common_name: str = ""
) -> AudioFormat:
    return AudioFormat(name, tuple(demuxers.split()), tuple(suffixes.split()), beginning, common_name)


AUDIO_FORMATS: tuple[AudioFormat, ...] = (
    _format("MP3", "mp3", "mp3 mp2 mp1 mpga", None, "MP3"),
    _format("WAV", "wav", "wav wave bwf", rb"(RIFF|RIFX|RF64|BW64)....WAVE", "WAV"),
    _format("FLAC", "flac", "flac", rb"fLaC", "FLAC"),
    _format("MP4", "mov", "m4a mp4 m4b m4r m4v mov 3gp 3g2", rb"....(ftyp|moov|mdat|wide|free|skip)", "M4A, MP4"),
    _format("AAC", "aac loas", "aac adts", None, "AAC"),
    _format("Ogg", "ogg", "ogg oga opus spx ogv", rb"OggS", "Ogg, Opus"),
    _format("WebM", "matroska", "webm weba mka mkv", rb"\x1aE\xdf\xa3", "WebM"),
    _format("AIFF", "aiff", "aif aiff aifc", rb"FORM....AIF[FC]", "AIFF"),
    _format("AU", "au", "au snd", rb"\.snd", "AU"),
    _format("WMA", "asf", "wma wmv asf", rb"0&\xb2u\x8ef\xcf\x11", "WMA"),
    _format("CAF", "caf", "caf", rb"caff", "CAF"),
    _format("AMR", "amr amrnb amrwb", "amr awb", rb"#!AMR", "AMR"),
    _format("AC-3", "ac3 eac3", "ac3 eac3 ec3", rb"\x0bw"),
    _format("DTS", "dts dtshd", "dts dtshd", rb"\x7f\xfe\x80\x01|DTSHDHDR"),
    _format("WavPack", "wv", "wv", rb"wvpk"),
    _format("Monkey's Audio", "ape", "ape", rb"MAC "),
    _format("Musepack", "mpc mpc8", "mpc", rb"MP\+|MPCK"),
    _format("TTA", "tta", "tta", rb"TTA1"),
    _format("TAK", "tak", "tak", rb"tBaK"),
    _format("W64", "w64", "w64", rb"riff\x2e\x91\xcf\x11"),
    _format("GSM", "gsm", "gsm"),
    _format("RealAudio", "rm", "ra rm", rb"\.RMF|\.ra\xfd"),
    _format("DSD", "dsf iff", "dsf dff", rb"DSD |FRM8"),
    _format("8SVX", "iff", "iff 8svx", rb"FORM....8SVX"),
    _format("VOC", "voc", "voc", rb"Creative Voice"),
    _format("NIST", "nistsphere", "sph", rb"NIST_1A"),
    _format("IRCAM", "ircam", "ircam sf", rb"\x00?\x64\xa3"),
    _format("AVI", "avi", "avi", rb"RIFF....AVI "),
    _format("MPEG", "mpeg mpegts", "mpg mpeg vob ts m2ts", rb"\x00\x00\x01\xba"),
    _format("FLV", "flv", "flv", rb"FLV\x01"),
)

AUDIO_SUFFIXES: tuple[str, ...] = (
    *(one.suffixes[0] for one in AUDIO_FORMATS),
    *(suffix for one in AUDIO_FORMATS for suffix in one.suffixes[1:]),
)
"""Of all files that are accepted, without the dot; the usual ones first."""

ACCEPTED_FORMATS = ", ".join(one.common_name for one in AUDIO_FORMATS if one.common_name) + " and others"
"""In words, for the user."""
