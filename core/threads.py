"""How threads of the numeric libraries wait for each other: asleep, so that a busy machine is not made busier.

OpenMP's threads spin while they wait, unless told otherwise: the core that they occupy is the one that the thread they
wait for needs as soon as anything else runs on the machine. The library reads its settings when torch is imported,
which makes this the first thing that `core` does; processes that it starts inherit it.
"""

import os

POLICY, BLOCK_TIME = "OMP_WAIT_POLICY", "KMP_BLOCKTIME"


def wait_asleep() -> None:
    """Sets `OMP_WAIT_POLICY` and `KMP_BLOCKTIME`, of GNU's and of LLVM's OpenMP; what the user has set stays."""
    if POLICY not in os.environ:
        os.environ[POLICY] = "PASSIVE"
        os.environ.setdefault(BLOCK_TIME, "0")
