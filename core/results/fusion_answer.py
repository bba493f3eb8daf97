"""The third question answered in words, from the reports alone: for the results page and for the README."""

from collections.abc import Iterable

from core.errors import DatasetError
from core.metrics.significance import Measured
from core.results.fusion_reports import FUSED, GENRE_ONLY, NO_TEMPO, TRUE_TEMPO, Comparison, FusionReport
from core.results.words import README_CI, listed, with_ci

_OTHER_CONTROLS = {
    "widened": "the parameter-matched control",
    "constant": "a constant tempo",
    "shuffled": "a permuted tempo",
}
_CLEANEST = "artist_folds"


def reports_of(reports: Iterable[FusionReport], split: str) -> list[FusionReport]:
    """The reports of a split, our recipe before the study's."""
    found = [report for report in reports if report.split == split]
    return sorted(found, key=lambda report: (report.recipe != "strong", report.key))


def answering(reports: Iterable[FusionReport], split: str) -> tuple[str, list[FusionReport]]:
    """The split whose reports answer for another: itself where it is measured, else the artist folds, on all clips.

    Returns:
        its name and its reports as of `reports_of`; none where neither is measured.
    """
    reports = tuple(reports)
    found = reports_of(reports, split)
    return (split, found) if found else (_CLEANEST, reports_of(reports, _CLEANEST))


def gain_words(report: FusionReport) -> str:
    """The answer that a report gives, in one sentence with its numbers in bold; "" if it does not compare."""
    gain, bound = report.pair(FUSED, NO_TEMPO), report.pair(TRUE_TEMPO, NO_TEMPO)
    if gain is None:
        return ""
    most = "" if bound is None else f"; with the annotated tempo {_bold_points(bound)}"
    return (
        f"{_verdict(gain)}: recipe `{report.recipe}` changes the accuracy by {_bold_points(gain)} "
        f"against the same head without a tempo, on {report.n} test clips and {len(report.seeds)} training seeds{most}."
    )


def _bold_points(pair: Comparison) -> str:
    return with_ci(pair.accuracy.measured, "points", bold=True)


def shows_gain(report: FusionReport) -> bool:
    """Whether the fused head is more accurate than the same head without a tempo, significantly."""
    gain = report.pair(FUSED, NO_TEMPO)
    return gain is not None and _is_gain(gain)


def answer_markdown(reports: Iterable[FusionReport]) -> str:
    """Three sentences: our fused head out of fold, its other controls beside the study's recipe, and the bound.

    Returns:
        "" until recipe `strong` is measured on `artist_folds`.
    """
    found = {report.recipe: report for report in reversed(reports_of(reports, _CLEANEST))}
    ours = found.get("strong")
    if ours is None:
        return ""
    sentences = (_fused_sentence(ours), _controls_sentence(ours, found.get("seed")), _bound_sentence(ours))
    return " ".join(sentences)


def _fused_sentence(report: FusionReport) -> str:
    gain, alone = _required(report, FUSED, NO_TEMPO), _required(report, FUSED, GENRE_ONLY)
    return (
        f"{_verdict(gain)}: out of fold over {report.n} clips and {len(report.seeds)} training seeds, the fused head "
        f"of recipe `{report.recipe}` has an accuracy of {_accuracy(report)}, {_points(gain)} against the same head "
        f"without a tempo and {_points(alone)} against the genre network alone."
    )


def _controls_sentence(report: FusionReport, study: FusionReport | None) -> str:
    parts = [f"{_points(_required(report, FUSED, name))} against {words}" for name, words in _OTHER_CONTROLS.items()]
    sentence = f"Its other controls: {listed(parts)}"
    if study is None:
        return f"{sentence}."
    gain = _required(study, FUSED, NO_TEMPO)
    return f"{sentence}; the study's own recipe: {_accuracy(study)}, {_points(gain)} against no tempo."


def _bound_sentence(report: FusionReport) -> str:
    bound = _required(report, TRUE_TEMPO, NO_TEMPO)
    return f"Upper bound, with the annotated (oracle) tempo as input: {_points(bound)}."


def _required(report: FusionReport, first: str, second: str) -> Comparison:
    pair = report.pair(first, second)
    if pair is None:
        raise DatasetError(
            f"The report of fusion {report.recipe} on {report.split} does not compare {first} with {second}. Measure "
            "it again with `python -m core fusion`."
        )
    return pair


def _verdict(gain: Comparison) -> str:
    return "Significant gain" if _is_gain(gain) else "No significant gain"


def _is_gain(gain: Comparison) -> bool:
    return gain.accuracy.interval.low > 0


def _accuracy(report: FusionReport) -> str:
    fused = report.score_of(FUSED)
    if fused is None:
        raise DatasetError(f"The report of fusion {report.recipe} on {report.split} does not score the fused head.")
    return with_ci(Measured(fused.accuracy, fused.accuracy_low, fused.accuracy_high), "share", label=README_CI)


def _points(pair: Comparison) -> str:
    return with_ci(pair.accuracy.measured, "points", label=README_CI)
