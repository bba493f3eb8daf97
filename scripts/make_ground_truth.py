"""Makes data/gtzan.csv, the ground truth that ships, from the collected GTZAN annotations.

Usage: python scripts/make_ground_truth.py path/to/annotations.csv [--out data/gtzan.csv]

The input holds one row per clip with the columns that `COLUMNS` names; data/README.md describes them and their sources.
Nothing is corrected here: columns are named and ordered, rows sorted, and every way of saying "unknown" becomes an
empty field.
"""

import argparse
import csv
import sys
from pathlib import Path

COLUMNS: tuple[tuple[str, str], ...] = (
    ("clip_id", "clip_id"),
    ("genre", "genre"),
    ("artist", "artist"),
    ("title", "title"),
    ("tempo_bpm", "tempo_bpm"),
    ("tempo_std_bpm", "tempo_std_bpm"),
    ("tempo_marsyas_bpm", "tempo_marsyas_bpm"),
    ("metrical_levels_bpm", "metrical_levels_bpm"),
    ("meter", "meter"),
    ("swing", "swing"),
    ("ternary", "ternary"),
    ("fault_filtered_subset", "fault_filtered_split"),
    ("repetition_group", "repetition_group"),
)
"""Each column that ships, and the column of the input it comes from."""

N_CLIPS = 1000
DEFAULT_OUT = Path(__file__).resolve().parent.parent / "data" / "gtzan.csv"


def tidy_levels(text: str) -> str:
    """`a;b | c;None` to `a;b|c`: annotators apart by `|`, levels by `;`, absent levels and annotators dropped."""
    annotators = [[level.strip() for level in part.split(";")] for part in text.split("|")]
    known = [[level for level in levels if level not in ("", "None")] for levels in annotators]
    return "|".join(";".join(levels) for levels in known if levels)


def tidy_row(row: dict[str, str]) -> list[str]:
    """One input row to one output row, in the order of `COLUMNS`."""
    tidy = {name: row[source].strip() for name, source in COLUMNS}
    tidy["metrical_levels_bpm"] = tidy_levels(tidy["metrical_levels_bpm"])
    if not tidy["tempo_bpm"]:
        # A clip without marked beats comes with a spread of 0.00, which would read as a perfectly steady tempo.
        tidy["tempo_std_bpm"] = ""
    return list(tidy.values())


def main() -> int:
    """Reads the annotations, checks that they are whole, writes the table; returns the exit code."""
    parser = argparse.ArgumentParser(description="Make data/gtzan.csv from the collected GTZAN annotations.")
    parser.add_argument("annotations", type=Path, help="annotations.csv, one row per GTZAN clip")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="where to write (default: data/gtzan.csv)")
    arguments = parser.parse_args()

    with arguments.annotations.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = {source for _, source in COLUMNS} - set(reader.fieldnames or ())
        if missing:
            print(f"{arguments.annotations} has no column {', '.join(sorted(missing))}.", file=sys.stderr)
            return 1
        rows = sorted(tidy_row(row) for row in reader)
    if len({row[0] for row in rows}) != N_CLIPS or len(rows) != N_CLIPS:
        print(f"{arguments.annotations} has {len(rows)} rows; GTZAN has {N_CLIPS} different clips.", file=sys.stderr)
        return 1

    with arguments.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(name for name, _ in COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} clips written to {arguments.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
