"""Stands in for `python -m core` where only the process of a run matters: starts in a moment and trains nothing.

`python run_stub.py BEHAVIOUR train ... --out DIR --resume`, with BEHAVIOUR one of finish, linger, deaf, die.
"""

import os
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.runs.lock import acquire
from core.runs.processes import this_process
from core.runs.records import write_record
from core.runs.status import LOCK, STATUS, RunState, RunStatus


def say(out: Path, state: RunState, began_s: float) -> None:
    write_record(out / STATUS, RunStatus(state, "training", this_process(), began_s, time.time(), n_epochs=1))


def main() -> int:
    behaviour, out = sys.argv[1], Path(sys.argv[sys.argv.index("--out") + 1])
    began_s = time.time()
    if behaviour == "die":
        print("error: there is no such music")
        return 1
    if acquire(out / LOCK) is None:
        print("error: another process is training here")
        return 1
    asked = []
    signal.signal(signal.SIGTERM, (lambda *_: None) if behaviour == "deaf" else (lambda *_: asked.append(1)))
    say(out, "running", began_s)
    with (out.parent / "order.txt").open("a") as order:  # O_APPEND: lines of several processes do not mix
        order.write(f"{out.name} {os.nice(0)}\n")
    until = time.time() + (0.05 if behaviour == "finish" else 60)
    while time.time() < until and not asked:
        time.sleep(0.02)
    say(out, "stopped" if asked else "finished", began_s)
    return 0


if __name__ == "__main__":
    sys.exit(main())
