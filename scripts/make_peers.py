"""Makes data/peers_tempo.csv, the predictions of the reference systems, from a table of their BPM for every GTZAN clip.

Usage: python -m scripts.make_peers path/to/peers_tempo.csv [--out data/peers_tempo.csv]

The input holds one row per clip: clip_id and one column per system of
`core.results.reference_systems.REFERENCES`; data/README.md says where they come from. None is altered: columns
are ordered, rows sorted, and a field without a tempo is left empty.
"""

import argparse
import csv
import math
import sys
from pathlib import Path

from core.results.reference_systems import REFERENCES, REFERENCES_TABLE

N_CLIPS = 1000
COLUMNS: tuple[str, ...] = ("clip_id", *(info.name for info in REFERENCES))


def tidy_bpm(text: str) -> str:
    """The number as it was given; empty when it is 0 or not finite, which is how estimators say "none"."""
    bpm = float(text.strip() or 0)
    return text.strip() if math.isfinite(bpm) and bpm > 0 else ""


def tidy_row(row: dict[str, str]) -> list[str]:
    """One input row to one output row, in the order of `COLUMNS`."""
    return [row["clip_id"].strip(), *(tidy_bpm(row[info.name]) for info in REFERENCES)]


def main() -> int:
    """Reads the tempi, checks that they are whole, writes the table; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make data/peers_tempo.csv from the predictions of tempo estimators.")
    parser.add_argument("table", type=Path, help="peers_tempo.csv, one row per GTZAN clip")
    parser.add_argument(
        "--out", type=Path, default=REFERENCES_TABLE, help="where to write (default: data/peers_tempo.csv)"
    )
    arguments = parser.parse_args()

    with arguments.table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            print(f"{arguments.table} has no column {', '.join(sorted(missing))}.", file=sys.stderr)
            return 1
        rows = sorted(tidy_row(row) for row in reader)
    if len({row[0] for row in rows}) != N_CLIPS or len(rows) != N_CLIPS:
        print(f"{arguments.table} has {len(rows)} rows; GTZAN has {N_CLIPS} different clips.", file=sys.stderr)
        return 1

    with arguments.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} clips, {len(REFERENCES)} systems written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
