"""The rows of all evaluations, whatever they are of: read and kept in one way."""

from typing import Any

from core.results.genre_reports import FUSED_ROWS, GENRE_ROWS, GenreReport
from core.results.store import Store
from core.results.tempo_reports import TEMPO_ROWS, TempoReport
from core.types import Task

Row = GenreReport | TempoReport
Rows = tuple[Row, ...]
ROWS: dict[Task, Store[Any]] = {"genre": GENRE_ROWS, "tempo": TEMPO_ROWS, "fusion": FUSED_ROWS}
