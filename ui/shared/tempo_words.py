"""A tempo in words: with its alternatives, beside the annotations, beside what somebody tapped.

Streamlit-free on purpose, so that the rules can be tested as plain functions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from core.figures.tempo_reading import TempoMark
from core.metrics.tempo import P_SCORE_TOLERANCE, ErrorKind, error_kinds
from core.results.words import NO_CLEAR_TEMPO, percent
from core.rhythm.metrical_level import PREDICTED, MetricalLevel, TempoRange
from core.types import CLEAR_CONFIDENCE, Clip, TempoEstimate, TempoPart, TempoReading

RHYTHM, MARSYAS = "GTZAN-Rhythm", "Marsyas"
"""The ground truth, and the second annotation."""

TAP_TOLERANCE = P_SCORE_TOLERANCE
"""Wider than the 4 % for models: people tap by hand."""

_PARTS_SHOWN = 3
_WORDS_SHOWN = 3
_LIGHTEST_SHOWN = 0.01
_MULTIPLES: dict[ErrorKind, str] = {
    "half": "half of it", "double": "twice it", "third": "a third of it", "triple": "three times it",
}  # fmt: skip


@dataclass(frozen=True)
class TempoError:
    """An estimate beside one annotation.

    Attributes:
        mark: the annotation.
        difference_bpm: estimate − truth.
        kind: what multiple of the truth the estimate is, within 4 %.
    """

    mark: TempoMark
    difference_bpm: float
    kind: ErrorKind

    def in_words(self) -> str:
        """For one line of a list."""
        annotated = f"{self.mark.label} {self.mark.tempo_bpm:.1f} BPM"
        off = f"{self.difference_bpm:+.1f} BPM, {100 * self.difference_bpm / self.mark.tempo_bpm:+.1f} %"
        match self.kind:
            case "exact":
                return f":green[:material/check_circle:] {annotated}: **exact** ({off})"
            case "other":
                return f":red[:material/cancel:] {annotated}: **other**, no simple multiple of it ({off})"
            case _:
                return (
                    f":orange[:material/change_circle:] {annotated}: **{self.kind}**, {_MULTIPLES[self.kind]} ({off})"
                )


def annotated_tempi(clip: Clip) -> tuple[TempoMark, ...]:
    """Both annotations of a clip, the ground truth first; those that it has."""
    both = ((RHYTHM, clip.tempo_bpm), (MARSYAS, clip.tempo_marsyas_bpm))
    return tuple(TempoMark(label, bpm) for label, bpm in both if bpm is not None)


def tempo_error(tempo_bpm: float, mark: TempoMark) -> TempoError:
    """An estimate beside an annotation."""
    return TempoError(mark, tempo_bpm - mark.tempo_bpm, error_kind(tempo_bpm, mark.tempo_bpm))


def error_kind(tempo_bpm: float, truth_bpm: float) -> ErrorKind:
    """What multiple of the truth an estimate is, within 4 %."""
    return error_kinds([tempo_bpm], [truth_bpm])[0]


def tempo_in_words(estimate: TempoEstimate) -> str:
    """The tempo with its confidence and alternatives, or that there is none; never a number alone."""
    if not estimate.is_clear:
        return f"**{NO_CLEAR_TEMPO.capitalize()}.** {_unclear(estimate)}"
    predicted = f"**{estimate.tempo_bpm:.1f} BPM**, confidence {percent(estimate.confidence)}. "
    return (predicted + alternatives_in_words(estimate)).strip()


def tempo_caption(level: MetricalLevel = PREDICTED) -> str:
    """What stands above `tempo_headline`."""
    return "Predicted tempo, confidence" if level == PREDICTED else f"Tempo, shown at {level.name}"


def tempo_headline(reading: TempoReading, level: MetricalLevel = PREDICTED) -> str:
    """The tempo in a few words of Markdown, for large type; `tempo_sentence` stands below it."""
    tempo, beside = tempo_and_confidence(reading, level)
    return f"{tempo} :gray[{beside}]" if beside else tempo


def tempo_and_confidence(reading: TempoReading, level: MetricalLevel = PREDICTED) -> tuple[str, str]:
    """What `tempo_headline` says, in two; the second is "" where there is nothing to add."""
    if reading.changes:
        shown = reading.parts[:_PARTS_SHOWN]
        more = len(reading.parts) - len(shown)
        return ", then ".join(_rounded(part, level) for part in shown), f"and {more} more parts" if more else ""
    estimate = reading.estimate
    if not estimate.is_clear:
        return NO_CLEAR_TEMPO.capitalize(), ""
    beside = percent(estimate.confidence) if level == PREDICTED else level.name
    return f"{level.tempo_bpm(estimate.tempo_bpm):.1f} BPM", beside


def level_sentence(predicted_bpm: Sequence[float], level: MetricalLevel, tempi: TempoRange | None = None) -> str:
    """That a tempo is shown at another metrical level than the predicted one, or why not; "" where it is as predicted.

    Args:
        predicted_bpm: the prediction, of each part where there are several.
        level: shown.
        tempi: the range that was asked for, where no metrical level lies within it.
    """
    predicted, shown = (
        ", then ".join(f"{bpm:.1f}" for bpm in each)
        for each in (predicted_bpm, [level.tempo_bpm(bpm) for bpm in predicted_bpm])
    )
    if tempi is not None:
        return f"No metrical level of {predicted} BPM lies within {tempi}: shown as predicted."
    return "" if level == PREDICTED else f"Predicted {predicted} BPM, shown at {level.name}: {shown} BPM."


def tempo_sentence(reading: TempoReading) -> str:
    """The parts of a track whose tempo changes; else the alternatives, or how far the tempo is from clear."""
    if reading.changes:
        parts = "\n".join(f"- {part_in_words(part)}" for part in reading.parts)
        return f"The tempo changes:\n{parts}"
    if not reading.estimate.is_clear:
        return _unclear(reading.estimate)
    return alternatives_in_words(reading.estimate) or "No alternative is within the model's range."


def calibrated_in_words(reading: TempoReading) -> str:
    """The calibrated confidence of a clear tempo; "" without one, and where the tempo changes."""
    probability = reading.accuracy1_probability
    if probability is None or reading.changes or not reading.estimate.is_clear:
        return ""
    return f"Calibrated on validation clips: within 4 % of an annotation with a probability of {percent(probability)}."


def part_in_words(part: TempoPart) -> str:
    """One part of a track whose tempo changes, for one line of a list."""
    when = f"{clock(part.start_s)} to {clock(part.end_s)}"
    if not part.is_clear:
        return f"{when}: {NO_CLEAR_TEMPO}"
    return (
        f"{when}: **{part.tempo_bpm:.1f} BPM**, confidence {percent(part.confidence)}; half {part.tempo_bpm / 2:.1f}, "
        f"double {2 * part.tempo_bpm:.1f}"
    )


def clock(time_s: float) -> str:
    """Minutes and seconds, such as "1:05"."""
    minutes, seconds = divmod(round(time_s), 60)
    return f"{minutes}:{seconds:02d}"


def _rounded(part: TempoPart, level: MetricalLevel) -> str:
    return f"{level.tempo_bpm(part.tempo_bpm):.0f} BPM" if part.is_clear else NO_CLEAR_TEMPO


def _unclear(estimate: TempoEstimate) -> str:
    return f"Confidence {percent(estimate.confidence)}, below the threshold of {percent(CLEAR_CONFIDENCE)}."


def alternatives_in_words(estimate: TempoEstimate) -> str:
    """A sentence on the most probable related tempi; "" where none lies within the model's range."""
    heavy = [other for other in estimate.candidates if other.weight >= _LIGHTEST_SHOWN][:_WORDS_SHOWN]
    if heavy:
        words = ", ".join(f"{other.relation} {other.tempo_bpm:.1f} BPM ({percent(other.weight)})" for other in heavy)
    else:
        words = ", ".join(f"{other.relation} {other.tempo_bpm:.1f} BPM" for other in estimate.candidates[:_WORDS_SHOWN])
        words = f"{words}: below {percent(0.01)} each" if words else ""
    return f"{words[0].upper()}{words[1:]}." if words else ""


def tapped_in_words(tapped_bpm: float, uncertainty_bpm: float, n_taps: int, estimate: TempoEstimate) -> str:
    """The tapped tempo beside the predicted one."""
    tapped = f"You tapped **{tapped_bpm:.1f} ± {uncertainty_bpm:.1f} BPM** ({n_taps} taps)."
    if not estimate.is_clear:
        return f"{tapped} The model predicts {NO_CLEAR_TEMPO}."
    model = f"{estimate.tempo_bpm:.1f} BPM"
    kind = error_kinds([estimate.tempo_bpm], [tapped_bpm], TAP_TOLERANCE)[0]
    if kind == "exact":
        return f"{tapped} Predicted: {model}, **exact** (within {percent(TAP_TOLERANCE)})."
    if kind == "other":
        return f"{tapped} Predicted: {model}, no simple multiple of yours."
    return f"{tapped} Predicted at another metrical level: **{kind}**, {model} is {_MULTIPLES[kind]}."
