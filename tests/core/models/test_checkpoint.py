"""Checkpoints: round trips, every kind of damage, and that loading runs no code."""

import dataclasses
import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as save_tensors

from core.errors import CheckpointError
from core.models.checkpoint import FORMAT_VERSION, describe, list_checkpoints, load_header, load_model, save_checkpoint
from core.models.genre_cnn import GenreCNN
from core.models.registry import ARCHITECTURES
from core.system.paths import CHECKPOINT_DIR
from core.types import GENRES
from tests.support.small_world import (
    BAND_ARCHITECTURE,
    BAND_NET,
    CLICK_ARCHITECTURE,
    CLICK_NET,
    SPEC,
    BandNet,
    header,
    save_band_net,
    save_click_net,
    save_genre_cnn,
    tempo_header,
)

NAME = "genre-strong"
CURES = r"git|[Tt]rain|Update|Pick|Use the bare name|Take a checkpoint"


@pytest.fixture(autouse=True)
def band_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    monkeypatch.setitem(ARCHITECTURES, CLICK_NET, CLICK_ARCHITECTURE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good checkpoint."""
    save_band_net(tmp_path, scale=3.0)
    return tmp_path


def edit_header(folder: Path, change: Callable[[dict[str, object]], object]) -> None:
    path = folder / f"{NAME}.json"
    raw = json.loads(path.read_text())
    change(raw)
    path.write_text(json.dumps(raw))


def replace_weights(folder: Path, data: bytes) -> None:
    """Other weights under a header that vouches for them."""
    (folder / f"{NAME}.safetensors").write_bytes(data)
    edit_header(folder, lambda raw: raw.update(weights_sha256=hashlib.sha256(data).hexdigest()))


def refusal(folder: Path, name: str = NAME) -> str:
    """What is said when a checkpoint is refused; it always names a cure."""
    with pytest.raises(CheckpointError, match=CURES) as caught:
        load_model(name, folder)
    return str(caught.value)


def test_round_trip(folder: Path) -> None:
    model, loaded = load_model(NAME, folder)
    assert isinstance(model, BandNet)
    assert model.scale.item() == 3.0
    assert loaded == load_header(NAME, folder)
    digest = hashlib.sha256((folder / f"{NAME}.safetensors").read_bytes()).hexdigest()
    assert loaded == dataclasses.replace(header(), weights_sha256=digest)


def test_the_genre_network_comes_back_in_evaluation_mode_with_the_same_outputs(tmp_path: Path) -> None:
    torch.manual_seed(1)
    net = GenreCNN().eval()
    save_checkpoint(net, header(model="genre_cnn"), tmp_path)
    model, _ = load_model(NAME, tmp_path)
    assert not model.training
    windows = torch.randn(2, 1, SPEC.n_mels, SPEC.n_frames)
    with torch.inference_mode():
        assert torch.equal(model(windows), net(windows))


def test_a_checkpoint_holds_the_weights_and_nothing_else(tmp_path: Path) -> None:
    save_genre_cnn(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{NAME}.json", f"{NAME}.safetensors"]
    numbers = sum(tensor.numel() for tensor in GenreCNN().state_dict().values())
    assert (tmp_path / f"{NAME}.safetensors").stat().st_size < 4.1 * numbers + 10_000


def test_saving_again_replaces_both_halves(folder: Path) -> None:
    save_band_net(folder, scale=5.0)
    model, _ = load_model(NAME, folder)
    assert isinstance(model, BandNet)
    assert model.scale.item() == 5.0


def test_missing_checkpoint_names_those_there_are(folder: Path) -> None:
    text = refusal(folder, "genre-weak")
    assert "genre-weak" in text
    assert f"Available: {NAME}" in text
    assert "none" in refusal(folder / "nowhere")


def test_header_without_weights(folder: Path) -> None:
    (folder / f"{NAME}.safetensors").unlink()
    assert "missing" in refusal(folder)


def test_foreign_weights_without_a_header(folder: Path) -> None:
    (folder / f"{NAME}.json").unlink()
    assert "There is no checkpoint" in refusal(folder)


def test_weights_cut_at_any_place(folder: Path) -> None:
    path = folder / f"{NAME}.safetensors"
    data = path.read_bytes()
    for n_bytes in range(len(data)):
        path.write_bytes(data[:n_bytes])
        assert "damaged" in refusal(folder)


def test_a_flipped_bit_anywhere_in_the_weights(folder: Path) -> None:
    path = folder / f"{NAME}.safetensors"
    data = path.read_bytes()
    for position in range(len(data)):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1 << position % 8]) + data[position + 1 :])
        assert "damaged" in refusal(folder)


def test_a_header_cut_at_any_place(folder: Path) -> None:
    path = folder / f"{NAME}.json"
    data = path.read_bytes().rstrip()
    for n_bytes in range(0, len(data), 23):
        path.write_bytes(data[:n_bytes])
        refusal(folder)


def test_a_flipped_bit_in_the_header_is_refused_or_leaves_a_usable_header(folder: Path) -> None:
    path = folder / f"{NAME}.json"
    data = path.read_bytes()
    refused = 0
    for position in range(0, len(data), 11):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1 << position % 7]) + data[position + 1 :])
        try:
            assert load_model(NAME, folder)[1].labels == GENRES
        except CheckpointError:
            refused += 1
    assert refused > len(data) / 11 / 4


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"\xff" * 8 + b"{}", b"\x80\x04K\x01."],
    ids=["empty", "short", "absurd header length", "pickle"],
)
def test_weights_that_are_no_safetensors(data: bytes, folder: Path) -> None:
    replace_weights(folder, data)
    assert "do not fit" in refusal(folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {"weight": torch.zeros(3)},
        {"scale": torch.zeros(3)},
        {"scale": torch.tensor(1.0), "extra": torch.zeros(1)},
        {},
    ],
    ids=["foreign", "other shape", "one too many", "none"],
)
def test_weights_of_another_architecture(tensors: dict[str, torch.Tensor], folder: Path) -> None:
    replace_weights(folder, save_tensors(tensors))
    assert f"do not fit the model “{BAND_NET}”" in refusal(folder)


def test_newer_format_asks_for_an_update(folder: Path) -> None:
    edit_header(folder, lambda raw: raw.update(format_version=FORMAT_VERSION + 1, novelty=True))
    text = refusal(folder)
    assert f"format {FORMAT_VERSION + 1}" in text
    assert "Update the app" in text


def test_unknown_model_names_the_known_ones(folder: Path) -> None:
    edit_header(folder, lambda raw: raw.update(model="genre_transformer"))
    text = refusal(folder)
    assert "genre_transformer" in text
    assert "genre_cnn" in text


@pytest.mark.parametrize(
    "labels", [list(GENRES[::-1]), list(GENRES[:9]), ["techno", *GENRES[1:]]], ids=["order", "nine", "techno"]
)
def test_other_labels_are_refused(labels: list[str], folder: Path) -> None:
    edit_header(folder, lambda raw: raw.update(labels=labels))
    assert labels[0] in refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.pop("format_version"),
        lambda raw: raw.update(format_version="1"),
        lambda raw: raw.pop("provenance"),
        lambda raw: raw.update(surprise=1),
        lambda raw: raw.update(labels=None),
        lambda raw: raw["features"].update(n_moons=2),
        lambda raw: raw["normalisation"].pop("std_db"),
        lambda raw: raw["normalisation"].update(mean_db=["loud"]),
        lambda raw: raw.update(normalisation=[]),
        lambda raw: raw.update(inference=3),
    ],
)
def test_a_header_of_something_else(change: Callable[[dict[str, object]], object], folder: Path) -> None:
    edit_header(folder, change)
    assert "not a checkpoint header" in refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw["normalisation"]["mean_db"].pop(),
        lambda raw: raw["normalisation"]["std_db"].append(1.0),
        lambda raw: raw["normalisation"]["std_db"].__setitem__(3, 0.0),
        lambda raw: raw["normalisation"].update(mean_db=[], std_db=[]),
        lambda raw: raw["inference"].update(temperature=-1.0),
    ],
)
def test_statistics_that_cannot_be(change: Callable[[dict[str, object]], object], folder: Path) -> None:
    edit_header(folder, change)
    assert "is damaged" in refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", "3", "{", '"genre"', "\xff"])
def test_a_header_that_is_no_header(text: str, folder: Path) -> None:
    (folder / f"{NAME}.json").write_bytes(text.encode("latin-1"))
    refusal(folder)


@pytest.mark.parametrize("name", ["../x", "a/b", "/etc/passwd", "..", ".", "", ".hidden", f"../{NAME}", "nul\0byte"])
def test_names_that_lead_elsewhere(name: str, folder: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    refusal(inner, name)
    with pytest.raises(CheckpointError):
        save_checkpoint(BandNet(), header(name), inner)
    assert not list(inner.iterdir())


def test_loading_never_unpickles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a checkpoint was unpickled")

    for owner, name in ((pickle, "load"), (pickle, "loads"), (pickle, "Unpickler"), (torch, "load")):
        monkeypatch.setattr(owner, name, refuse)
    load_model(NAME, folder)
    save_genre_cnn(folder)
    load_model(NAME, folder)


def test_a_pickle_that_would_run_code_does_not(folder: Path) -> None:
    marker = folder / "marker"

    class Trap:
        def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
            return Path.touch, (marker,)

    pickle.loads(pickle.dumps(Trap()))
    assert marker.exists(), "the trap itself does not work"
    marker.unlink()
    replace_weights(folder, pickle.dumps(Trap()))
    refusal(folder)
    assert not marker.exists()


def test_lists_by_kind_and_leaves_unreadable_ones_out(folder: Path) -> None:
    save_band_net(folder, header("genre-a"))
    save_click_net(folder, tempo_header("tempo-a"))
    save_band_net(folder, dataclasses.replace(header("confused"), kind="tempo"))
    (folder / "broken.json").write_text("{")
    assert list_checkpoints(folder=folder) == ["genre-a", NAME, "tempo-a"]
    assert list_checkpoints("genre", folder) == ["genre-a", NAME]
    assert list_checkpoints("fusion", folder) == []


def test_card_says_what_matters(folder: Path) -> None:
    card = describe(NAME, folder)
    for fact in (
        NAME,
        "stratified, split seed 42",
        "599 training, 200 validation",
        "recipe strong, seed 7, 40 epochs, weights of epoch 39",
        "accuracy 0.8125",
        "log_loss 0.6543",
        "mean over windows every 2.5 s",
        "temperature 1.000",
        "commit abc1234",
        "python -m core train genre",
        "64 mel bands x 400 frames (10.0 s) at 22050 Hz, up to 8000 Hz",
        "32 kb/s MP3",
        load_header(NAME, folder).weights_sha256,
        *GENRES,
    ):
        assert fact in card, fact
    assert "fold" not in card.replace("artist_folds", "")


def test_card_of_a_fold_and_of_a_first_window(folder: Path) -> None:
    save_band_net(folder, header("genre-fold", hop_frames=None, split="artist_folds", fold=3))
    card = describe("genre-fold", folder)
    assert "fold 3" in card
    assert "first window only" in card


def test_no_path_of_this_machine_is_stored(folder: Path) -> None:
    for path in folder.iterdir():
        assert str(folder).encode() not in path.read_bytes()


@pytest.mark.parametrize("path", sorted(CHECKPOINT_DIR.glob("*.json")), ids=lambda path: path.stem)
def test_shipped_checkpoints(path: Path) -> None:
    """A shipped checkpoint loads, can be described, and knows nothing of the machine that made it."""
    model, loaded = load_model(path.stem)
    assert loaded.name == path.stem
    learned = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert sum(parameter.numel() for parameter in learned) == loaded.n_parameters
    assert all(torch.isfinite(tensor).all() for tensor in model.state_dict().values())
    assert len(loaded.normalisation.mean_db) == len(loaded.normalisation.std_db) == loaded.features.n_mels
    assert min(loaded.normalisation.std_db) > 0
    assert loaded.provenance.commit
    assert path.stem in describe(path.stem)
    for text in (loaded.provenance.command, loaded.provenance.data):
        assert not any(word.startswith(("/", "~", "C:")) for word in text.split())
