"""The set-up says which Pythons and machines will do, and the README says the same."""

import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.system.paths import ROOT
from scripts import check_python

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def test_this_python_will_do() -> None:
    assert check_python.problem() is None


@pytest.mark.parametrize("version", [(3, 10, 9), (3, 15, 0), (4, 0, 0)])
def test_another_version_is_named_with_those_that_will_do(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    assert "Python 3.11 to 3.14" in str(check_python.problem())
    assert "make PYTHON=python3." in str(check_python.problem())


@pytest.mark.parametrize(
    ("system", "machine", "words"),
    [
        ("Darwin", "x86_64", "Intel Macs"),
        ("Linux", "armv7l", "Linux on armv7l"),
        ("Windows", "ARM64", "Windows on ARM64"),
        ("FreeBSD", "amd64", "Linux on x86_64 or aarch64"),
    ],
)
def test_other_machines_are_named(monkeypatch: pytest.MonkeyPatch, system: str, machine: str, words: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert words in str(check_python.problem())


def test_a_linux_without_glibc_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    assert "glibc" in str(check_python.problem())


def test_readme_and_makefile_name_the_same_versions() -> None:
    span = "Python {}.{} to {}.{}".format(*check_python.OLDEST, *check_python.NEWEST)
    for name in ("README.md", "Makefile"):
        spans = re.findall(r"Python \d\.\d+ to \d\.\d+", (ROOT / name).read_text(encoding="utf-8"))
        assert spans
        assert set(spans) == {span}


@needs_make
def test_make_refuses_a_python_that_will_not_do(tmp_path: Path) -> None:
    later = tmp_path / "python3.15"
    pretend = (
        'import runpy, sys; sys.version_info = (3, 15, 0, "final", 0); runpy.run_path(sys.argv[1], run_name="__main__")'
    )
    later.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{pretend}' \"$@\"\n")
    later.chmod(0o755)
    for python, words in ((str(later), "Python 3.11 to 3.14 will do"), ("python-absent", "no command 'python-absent'")):
        done = subprocess.run(
            ["make", "app", f"VENV={tmp_path / 'venv'}", f"PYTHON={python}"], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode != 0
        assert words in done.stderr
        assert "make PYTHON=python3." in done.stderr
        assert not (tmp_path / "venv").exists()
