"""A spectrogram in, tempo and beats out: the compact tempo model with windows and speeds averaged."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from core.audio.sounding import repeated
from core.features.log_mel import FeatureSpec, cut_windows, log_mel, pad_frames, window_starts
from core.models.checkpoint import CheckpointHeader, Inference
from core.models.tempo_tcn import TempoTCN
from core.rhythm.beat_tracker import FEWEST_BEATS, are_steady, tempo_of_beats, track_beats
from core.rhythm.tempo import N_BINS, bin_position, estimate_at, estimate_tempo, tempo_at
from core.rhythm.tempo_changes import find_changes, same_but_for_its_octave
from core.types import TRACKED_CONFIDENCE, FloatArray, TempoEstimate, TempoPart, TempoReading

_REPEATED_WINDOWS = 1.2
"""How long a repeated sound is, so that it fills a window when it is played faster."""
_STANDING_OUT = 1.5
"""Detected beats are so many times as strong as the mean of all frames."""


@dataclass(frozen=True)
class _WindowOutputs:
    """Outputs for the windows of a track at one speed.

    Attributes:
        starts: first frame of each window.
        tempo_probs: `[W, N_BINS]`, of the track as it is, whatever the speed.
        beat_probs: `[W, L]`, L frames in a window.
        downbeat_probs: `[W, L]`.
    """

    starts: list[int]
    tempo_probs: FloatArray
    beat_probs: FloatArray
    downbeat_probs: FloatArray


def unshifted(probs: FloatArray, speed: float) -> FloatArray:
    """Distributions over the tempo of a track played `speed` times as fast, `[W, N_BINS]`, to the track's own tempo."""
    own_bins = np.arange(N_BINS)
    played_bins = own_bins + bin_position(tempo_at(0.0) * speed)
    moved = np.stack([np.interp(played_bins, own_bins, row, left=0.0, right=0.0) for row in probs]) + 1e-9
    return np.asarray(moved / moved.sum(axis=1, keepdims=True), dtype=np.float32)


@torch.inference_mode()
def _window_outputs(
    net: TempoTCN, track: Tensor, spec: FeatureSpec, inference: Inference, speed: float
) -> _WindowOutputs:
    if speed != 1.0:
        n_frames = round(track.shape[-1] / speed)
        track = functional.interpolate(track[None], size=n_frames, mode="linear", align_corners=False)[0]
    track = pad_frames(track, spec.n_frames)
    starts = window_starts(track.shape[-1], spec, inference.hop_frames or spec.n_frames)
    outputs = [net.outputs(cut_windows(track, [start], spec)) for start in starts]
    logits = torch.cat([output.tempo_logits for output in outputs]).double() / inference.temperature
    beats = torch.cat([output.beat_logits for output in outputs]).sigmoid().numpy()
    downbeats = torch.cat([output.downbeat_logits for output in outputs]).sigmoid().numpy()
    probs = torch.softmax(logits, dim=-1).float().numpy()
    return _WindowOutputs(starts, unshifted(probs, speed) if speed != 1.0 else probs, beats, downbeats)


def _joined(starts: list[int], windows: FloatArray, n_frames: int) -> FloatArray:
    """Activation of the whole track from that of windows: the mean where they overlap, `[n_frames]`."""
    length = windows.shape[1]
    total, count = np.zeros((2, starts[-1] + length))
    for start, window in zip(starts, windows, strict=True):
        total[start : start + length] += window
        count[start : start + length] += 1
    return np.asarray((total / count)[:n_frames], dtype=np.float32)


def _over_the_track(own: _WindowOutputs, whole: TempoEstimate, frame_s: float) -> tuple[TempoEstimate, ...]:
    """The estimate in each window; a single window is the whole track and needs no estimate of its own."""
    if len(own.starts) == 1:
        return (whole,)
    return tuple(
        estimate_tempo(probs, beats, frame_s, downbeats)
        for probs, beats, downbeats in zip(own.tempo_probs, own.beat_probs, own.downbeat_probs, strict=True)
    )


def _tell_the_tempo(beats_s: NDArray[np.float64], activation: FloatArray, frame_s: float) -> bool:
    """Whether the time between beats is detected, not only filled in with the period that the tracker was given."""
    if len(beats_s) < FEWEST_BEATS:
        return False
    frames = np.clip(np.round(beats_s / frame_s).astype(int), 0, len(activation) - 1)
    return bool(np.median(activation[frames]) >= _STANDING_OUT * activation.mean())


@dataclass(frozen=True)
class _PieceEstimate:
    """What is predicted for a piece of a track.

    Attributes:
        own: outputs at the piece's own speed.
        activation: `[T]`, beats of the whole piece, 0..1.
        estimate: of the whole piece.
        beats_s: seconds from the start of the piece.
    """

    own: _WindowOutputs
    activation: FloatArray
    estimate: TempoEstimate
    beats_s: NDArray[np.float64]


