"""The feature constants, apart from the code that computes with them: who only labels an axis needs no torch."""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from core.types import FloatArray


@dataclass(frozen=True)
class FeatureSpec:
    """Every feature constant, once. A checkpoint carries the spec it was trained with.

    The window of 50 ms, the hop of 25 ms, 64 bands and 400 frames are the study's. `f_max_hz` is the bandwidth of the
    GTZAN copy the models were trained on (32 kb/s MP3): above it a model would learn the encoder, not the music.

    Attributes:
        sample_rate: Hz.
        n_fft: samples in an analysis window (50 ms).
        hop_length: samples between two frames (25 ms).
        n_mels: mel bands.
        n_frames: frames in one model window (10 s).
        f_min_hz, f_max_hz: edges of the mel filter bank, Hz.
        top_db: dynamic range below the loudest cell of the track, dB.
    """

    sample_rate: int = 22_050
    n_fft: int = 1_102
    hop_length: int = 551
    n_mels: int = 64
    n_frames: int = 400
    f_min_hz: float = 0.0
    f_max_hz: float = 8_000.0
    top_db: float = 80.0

    @property
    def frame_s(self) -> float:
        """Seconds between two frames."""
        return self.hop_length / self.sample_rate

    @property
    def window_s(self) -> float:
        """Seconds in one model window."""
        return self.n_frames * self.frame_s

    @property
    def n_window_samples(self) -> int:
        """Samples that make one model window: its frames are `hop_length` apart, the first one centred on the first."""
        return (self.n_frames - 1) * self.hop_length

    @property
    def key(self) -> str:
        """Short digest for cache folders; equal specs have equal keys."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    def band_centres_hz(self) -> FloatArray:
        """Centre frequency of each mel band, `[n_mels]`, Hz (HTK mel scale, as torchaudio uses)."""
        mel_edges = 2595.0 * np.log10(1.0 + np.array([self.f_min_hz, self.f_max_hz]) / 700.0)
        mels = np.linspace(mel_edges[0], mel_edges[1], self.n_mels + 2)[1:-1]
        return (700.0 * (10.0 ** (mels / 2595.0) - 1.0)).astype(np.float32)


@dataclass(frozen=True)
class Cnn14Spec:
    """What the front end of a Cnn14 does.

    Attributes:
        sample_rate: Hz, of the waveform.
        n_fft: samples in an analysis window, even.
        hop_length: samples between two frames.
        f_min_hz, f_max_hz: edges of the mel filter bank, Hz.
        n_mels: mel bands.
    """

    sample_rate: int
    n_fft: int
    hop_length: int
    f_min_hz: float
    f_max_hz: float
    n_mels: int = 64

    @property
    def n_bins(self) -> int:
        """Frequencies of the Fourier transform."""
        return self.n_fft // 2 + 1

    @property
    def frame_s(self) -> float:
        """Seconds between two frames."""
        return self.hop_length / self.sample_rate

    def n_frames(self, n_samples: int) -> int:
        """Frames that come of `n_samples` samples."""
        return 1 + n_samples // self.hop_length


CNN14_32K = Cnn14Spec(sample_rate=32_000, n_fft=1_024, hop_length=320, f_min_hz=50.0, f_max_hz=14_000.0)
"""Front end of the published 32 kHz network."""

CNN14_16K = Cnn14Spec(sample_rate=16_000, n_fft=512, hop_length=160, f_min_hz=50.0, f_max_hz=8_000.0)
"""Front end of the published 16 kHz network."""

CNN14_8K = Cnn14Spec(sample_rate=8_000, n_fft=256, hop_length=80, f_min_hz=50.0, f_max_hz=4_000.0)
"""Front end of the published 8 kHz network."""

CNN14_22K = Cnn14Spec(
    sample_rate=FeatureSpec().sample_rate, n_fft=1_024, hop_length=320, f_min_hz=50.0, f_max_hz=FeatureSpec().f_max_hz
)
"""The project's own, for training from scratch: window and hop of the 32 kHz network, bandwidth of the data."""
