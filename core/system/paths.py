"""Where what ships lies: the only place that knows how deep in the tree it is."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The repository; commands of the project are run there."""
DATA_DIR = ROOT / "data"
"""Ground truth, saved predictions, spectrograms, reports."""
CHECKPOINT_DIR = ROOT / "checkpoints"
"""Checkpoints that ship."""
