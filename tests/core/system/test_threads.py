"""Threads of the numeric libraries wait asleep, whichever way the program is entered; a user's own setting stays."""

import json
import os
import subprocess
import sys

import pytest
import torch

from core.system.paths import ROOT
from core.system.threads import leave_a_core, second_thread

NAMES = ("OMP_WAIT_POLICY", "KMP_BLOCKTIME")
ENTRIES = {
    "core": "import core",
    "command line": "import runpy, sys; sys.argv = ['core', 'results']; runpy.run_module('core', run_name='__main__')",
    "training": "import core.training.commands",
    "supervisor": "import core.jobs.supervisor",
    "script": "import scripts.train_tempo_on_gpu",
    "router": "import runpy; runpy.run_path('streamlit_app.py')",
    **{
        path.name: f"import runpy; runpy.run_path({path.relative_to(ROOT).as_posix()!r})"
        for path in sorted((ROOT / "pages").glob("*.py"))
    },
}
# Enters each way anew in one interpreter, which need not load the other libraries each time, and prints what the
# environment is when torch, which reads it, is about to be imported, or at the end.
WATCH = """
import json, os, sys
class Seen(BaseException): pass
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            raise Seen
own, first_party, entries = json.loads(sys.argv[1])
sys.meta_path.insert(0, Watch())
seen = {}
for name, code in entries.items():
    for module in [each for each in sys.modules if each.split(".")[0] in first_party]:
        del sys.modules[module]
    for variable in %r:
        os.environ.pop(variable, None)
    os.environ.update(own)
    try:
        exec(code, {"__name__": name})
    except (Seen, SystemExit):
        pass
    seen[name] = [os.environ.get(variable, "none") for variable in %r]
print("SEEN", json.dumps(seen))
"""
FIRST_PARTY = ("core", "pages", "scripts", "ui")


def environment_at_torch(entries: dict[str, str], **own: str) -> dict[str, list[str]]:
    """What the settings are when an interpreter that enters there is about to import torch, or ends."""
    given = json.dumps((own, FIRST_PARTY, entries))
    done = subprocess.run(
        [sys.executable, "-c", WATCH % (NAMES, NAMES), given], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert "SEEN" in done.stdout, done.stderr
    seen: dict[str, list[str]] = json.loads(done.stdout.split("SEEN")[1])
    return seen


def test_threads_are_told_to_wait_asleep_before_torch_is_there() -> None:
    assert environment_at_torch(ENTRIES) == {name: ["PASSIVE", "0"] for name in ENTRIES}


def test_own_settings_stay() -> None:
    entry = {"core": ENTRIES["core"]}
    assert environment_at_torch(entry, OMP_WAIT_POLICY="ACTIVE") == {"core": ["ACTIVE", "none"]}
    assert environment_at_torch(entry, KMP_BLOCKTIME="200") == {"core": ["PASSIVE", "200"]}


@pytest.mark.skipif(sys.platform != "linux", reason="the words are those of GNU's OpenMP")
def test_the_library_that_torch_brings_has_read_the_setting() -> None:
    """It says so itself, when it is loaded; core.data.splits brings that of scikit-learn, another one, first."""
    clean = {name: value for name, value in os.environ.items() if name not in (*NAMES, "GOMP_SPINCOUNT")}
    done = subprocess.run(
        [sys.executable, "-c", "import core.data.splits, torch"], cwd=ROOT, env=clean | {"OMP_DISPLAY_ENV": "verbose"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = [line.split(" = ")[1] for line in done.stderr.splitlines() if "GOMP_SPINCOUNT" in line]
    assert said
    assert set(said) == {"'0'"}


@pytest.mark.parametrize("own", [None, "3"])
def test_analyses_leave_a_core_to_others(monkeypatch: pytest.MonkeyPatch, own: str | None) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if own is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", own)
    monkeypatch.setattr("core.system.threads.usable_cores", lambda: 5)
    before = torch.get_num_threads()
    try:
        leave_a_core()
        assert torch.get_num_threads() == (4 if own is None else before)
        monkeypatch.setattr("core.system.threads.usable_cores", lambda: 1)
        leave_a_core()
        assert torch.get_num_threads() == (1 if own is None else before)
    finally:
        torch.set_num_threads(before)


def test_a_second_thread_takes_as_many_cores_as_the_first() -> None:
    import torch

    before = torch.get_num_threads()
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            with second_thread() as beside:
                assert beside.submit(torch.get_num_threads).result() == n_threads
    finally:
        torch.set_num_threads(before)
