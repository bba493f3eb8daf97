"""`python -m core evaluate all`: every checkpoint of a folder measured anew, beside its rows in the reports."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.commands.options import clip_files, log_mels_of, progress_bar
from core.data.gtzan import ClipFiles
from core.data.log_mels import FrontEnd, LogMelSet, describe_copy
from core.errors import CheckpointError, DatasetError
from core.evaluation.fusion import FusedChain, evaluate_fused
from core.evaluation.genre import WINDOW_MODES, evaluate_genre, trained_on
from core.evaluation.tempo import evaluate_tempo
from core.evaluation.tempo_answers import answer_subset
from core.features.log_mel import FeatureSpec, log_mel
from core.inference.cnn14 import AnyTempoModel, front_end, load_tempo_model
from core.inference.predict import GenreModel
from core.models.checkpoint import CheckpointHeader, load_header
from core.results.fusion_reports import FusionReport, load_fusion_reports
from core.results.genre_reports import (
    GenreReport,
    load_fused_reports,
    load_genre_reports,
    save_fused_report,
    save_genre_report,
)
from core.results.reproduction import Checked, Difference, Elsewhere, Leaf, check, elsewhere, in_words
from core.results.tempo_predictions import SavedTempo, list_saved_tempo, load_saved_tempo
from core.results.tempo_reports import TempoReport, load_tempo_reports, save_tempo_report
from core.types import Split

_MOST_SHOWN = 12


@dataclass(frozen=True)
class _Kept:
    """The rows of all reports."""

    genre: tuple[GenreReport, ...]
    tempo: tuple[TempoReport, ...]
    fused: tuple[GenreReport, ...]
    fusion: tuple[FusionReport, ...]


def evaluate_all(options: argparse.Namespace) -> int:
    """Measures, compares, prints; 1 where a value differs from a report that was not asked to be remade."""
    kept = _Kept(load_genre_reports(), load_tempo_reports(), load_fused_reports(), load_fusion_reports())
    headers = _headers(options.checkpoints)
    files = clip_files(options)
    checked: list[Checked] = []
    for number, header in enumerate(headers, 1):
        print(f"{header.name}, {number} of {len(headers)}", file=sys.stderr)
        for found in _measured(header, options.checkpoints, files, kept):
            if options.save:
                _save(found)
            checked.append(found)
    others = _others(kept, checked)
    print(_json(checked, others) if options.json else _text(checked, others, options.save))
    return int(not options.save and any(each.outcome == "differs" for each in checked))


def _headers(folder: Path) -> list[CheckpointHeader]:
    """Of all checkpoints; unlike lists to choose from, nothing damaged is passed over."""
    headers = [load_header(path.stem, folder) for path in sorted(folder.glob("*.json"))]
    if not headers:
        raise CheckpointError(f"There is no checkpoint in {folder}. Give the folder with --checkpoints DIR.")
    return headers


def _measured(header: CheckpointHeader, folder: Path, files: ClipFiles, kept: _Kept) -> Iterator[Checked]:
    split, note = trained_on(header), describe_copy(files, header.features)
    if header.kind == "genre":
        yield from _genre(GenreModel.load(header.name, folder), split, files, note, kept)
    elif header.kind == "tempo":
        yield _tempo(load_tempo_model(header.name, folder), split, files, note, kept)
    else:
        yield _fused(FusedChain.load(header.name, folder), split, files, note, kept)


def _genre(model: GenreModel, split: Split, files: ClipFiles, note: str, kept: _Kept) -> Iterator[Checked]:
    """As the checkpoint answers by itself, and in whatever other way it has a row."""
    log_mels = _heard(files, split, model.header.features)
    own = evaluate_genre(model, log_mels, split, "test", "own", note)
    yield check("genre", own, kept.genre)
    for windows in WINDOW_MODES:
        if windows not in ("own", own.windows) and _has_row(replace(own, windows=windows), kept):
            yield check("genre", evaluate_genre(model, log_mels, split, "test", windows, note), kept.genre)


def _has_row(row: GenreReport, kept: _Kept) -> bool:
    return any(other.key == row.key for other in kept.genre)


def _tempo(model: AnyTempoModel, split: Split, files: ClipFiles, note: str, kept: _Kept) -> Checked:
    log_mels = _heard(files, split, model.header.features, front_end(model))
    with progress_bar("clips") as progress:
        answers = answer_subset(model, log_mels, split, "test", progress)
    return check("tempo", evaluate_tempo(answers, note, _rivals(model.header, split, kept)), kept.tempo)


def _rivals(header: CheckpointHeader, split: Split, kept: _Kept) -> list[SavedTempo]:
    """Other systems of ours that the checkpoint's row is compared with, as far as their predictions are there."""
    training = header.provenance
    run = (header.model, training.recipe, split.name, split.seed, split.fold, "test", training.seed)
    names = [rival.name for row in kept.tempo if row.key == run for rival in row.rhythm.rivals if rival.role == "ours"]
    return [load_saved_tempo(name) for name in names if name in list_saved_tempo()]


