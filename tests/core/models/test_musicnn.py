"""The port of musicnn gives what another port gives; its weights come of the published ones."""

import hashlib
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from core.features.musicnn import HOP_LENGTH, N_FRAMES, N_MELS, SAMPLE_RATE, musicnn_log_mel, musicnn_windows
from core.models.musicnn import N_FEATURES, N_TAGS, Musicnn, MusicnnOutputs
from core.system.paths import CHECKPOINT_DIR
from core.types import FloatArray
from scripts import convert_musicnn
from scripts.convert_musicnn import WHEEL_SHA256, entries, fields, labels, places, varint

WEIGHTS = CHECKPOINT_DIR / "musicnn"
NETWORKS = ("msd", "mtt")
GOLDEN = np.load(Path(__file__).parents[2] / "golden" / "musicnn.npz")
WHEEL = os.environ.get("MUSICNN_WHEEL")


def network(name: str) -> Musicnn:
    net = Musicnn()
    net.load_state_dict(load_file(WEIGHTS / f"{name}.safetensors"))
    return net.eval()


@torch.inference_mode()
def outputs(name: str, samples: FloatArray) -> MusicnnOutputs:
    windows, _ = musicnn_windows(musicnn_log_mel(samples))
    found: MusicnnOutputs = network(name)(windows)
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_it_agrees_with_another_port(name: str) -> None:
    found = outputs(name, GOLDEN["samples_16khz"])
    pools = ("max_pool", found.pooled[:, ::2]), ("mean_pool", found.pooled[:, 1::2])
    for part, array in (*pools, ("tags", found.tags)):
        np.testing.assert_allclose(array.numpy(), GOLDEN[f"{name.upper()}_musicnn_{part}"], atol=1e-3)


def test_shapes() -> None:
    seconds = np.zeros(7 * SAMPLE_RATE, dtype=np.float32)
    log_mel = musicnn_log_mel(seconds)
    assert log_mel.shape == (1 + len(seconds) // HOP_LENGTH, N_MELS)
    assert not log_mel.any(), "silence is zero"
    windows, starts = musicnn_windows(log_mel, 100)
    assert windows.shape == (3, N_FRAMES, N_MELS)
    assert starts == [0, 100, 200]
    with torch.inference_mode():
        found = Musicnn().eval()(windows)
    assert found.pooled.shape == (3, N_FEATURES)
    assert found.tags.shape == (3, N_TAGS)


def test_a_window_does_not_depend_on_those_beside_it() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 6 * SAMPLE_RATE).astype(np.float32)
    windows, _ = musicnn_windows(musicnn_log_mel(noise))
    with torch.inference_mode():
        both, alone = network("msd")(windows), network("msd")(windows[1:])
    torch.testing.assert_close(both.tags[1:], alone.tags, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_carry_source_licence_and_tags(name: str) -> None:
    notes = json.loads((WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    assert notes["weights_sha256"] == hashlib.sha256((WEIGHTS / f"{name}.safetensors").read_bytes()).hexdigest()
    assert "ISC" in notes["license"]
    assert len(set(notes["tags"])) == N_TAGS
    assert "Universitat Pompeu Fabra" in (WEIGHTS / "LICENSE.md").read_text(encoding="utf-8")


# The converter


def block(*pairs: tuple[bytes, bytes]) -> bytes:
    """A block of a table in which no key shares its beginning, with the byte that says it is not compressed."""
    rows = b"".join(bytes([0, len(key), len(value)]) + key + value for key, value in pairs)
    return rows + struct.pack("<II", 0, 1) + b"\0"


def test_numbers_and_fields() -> None:
    assert varint(b"\x05", 0) == (5, 1)
    assert varint(b"\xff\xac\x02", 1) == (300, 3)
    assert fields(b"\x08\x01\x12\x02ab\x35\x00\x00\x00\x00") == {1: 1, 2: b"ab", 6: b"\0\0\0\0"}
    with pytest.raises(ValueError, match="unexpected kind"):
        fields(b"\x09")


def test_keys_that_share_their_beginning() -> None:
    rows = b"\x00\x03\x01abcX" + b"\x02\x01\x01dY"
    table = rows + struct.pack("<II", 0, 1)
    assert list(entries(table + b"\0", 0, len(table))) == [(b"abc", b"X"), (b"abd", b"Y")]
    with pytest.raises(ValueError, match="compressed"):
        list(entries(table + b"\1", 0, len(table)))


def test_the_index_names_the_place_of_each_array() -> None:
    arrays = block((b"", b"\x08\x01"), (b"conv/bias", b"\x08\x01\x20\x08\x28\x10"), (b"step", b"\x08\x09\x28\x08"))
    handle = bytes([0, len(arrays) - 1])
    top = block((b"z", handle))
    footer = bytes([0, 0, len(arrays), len(top) - 1]).ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    assert list(places(arrays + top + footer)) == [("conv/bias", 8, 16)], "floats alone"
    with pytest.raises(ValueError, match="not the index"):
        list(places(bytes(48)))


def test_tags_are_read_as_text() -> None:
    source = "import os\nMTT_LABELS = ['slow', \"new age\"]\nMSD_LABELS = ['pop']\n"
    assert labels(source, "mtt") == ["slow", "new age"]
    with pytest.raises(ValueError, match="names no tags of x"):
        labels(source, "x")


def test_another_wheel_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = tmp_path / "musicnn.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("musicnn/configuration.py", "MSD_LABELS = []")
    with pytest.raises(SystemExit):
        convert_musicnn.main([str(wheel), "--out", str(tmp_path / "out")])
    assert "another file" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(WHEEL is None, reason="set MUSICNN_WHEEL to the wheel of musicnn 0.1.0 to convert it again")
def test_the_wheel_gives_the_shipped_files_to_the_byte(tmp_path: Path) -> None:
    assert WHEEL is not None
    assert hashlib.sha256(Path(WHEEL).read_bytes()).hexdigest() == WHEEL_SHA256
    convert_musicnn.main([WHEEL, "--out", str(tmp_path)])
    for path in sorted(tmp_path.iterdir()):
        assert path.read_bytes() == (WEIGHTS / path.name).read_bytes(), path.name
    assert len(list(tmp_path.iterdir())) == 5
