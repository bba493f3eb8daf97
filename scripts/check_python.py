"""Says whether the libraries exist for a Python and its machine, before pip begins to look for them in vain.

Usage: python scripts/check_python.py; ends with code 1 and a line with the cure where they do not. The Makefile runs it
with the interpreter that it is to set up with, so it needs nothing but that.
"""

import platform
import shutil
import struct
import sys

OLDEST, NEWEST = (3, 11), (3, 14)
"""scikit-learn 1.8 begins at 3.11, PyTorch 2.11 ends at 3.14."""
MACHINES = {
    "Linux": ("x86_64", "aarch64"),
    "Darwin": ("arm64",),
    "Windows": ("AMD64",),
}
"""For these PyTorch 2.11 and torchaudio 2.11 are published, on Linux for glibc."""


def problem() -> "str | None":
    """What is wrong with this interpreter and what to do, None where all is well."""
    words = "Python {} to {}".format(*(".".join(map(str, version)) for version in (OLDEST, NEWEST)))
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return f"This is Python {platform.python_version()}, and {words} will do. {_other()}"
    if platform.python_implementation() != "CPython":
        return f"This is {platform.python_implementation()}, and the libraries need CPython, {words}. {_other()}"
    system, machine = platform.system(), platform.machine()
    if system == "Darwin" and machine == "x86_64":
        return (
            "This Python is built for Intel Macs, for which PyTorch is no longer published. On a Mac with Apple "
            "silicon take a Python for arm64: make PYTHON=/opt/homebrew/bin/python3.12"
        )
    is_64_bit = struct.calcsize("P") == 8
    if machine not in MACHINES.get(system, ()) or not is_64_bit:
        allowed = "; ".join(f"{name} on {' or '.join(machines)}" for name, machines in MACHINES.items())
        bits = "" if is_64_bit else ", 32 bits"
        return f"This is {system} on {machine}{bits}; PyTorch is published for 64 bits and {allowed}. Use one of these."
    if system == "Linux" and platform.libc_ver()[0] != "glibc":
        return "This Linux has no glibc (Alpine?), which PyTorch needs. Use Debian, Ubuntu, Fedora or their like."
    return None


def _other() -> str:
    """How to name another interpreter: the newest here that will do, or one to install."""
    known = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    here = next(filter(shutil.which, known), None)
    if here is None:
        return "Install one of them and name it: make PYTHON=python3.12"
    return f"There is one here, name it: make PYTHON={here}"


if __name__ == "__main__":
    sys.exit(problem())