def _fused(chain: FusedChain, split: Split, files: ClipFiles, note: str, kept: _Kept) -> Checked:
    log_mels = _heard(files, split, chain.genre.header.features)
    tempo_log_mels = _heard(files, split, chain.tempo.header.features, front_end(chain.tempo))
    with progress_bar("clips") as progress:
        row = evaluate_fused(chain, log_mels, tempo_log_mels, split, "test", note, progress)
    return check("fusion", row, kept.fused)


def _heard(files: ClipFiles, split: Split, spec: FeatureSpec, listen: FrontEnd = log_mel) -> LogMelSet:
    """Spectrograms of the test clips alone; those of the others would take minutes."""
    missing = [clip_id for clip_id in split.test if clip_id not in files.paths]
    if missing:
        raise DatasetError(
            f"{len(missing)} of {len(split.test)} test clips are missing, such as {missing[0]}. Complete the GTZAN "
            "folder."
        )
    wanted = replace(files, paths={clip_id: files.paths[clip_id] for clip_id in split.test})
    return log_mels_of(wanted, spec, listen)


def _save(found: Checked) -> None:
    if isinstance(found.row, TempoReport):
        save_tempo_report(found.row)
    elif found.kind == "genre":
        save_genre_report(found.row)
    else:
        save_fused_report(found.row)


def _others(kept: _Kept, checked: Sequence[Checked]) -> tuple[Elsewhere, ...]:
    made = {kind: [each.row for each in checked if each.kind == kind] for kind in ("genre", "tempo", "fusion")}
    experiments = [
        Elsewhere(f"fusion experiment, recipe {each.recipe}, {each.split}, {each.n} clips", each.command)
        for each in kept.fusion
    ]
    return (
        *elsewhere(kept.genre, made["genre"]),
        *elsewhere(kept.tempo, made["tempo"]),
        *elsewhere(kept.fused, made["fusion"]),
        *experiments,
    )


# Words


def _json(checked: Sequence[Checked], others: Sequence[Elsewhere]) -> str:
    return json.dumps({"checked": list(map(asdict, checked)), "elsewhere": list(map(asdict, others))})


def _text(checked: Sequence[Checked], others: Sequence[Elsewhere], saved: bool) -> str:
    lines = [line for each in checked for line in _lines(each, saved)]
    if others:
        lines.append(f"not measured here, as it takes other trainings, {len(others)} rows:")
        lines += [f"  {each.what}\n    {each.command}" for each in others]
    counts = {name: sum(each.outcome == name for each in checked) for name in ("agrees", "differs", "new")}
    summary = f"{counts['agrees']} agree to the printed digit, {counts['differs']} differ, {counts['new']} are new"
    return "\n".join([*lines, f"{len(checked)} rows measured: {summary}"])


def _lines(found: Checked, saved: bool) -> Iterator[str]:
    said = {"agrees": "agrees ", "differs": "differs", "new": "new    "}[found.outcome]
    yield f"{said}  {in_words(found.row)}, n = {found.row.n}: {_headline(found)}"
    if found.outcome == "new":
        yield "         now in the report" if saved else "         in no report yet; --save keeps it"
    for each in found.differences[:_MOST_SHOWN]:
        yield f"         {_difference(each)}"
    if len(found.differences) > _MOST_SHOWN:
        yield f"         and {len(found.differences) - _MOST_SHOWN} more values; --json lists all"
    if found.outcome == "differs" and saved:
        yield "         the report now says what was measured here"


def _headline(found: Checked) -> str:
    if isinstance(found.row, TempoReport):
        score = found.row.rhythm.score
        return f"Accuracy1 {score.accuracy1:.1%}, MAE {score.mae_bpm:.2f} BPM"
    return f"accuracy {found.row.accuracy:.1%}, log loss {found.row.log_loss:.3f}"


def _difference(each: Difference) -> str:
    by = "" if each.by is None else f" ({each.by:+.6g})"
    return f"{each.field}: {_value(each.here)} here, {_value(each.reported)} in the report{by}"


def _value(value: Leaf) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "nothing" if value is None else str(value)
