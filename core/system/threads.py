"""How threads of the numeric libraries wait for each other: asleep, so that a busy machine is not made busier.

OpenMP's threads spin while they wait, unless told otherwise: the core that they occupy is the one that the thread they
wait for needs as soon as anything else runs on the machine. The library reads its settings when torch is imported,
which makes this the first thing that `core` does; processes that it starts inherit it.
"""

import os
from concurrent.futures import ThreadPoolExecutor

POLICY, BLOCK_TIME, NUMBER = "OMP_WAIT_POLICY", "KMP_BLOCKTIME", "OMP_NUM_THREADS"


def wait_asleep() -> None:
    """Sets `OMP_WAIT_POLICY` and `KMP_BLOCKTIME`, of GNU's and of LLVM's OpenMP; what the user has set stays."""
    if POLICY not in os.environ:
        os.environ[POLICY] = "PASSIVE"
        os.environ.setdefault(BLOCK_TIME, "0")


def usable_cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        return os.cpu_count() or 1


def leave_a_core() -> None:
    """Analyses take one core less than there are, unless the user has set `OMP_NUM_THREADS`.

    This goes for the calling thread and those begun later. Analyses are short, and with a thread on every core they
    wait for whatever else runs on one of them. Trainings and evaluations take all cores.
    """
    import torch  # the environment comes first

    if NUMBER not in os.environ:
        torch.set_num_threads(max(1, usable_cores() - 1))


def second_thread() -> ThreadPoolExecutor:
    """A thread of Python's beside this one, whose numeric work takes as many cores as that of this one."""
    import torch

    return ThreadPoolExecutor(1, "beside", torch.set_num_threads, (torch.get_num_threads(),))
