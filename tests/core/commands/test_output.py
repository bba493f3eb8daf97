"""What is printed survives any encoding of the output, and any file name."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.system.paths import ROOT
from tests.support.small_world import save_genre_cnn

PRINT = """
import sys
from core.system.output import print_what_can_be_printed
print_what_can_be_printed()
for stream in (sys.stdout, sys.stderr): print("a \\u266a \\xe9 \\udcff b", file=stream)
"""
ENCODINGS = {
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "C": {"LC_ALL": "C", "PYTHONIOENCODING": ""},
    "C, neither coerced nor UTF-8": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
}
each_encoding = pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())


def run(words: list[bytes | str], encoding: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON"))}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=clean | encoding, capture_output=True, timeout=300)


@each_encoding
def test_what_cannot_be_printed_is_escaped(encoding: dict[str, str]) -> None:
    done = run(["-c", PRINT], encoding)
    assert done.returncode == 0, done.stderr
    for printed in (done.stdout, done.stderr):
        assert printed.startswith(b"a ")
        assert printed.rstrip().endswith(b" b")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only here may a file name be no text")
@pytest.mark.parametrize(
    ("name", "option"), [("cp1252", "--json"), ("C, neither coerced nor UTF-8", "--json"), ("cp1252", "")]
)
def test_predict_reads_every_file_whatever_its_name(tmp_path: Path, name: str, option: str) -> None:
    """A bad file before and between them, too; the JSON stays JSON and names the files as they are."""
    samples = np.random.default_rng(0).normal(0, 0.1, 22_050).astype(np.float32)
    names = ["♪ café.wav".encode(), b"bytes \xff\xfe.wav", b"plain.wav"]
    paths = [os.fsencode(tmp_path) + b"/" + name for name in names]
    for path in paths:
        with Path(os.fsdecode(path)).open("wb") as file:
            soundfile.write(file, samples, 22_050, format="WAV")
    bad = os.fsencode(tmp_path) + "/fehlt ♪.wav".encode()
    save_genre_cnn(tmp_path / "checkpoints")  # and no tempo model, which would take its time
    words = ["-m", "core", "predict", "--checkpoints", bytes(tmp_path / "checkpoints"), bad, paths[0], bad, *paths[1:]]
    done = run([*words, option] if option else words, ENCODINGS[name])
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert len(done.stdout.splitlines()) == 3
    if option:
        records = [json.loads(line) for line in done.stdout.decode("ascii").splitlines()]
        files = [record["file"].encode("utf-8", "surrogateescape") for record in records]
        assert files == paths or name.startswith("C")
