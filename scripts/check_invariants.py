"""Holds that a change of the code's structure changes nothing that people see or keep.

Usage: python -m scripts.check_invariants keep DIR     before the change
       python -m scripts.check_invariants check DIR    after it: prints what differs, with exit code 1 if anything does

Kept and compared are the files that ship, what the commands that only read print, the predictions for the demo tracks,
and a training that was stopped half way by the code of then: it has to go on to the same weights. The scores themselves
are held by `python -m core evaluate all`. A prediction or a training is the same to the last digit on one machine only.
"""

import argparse
import hashlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core.synth import DEMO_TRACKS

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("data", "checkpoints")
COMMANDS = ("predict", "train", "jobs", "evaluate", "curves", "export", "describe", "results", "fusion", "scores")
MEASUREMENTS = ("robustness", "benchmark")
HELP = tuple(f"{name} --help" for name in COMMANDS + MEASUREMENTS)
READ_ONLY = ("results", "describe", "scores", "scores --tempo", "--help", *HELP)
TRAINING = "train genre --data shipped --recipe seed --subset-size 20 --epochs 30 --threads 1 --name kept --out"
RUN, FINISHED, KEPT = "run", "kept.safetensors", "kept.json"
LAST = "last.ckpt"
PATIENCE_S = 300.0


def _core(arguments: str, *more: str) -> str:
    """What a command prints, with its exit code."""
    done = subprocess.run(
        [sys.executable, "-m", "core", *arguments.split(), *more], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"{done.stdout}{done.stderr if done.returncode else ''}exit code {done.returncode}\n"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shipped_files() -> dict[str, str]:
    """Digests of what ships, by path."""
    files = sorted(path for folder in SHIPPED for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix(): _digest(path) for path in files}


def printed() -> dict[str, str]:
    """What every command that only reads prints, by command."""
    return {f"python -m core {command}": _core(command) for command in READ_ONLY}


def predicted() -> dict[str, str]:
    """What is predicted for the demo tracks, by track."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, track in enumerate(DEMO_TRACKS):
            path = Path(folder) / f"{number}.wav"
            path.write_bytes(track.wav_bytes())
            found[track.name] = _core("predict --json", str(path)).replace(folder, "")
    return found


def _stop_half_way(folder: Path) -> None:
    """Begins the training and stops it once it can be resumed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "core", *TRAINING.split(), str(folder)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    end = time.monotonic() + PATIENCE_S
    while not (folder / LAST).exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE_S)
    if not (folder / LAST).exists():
        raise SystemExit("The training to be resumed later did not get to its first epoch.")


def resumed(run: Path) -> dict[str, str]:
    """Digest of the weights that a copy of the stopped run ends with."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / RUN
        shutil.copytree(run, copy)
        said = _core(TRAINING, str(copy), "--resume")
        weights = copy / FINISHED
        return {"weights of the resumed run": _digest(weights) if weights.exists() else said}


def observe(run: Path) -> dict[str, dict[str, str]]:
    """All that must not change."""
    return {"files": shipped_files(), "prints": printed(), "predictions": predicted(), "training": resumed(run)}


def differences(before: dict[str, dict[str, str]], now: dict[str, dict[str, str]]) -> Iterator[str]:
    """One line for each thing that is not what it was."""
    for kind, values in before.items():
        for name in sorted({*values, *now[kind]}):
            if values.get(name) != now[kind].get(name):
                yield f"{kind}: {name}{'' if name in now[kind] else ' is gone'}{'' if name in values else ' is new'}"


def main() -> int:
    """Keeps or checks; returns the exit code."""
    parser = argparse.ArgumentParser(description="Hold that a change of structure changes nothing else.")
    parser.add_argument("what", choices=["keep", "check"])
    parser.add_argument("folder", type=Path, metavar="DIR", help="of what is kept, outside the repository")
    arguments = parser.parse_args()
    kept, run = arguments.folder / KEPT, arguments.folder / RUN
    if arguments.what == "keep":
        if arguments.folder.exists():
            raise SystemExit(f"{arguments.folder} exists. Give another folder, or remove it.")
        arguments.folder.mkdir(parents=True)
        _stop_half_way(run)
        kept.write_text(json.dumps(observe(run), indent=1))
        print(f"kept in {arguments.folder}")
        return 0
    if not kept.is_file():
        raise SystemExit(f"There is nothing kept in {arguments.folder}. Run 'keep' on the code of before first.")
    found = list(differences(json.loads(kept.read_text()), observe(run)))
    print("\n".join(found) if found else "nothing differs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
