"""`python -m core.jobs RUNS`: the supervisor, without the libraries that `python -m core` loads."""

import argparse
from pathlib import Path

from core.jobs.supervisor import run_queue

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m core.jobs", description="Works off the queue of a folder of runs.")
    parser.add_argument("runs", type=Path)
    parser.add_argument("--limit", type=int, default=1)
    options = parser.parse_args()
    run_queue(options.runs, options.limit)
