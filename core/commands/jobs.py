"""`python -m core jobs`: background runs from the command line."""

import argparse
import time
from pathlib import Path

from core.commands.options import Subparsers
from core.errors import TrainingError
from core.jobs.api import STOP_DEADLINE_S, Jobs, default_runs_dir, open_jobs
from core.jobs.job import Job
from core.jobs.supervisor import run_queue
from core.system.storage import require_writable


def add_jobs(commands: Subparsers) -> None:
    parser = commands.add_parser("jobs", help="background runs: list, stop, resume, clone, delete, log, run-queue")
    parser.add_argument("--runs", type=Path, metavar="DIR", help="folder of the runs (default: $LAB_RUNS_DIR or runs/)")
    parser.add_argument("--limit", type=int, default=1, metavar="N", help="runs at a time")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="all runs, the newest first").set_defaults(command=_list)
    actions.add_parser("run-queue", help="work off the queue until it is empty").set_defaults(command=_run_queue)
    stop = _action(actions, "stop", "ask a run to stop after its batch")
    stop.add_argument("--deadline", type=float, default=STOP_DEADLINE_S, metavar="S", help="seconds until it is killed")
    stop.set_defaults(command=_stop)
    _action(actions, "resume", "go on from the last finished epoch").set_defaults(command=_resume)
    _action(actions, "clone", "start a new run of the same settings").set_defaults(command=_clone)
    _action(actions, "delete", "remove a run with all its files").set_defaults(command=_delete)
    _action(actions, "log", "print the end of a run's log").set_defaults(command=_log)


def _action(actions: Subparsers, name: str, what: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what)
    parser.add_argument("run_id", metavar="RUN")
    return parser


def _jobs(options: argparse.Namespace) -> Jobs:
    return open_jobs(options.runs, options.limit)


def _line(job: Job) -> str:
    status = job.status
    best = f", best {status.best.metric} {status.best.value:.4f}" if status is not None and status.best else ""
    epochs = f", epoch {status.epoch} of {status.n_epochs}" if status is not None and status.n_epochs else ""
    place = f" (number {job.queue_position})" if job.queue_position else ""
    return f"{job.run_id}: {job.state}{place}{epochs}{best}{f'. {job.message}' if job.message else ''}"


def _list(options: argparse.Namespace) -> int:
    jobs = _jobs(options).list()
    print("\n".join(map(_line, jobs)) if jobs else "There are no runs.")
    return 0


def _run_queue(options: argparse.Namespace) -> int:
    folder = options.runs or default_runs_dir()
    cure = "Make it writable, or name another one with --runs."
    require_writable(TrainingError, "The folder of runs", folder, cure)
    run_queue(folder, options.limit)
    return 0


def _stop(options: argparse.Namespace) -> int:
    jobs = _jobs(options)
    job = jobs.stop(options.run_id, options.deadline)
    while job.is_active:
        time.sleep(0.2)
        job = jobs.get(options.run_id)
    print(_line(job))
    return 0


def _resume(options: argparse.Namespace) -> int:
    print(_line(_jobs(options).resume(options.run_id)))
    return 0


def _clone(options: argparse.Namespace) -> int:
    print(_line(_jobs(options).clone(options.run_id)))
    return 0


def _delete(options: argparse.Namespace) -> int:
    _jobs(options).delete(options.run_id)
    return 0


def _log(options: argparse.Namespace) -> int:
    print(_jobs(options).log(options.run_id))
    return 0
