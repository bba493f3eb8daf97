"""Makes data/beats.csv, the hand-marked beats that ship, from the collected GTZAN annotations.

Usage: python scripts/make_beats.py path/to/beats.csv [--out data/beats.csv]

The input holds one row per beat with the columns that `COLUMNS` names; data/README.md describes them and their source.
Nothing is corrected here: rows are sorted by clip and time, times get three decimals, an unknown place in the bar stays
empty.
"""

import argparse
import csv
import sys
from pathlib import Path

COLUMNS: tuple[str, ...] = ("clip_id", "time_s", "beat_in_bar")
N_CLIPS = 999
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "data" / "beats.csv"


def tidy_row(row: dict[str, str]) -> tuple[str, float, str]:
    """One input row to clip, time in seconds to the millisecond, and place in the bar or nothing."""
    return row["clip_id"].strip(), round(float(row["time_s"]), 3), row["beat_in_bar"].strip()


def main() -> int:
    """Reads the beats, checks that they are whole, writes the table; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make data/beats.csv from the collected GTZAN annotations.")
    parser.add_argument("beats", type=Path, help="beats.csv, one row per hand-marked beat")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where to write (default: data/beats.csv)")
    arguments = parser.parse_args()

    with arguments.beats.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = set(COLUMNS) - set(reader.fieldnames or ())
        if missing:
            print(f"{arguments.beats} has no column {', '.join(sorted(missing))}.", file=sys.stderr)
            return 1
        rows = sorted(tidy_row(row) for row in reader)
    n_clips = len({clip_id for clip_id, _, _ in rows})
    if n_clips != N_CLIPS:
        print(f"{arguments.beats} has beats of {n_clips} clips; GTZAN-Rhythm has {N_CLIPS}.", file=sys.stderr)
        return 1

    with arguments.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((clip_id, f"{time_s:.3f}", place) for clip_id, time_s, place in rows)
    print(f"{len(rows)} beats of {n_clips} clips written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
