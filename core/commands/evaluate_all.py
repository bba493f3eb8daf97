"""`python -m core evaluate all`: every checkpoint of a folder measured anew, beside its rows in the reports."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.commands.options import clip_files, progress_bar
from core.data.clip_files import ClipFiles
from core.data.log_mels import describe_copy
from core.errors import CheckpointError
from core.evaluation.clips import audio_clips
from core.evaluation.evaluate import evaluate
from core.evaluation.predictions import WINDOW_MODES, load_checkpoint, predict_subset, trained_on, with_windows
from core.models.checkpoint import CheckpointHeader, load_header
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_reports import GenreReport
from core.results.reproduction import Checked, Difference, Elsewhere, Leaf, check, elsewhere, in_words
from core.results.rows import ROWS, Row, Rows
from core.results.tempo_predictions import TEMPO_TABLE, SavedTempo
from core.results.tempo_reports import TempoReport
from core.types import Split, Task

_MOST_SHOWN = 12


def evaluate_all(options: argparse.Namespace) -> int:
    """Measures, compares, prints; 1 where a value differs from a report that was not asked to be remade."""
    kept: dict[Task, tuple[Any, ...]] = {task: store.load() for task, store in ROWS.items()}
    headers = _headers(options.checkpoints)
    files = clip_files(options)
    checked: list[Checked] = []
    for number, header in enumerate(headers, 1):
        print(f"{header.name}, {number} of {len(headers)}", file=sys.stderr)
        for row in _measured(header, options.checkpoints, files, kept):
            checked.append(check(header.kind, row, kept[header.kind]))
            if options.save:
                ROWS[header.kind].save(row)
    others = _others(kept, checked)
    print(_json(checked, others) if options.json else _text(checked, others, options.save))
    return int(not options.save and any(each.outcome == "differs" for each in checked))


def _headers(folder: Path) -> list[CheckpointHeader]:
    """Of all checkpoints; unlike lists to choose from, nothing damaged is passed over."""
    headers = [load_header(path.stem, folder) for path in sorted(folder.glob("*.json"))]
    if not headers:
        raise CheckpointError(f"There is no checkpoint in {folder}. Give the folder with --checkpoints DIR.")
    return headers


def _measured(
    header: CheckpointHeader, folder: Path, files: ClipFiles, kept: Mapping[Task, tuple[Any, ...]]
) -> Iterator[Row]:
    """As the checkpoint predicts by itself, and in whatever other way it has a row."""
    split, note = trained_on(header), describe_copy(files, header.features)
    checkpoint = load_checkpoint(header.name, folder)
    beside = _beside(header, split, kept["tempo"])
    for windows in WINDOW_MODES:
        if windows == "own" or _has_row(header, windows, kept["genre"]):
            with progress_bar("clips") as progress:
                clips = audio_clips(files, progress_bar)
                predicted = predict_subset(with_windows(checkpoint, windows), clips, split, "test", progress)
            yield evaluate(predicted, note, beside)


def _has_row(header: CheckpointHeader, windows: str, kept: Iterable[GenreReport]) -> bool:
    """Whether a genre checkpoint has a row with other windows than its own."""
    own = "first" if header.inference.hop_frames is None else "mean"
    return windows != own and any((row.checkpoint, row.windows) == (header.name, windows) for row in kept)


def _beside(header: CheckpointHeader, split: Split, kept: Iterable[TempoReport]) -> list[SavedTempo]:
    """Other systems of ours that the checkpoint's row is compared with, as far as their predictions are there."""
    training = header.provenance
    run = (header.model, training.recipe, split.name, split.seed, split.fold, "test", training.seed)
    rows = [row for row in kept if row.key == run]
    names = [other.name for row in rows for other in row.rhythm.rivals if other.role == "ours"]
    return [TEMPO_TABLE.load(name) for name in names if name in TEMPO_TABLE.systems()]


def _others(kept: Mapping[Task, Rows], checked: Sequence[Checked]) -> tuple[Elsewhere, ...]:
    rows = [
        other for task in ROWS for other in elsewhere(kept[task], [each.row for each in checked if each.kind == task])
    ]
    experiments = [
        Elsewhere(f"fusion experiment, recipe {each.recipe}, {each.split}, {each.n} clips", each.command)
        for each in FUSION_ROWS.load()
    ]
    return (*rows, *experiments)


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
    outcome = {"agrees": "agrees ", "differs": "differs", "new": "new    "}[found.outcome]
    yield f"{outcome}  {in_words(found.row)}, n = {found.row.n}: {found.row.headline}"
    if found.outcome == "new":
        yield "         now in the report" if saved else "         in no report yet; --save keeps it"
    for each in found.differences[:_MOST_SHOWN]:
        yield f"         {_difference(each)}"
    if len(found.differences) > _MOST_SHOWN:
        yield f"         and {len(found.differences) - _MOST_SHOWN} more values; --json lists all"
    if found.outcome == "differs" and saved:
        yield "         the report now holds what was measured here"


def _difference(each: Difference) -> str:
    by = "" if each.by is None else f" ({each.by:+.6g})"
    return f"{each.field}: {_value(each.here)} here, {_value(each.reported)} in the report{by}"


def _value(value: Leaf) -> str:
    return f"{value:.6g}" if isinstance(value, float) else "nothing" if value is None else str(value)