def _predict_piece(net: TempoTCN, track: Tensor, spec: FeatureSpec, inference: Inference) -> _PieceEstimate:
    # At its own speed first: beats and the course of the tempo are read from that.
    own = _window_outputs(net, track, spec, inference, 1.0)
    others = [_window_outputs(net, track, spec, inference, speed) for speed in inference.speeds if speed != 1.0]
    distribution = np.mean([outputs.tempo_probs.mean(axis=0) for outputs in (own, *others)], axis=0, dtype=np.float64)
    distribution = (distribution / distribution.sum()).astype(np.float32)
    activation, downbeats = (
        _joined(own.starts, windows, track.shape[-1]) for windows in (own.beat_probs, own.downbeat_probs)
    )
    estimate = estimate_tempo(distribution, activation, spec.frame_s, downbeats)
    is_tracked = estimate.confidence >= TRACKED_CONFIDENCE
    beats = track_beats(activation, spec.frame_s, estimate.tempo_bpm) if is_tracked else np.zeros(0)
    if _tell_the_tempo(beats, activation, spec.frame_s):
        estimate = estimate_at(tempo_of_beats(beats), estimate.confidence, estimate.distribution)
    return _PieceEstimate(own, activation, estimate, beats)


def _predict_parts(
    net: TempoTCN, track: Tensor, spec: FeatureSpec, inference: Inference, activation: FloatArray
) -> list[tuple[int, _PieceEstimate]]:
    """First frame of each part and what is predicted for it; one part or none where a single tempo holds."""
    changes = find_changes(activation, spec.frame_s)
    parts: list[tuple[int, _PieceEstimate]] = []
    for first, last in pairwise((0, *changes, track.shape[-1])) if changes else ():
        piece = _predict_piece(net, track[:, first:last], spec, inference)
        if not (piece.estimate.is_clear and are_steady(piece.beats_s)):
            return []
        if parts and same_but_for_its_octave(piece.estimate.tempo_bpm, parts[-1][1].estimate.tempo_bpm):
            first = parts.pop()[0]
            piece = _predict_piece(net, track[:, first:last], spec, inference)
        parts.append((first, piece))
    return parts


def predict_tempo(
    net: TempoTCN, track: Tensor, spec: FeatureSpec, inference: Inference, checkpoint: str = ""
) -> TempoReading:
    """Tempo and beats of a track; where the tempo changes for good, of each part, and the estimate of the longest.

    Args:
        net: in evaluation mode.
        track: normalised `[64, T]`.
        spec: what the spectrogram is.
        inference: speeds and windows to average over, and the temperature.
        checkpoint: name of the network, for the prediction; "" where it has none yet.
    """
    whole = _predict_piece(net, track, spec, inference)
    pieces = _predict_parts(net, track, spec, inference, whole.activation)
    estimate, beats = whole.estimate, whole.beats_s
    parts = _as_parts(pieces, track.shape[-1], spec.frame_s) if len(pieces) > 1 else ()
    if parts:
        longest = max(range(len(parts)), key=lambda index: parts[index].end_s - parts[index].start_s)
        estimate = pieces[longest][1].estimate
        beats = _beats_of_parts(pieces, spec.frame_s)
    windows = _over_the_track(whole.own, estimate, spec.frame_s)
    return TempoReading(
        checkpoint=checkpoint,
        estimate=estimate,
        beat_times_s=beats,
        window_tempo_bpm=np.array([window.tempo_bpm for window in windows], dtype=np.float32),
        window_confidence=np.array([window.confidence for window in windows], dtype=np.float32),
        window_distributions=np.stack([window.distribution for window in windows]),
        window_start_s=(np.array(whole.own.starts) * spec.frame_s).astype(np.float32),
        window_s=whole.own.beat_probs.shape[1] * spec.frame_s,
        parts=parts,
    )


def _beats_of_parts(pieces: list[tuple[int, _PieceEstimate]], frame_s: float) -> NDArray[np.float64]:
    """Beats of the parts in turn; a beat on the border of two parts, that both have, is taken once."""
    beats = np.zeros(0)
    for first, piece in pieces:
        own = first * frame_s + piece.beats_s
        free_from_s = beats[-1] + 30.0 / piece.estimate.tempo_bpm if len(beats) else 0.0
        beats = np.concatenate([beats, own[own >= free_from_s]])
    return beats


def _as_parts(pieces: list[tuple[int, _PieceEstimate]], n_frames: int, frame_s: float) -> tuple[TempoPart, ...]:
    ends = [first for first, _ in pieces[1:]] + [n_frames]
    return tuple(
        TempoPart(first * frame_s, end * frame_s, piece.estimate.tempo_bpm, piece.estimate.confidence)
        for (first, piece), end in zip(pieces, ends, strict=True)
    )


@dataclass(frozen=True)
class TempoModel:
    """A network of tempi and beats with all it needs to predict."""

    net: TempoTCN
    header: CheckpointHeader

    def spectrogram(self, samples: FloatArray) -> Tensor:
        """Mono samples `[n]` to `[64, T]` dB."""
        return log_mel(samples, self.header.features)

    def predict_clip(self, log_mel_db: Tensor) -> TempoReading:
        """Tempo and beats of a `[64, T]` spectrogram, dB, made with the checkpoint's own features."""
        track = self.header.normalisation.apply(log_mel_db)
        return predict_tempo(self.net, track, self.header.features, self.header.inference, self.header.name)

    def predict(self, samples: FloatArray) -> TempoReading:
        """Tempo and beats of mono samples `[n]` at the rate of the checkpoint's features.

        A short sound whose tempo is not clear is repeated, as a loop is played. Where it is clear it is not: a piece of
        music that begins again in mid-bar has no single tempo.
        """
        spec = self.header.features
        predicted = self.predict_clip(self.spectrogram(samples))
        if predicted.estimate.is_clear or len(samples) >= spec.n_window_samples:
            return predicted
        return self.predict_clip(self.spectrogram(repeated(samples, round(_REPEATED_WINDOWS * spec.n_window_samples))))
