"""Official PANNs files: what is taken from one in the published format, and every kind of file that is refused."""

import pickle
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.errors import CheckpointError
from core.features.panns_frontend import mel_filters, stft_kernels
from core.features.specs import CNN14_8K, CNN14_16K, CNN14_22K, CNN14_32K, Cnn14Spec
from core.models.cnn14 import Cnn14, Cnn14Tempo
from core.models.panns_weights import OFFICIAL_FILES, init_from_panns, load_panns, read_panns
from tests.support.panns_format import published_shapes, published_state, save_published

pytestmark = pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")  # networks on paper

State = OrderedDict[str, Tensor]
NAME = "Cnn14_8k_mAP=0.416.pth"
KERNEL = "spectrogram_extractor.stft.conv_real.weight"
TRUNK = ("spectrogram_extractor", "logmel_extractor", "bn0", *(f"conv_block{block}" for block in range(1, 7)), "fc1")


def on_paper(spec: Cnn14Spec) -> Cnn14Tempo:
    """A network without memory for its weights."""
    with torch.device("meta"):
        return Cnn14Tempo(spec)


def refusal(path: Path, spec: Cnn14Spec = CNN14_8K) -> str:
    """What is said when a file is refused; it names the file and always a cure."""
    with pytest.raises(CheckpointError, match=r"docs/panns\.md|Build the network") as caught:
        load_panns(path, on_paper(spec))
    assert path.name in str(caught.value)
    return str(caught.value)


def changed(folder: Path, change: Callable[[State], object]) -> Path:
    """A file of the 8 kHz variant with something else in it."""
    state = published_state(CNN14_8K)
    change(state)
    return save_published(folder / NAME, state)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cnn14Tempo, str]:
    """A real network after loading, and what was said."""
    path = save_published(tmp_path_factory.mktemp("panns") / NAME, published_state(CNN14_8K))
    model = Cnn14Tempo(CNN14_8K)
    head = {name: tensor.clone() for name, tensor in model.tempo_head.state_dict().items()}
    report = load_panns(path, model)
    assert all(torch.equal(tensor, head[name]) for name, tensor in model.tempo_head.state_dict().items())
    assert report.file_name == NAME
    assert report.sample_rate == 8_000
    assert report.taken == TRUNK
    assert report.left == ("fc_audioset",)
    assert report.fresh == ("tempo_head",)
    shapes = [shape for name, shape in published_shapes(256).items() if "audioset" not in name]
    assert report.n_taken == sum(torch.Size(shape).numel() for shape in shapes)
    return model, str(report)


def test_every_layer_takes_its_own_values(filled: tuple[Cnn14Tempo, str]) -> None:
    """Each entry of the file holds its own number throughout."""
    own = filled[0].state_dict()
    for number, name in enumerate(published_shapes(256)):
        if name.startswith(("spectrogram", "logmel", "fc_audioset")):
            continue
        assert int(own[name].min()) == int(own[name].max()) == number, name
    assert torch.equal(own[KERNEL], stft_kernels(CNN14_8K)[0])
    assert torch.equal(own["logmel_extractor.melW"], mel_filters(CNN14_8K))


def test_filled_network_learns_on(filled: tuple[Cnn14Tempo, str]) -> None:
    """Its weights are its own memory, and the front end is still frozen."""
    weights = dict(filled[0].named_parameters())
    assert {name.split(".")[0] for name, weight in weights.items() if not weight.requires_grad} == set(TRUNK[:2])
    assert all(weight.is_contiguous() and weight.dtype == torch.float32 for weight in weights.values())


def test_report_in_words(filled: tuple[Cnn14Tempo, str]) -> None:
    """For the terminal and the log."""
    said = filled[1]
    assert said.startswith(f"{NAME} (Cnn14, 8000 Hz): 79,7")
    assert "taken: spectrogram_extractor, logmel_extractor, bn0, conv_block1" in said
    assert "left: fc_audioset; from scratch: tempo_head" in said


@pytest.mark.parametrize("zipped", [False, True], ids=["as published", "as torch writes now"])
@pytest.mark.parametrize("spec", [CNN14_32K, CNN14_16K, CNN14_8K], ids=lambda spec: str(spec.sample_rate))
def test_variant_is_known_by_its_contents(tmp_path: Path, spec: Cnn14Spec, zipped: bool) -> None:
    """The file name says nothing."""
    weights = read_panns(save_published(tmp_path / "renamed.pth", published_state(spec), zipped))
    assert weights.spec == spec
    assert weights.spec in OFFICIAL_FILES.values()
    report = init_from_panns(weights, on_paper(spec))
    assert report.sample_rate == spec.sample_rate
    with torch.device("meta"):
        assert init_from_panns(weights, Cnn14(spec)).fresh == ()


def test_numpy_in_the_file_is_passed_over(tmp_path: Path) -> None:
    """The state of the sampler, as the 16 kHz file has it; torch alone refuses it, before and after."""
    path = save_published(tmp_path / NAME, published_state(CNN14_8K))
    with pytest.raises(pickle.UnpicklingError, match="numpy"):
        torch.load(path, weights_only=True)
    assert read_panns(path).spec == CNN14_8K
    assert "numpy" not in str(torch.serialization.get_safe_globals())
    with pytest.raises(pickle.UnpicklingError, match="numpy"):
        torch.load(path, weights_only=True)


def test_half_precision_copy_is_taken(tmp_path: Path) -> None:
    """Numbers of fewer bits are numbers; filters agree within the tolerance."""
    state = published_state(CNN14_8K)
    for name in ("bn0.weight", "logmel_extractor.melW", KERNEL):
        state[name] = state[name].half()
    assert read_panns(save_published(tmp_path / NAME, state)).spec == CNN14_8K


@pytest.mark.parametrize("spec", [CNN14_16K, CNN14_22K])
def test_variant_for_another_front_end(tmp_path: Path, spec: Cnn14Spec) -> None:
    said = refusal(save_published(tmp_path / NAME, published_state(CNN14_8K)), spec)
    assert "8000 Hz variant" in said
    assert f"works at {spec.sample_rate} Hz" in said


def test_filters_of_another_rate(tmp_path: Path) -> None:
    """Same sizes, other frequencies."""
    elsewhere = Cnn14Spec(sample_rate=11_025, n_fft=256, hop_length=80, f_min_hz=50.0, f_max_hz=5_000.0)
    said = refusal(changed(tmp_path, lambda state: state.update({"logmel_extractor.melW": mel_filters(elsewhere)})))
    assert "another filter bank" in said
    assert "50 to 4000 Hz" in said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda state: state.pop("conv_block4.bn2.running_var"), "lacks conv_block4.bn2.running_var"),
        (lambda state: [state.pop(name) for name in list(state) if "block5" in name], "and 9 more"),
        (lambda state: state.pop(KERNEL), "not a Cnn14 on the waveform"),
        (lambda state: state.update({"att_block.att.weight": torch.zeros(2)}), "att_block as well"),
        (lambda state: state.update({KERNEL: torch.zeros(101, 1, 200)}), "101 x 1 x 200"),
        (lambda state: state.update({"fc1.weight": torch.zeros(512, 2048)}), "512 x 2048 and must be 2048 x 2048"),
        (lambda state: state.update({"bn0.bias": torch.full((64,), torch.nan)}), "bn0.bias has values"),
        (lambda state: state.update({"fc1.bias": torch.full((2048,), torch.inf)}), "fc1.bias has values"),
        (lambda state: state.update({"bn0.bias": torch.zeros(64, dtype=torch.int64)}), "wrong kind in bn0.bias"),
        (lambda state: state.update({"bn0.bias": torch.zeros(64, dtype=torch.complex64)}), "wrong kind in bn0.bias"),
        (lambda state: state.update({"bn0.bias": torch.zeros(64).to_sparse()}), "something else than weights"),
        (lambda state: state.update({"bn0.bias": "zeros"}), "something else than weights"),
        (lambda state: state.clear(), "no entry"),
    ],
)
def test_other_contents(tmp_path: Path, change: Callable[[State], object], words: str) -> None:
    assert words in refusal(changed(tmp_path, change))


@pytest.mark.parametrize("contents", [{"state_dict": {}}, {"model": None}, [1, 2], torch.zeros(3)])
def test_weights_without_the_entry(tmp_path: Path, contents: object) -> None:
    torch.save(contents, tmp_path / NAME)
    assert "no entry “model”" in refusal(tmp_path / NAME)


class Trap:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, ...]:
        return Path.write_text, (self.target, "sprung")


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("place", ["model", "sampler"])
def test_code_in_the_file_is_not_run(tmp_path: Path, zipped: bool, place: str) -> None:
    """Wherever it hides."""
    sprung = tmp_path / "sprung"
    contents = {"model": published_state(CNN14_8K), place: Trap(sprung)}
    torch.save(contents, tmp_path / NAME, _use_new_zipfile_serialization=zipped)
    assert "could run code" in refusal(tmp_path / NAME)
    assert not sprung.exists()
    torch.load(tmp_path / NAME, weights_only=False)
    assert sprung.exists(), "the trap does not work, so the test shows nothing"


def test_whole_model_instead_of_weights(tmp_path: Path) -> None:
    """`torch.save(model)`: a pickle of classes."""
    torch.save({"model": torch.nn.Linear(2, 2)}, tmp_path / NAME)
    assert "could run code" in refusal(tmp_path / NAME)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("part", [0.0, 0.001, 0.3, 0.7, 0.9, 0.999])
def test_file_cut_short(tmp_path: Path, zipped: bool, part: float) -> None:
    """A download that broke off."""
    path = save_published(tmp_path / NAME, published_state(CNN14_8K), zipped)
    data = path.read_bytes()
    path.write_bytes(data[: int(part * len(data))])
    said = refusal(path)
    assert any(words in said for words in ("cut short", "is damaged", "not a file of PyTorch weights"))


@pytest.mark.parametrize(
    "data",
    [b"<!DOCTYPE html>\n<html>", b"RIFF\x24\x00\x00\x00WAVE", b"\x80\x02}q\x00.", bytes(5_000), b"\x80\x09garbage"],
)
def test_foreign_file(tmp_path: Path, data: bytes) -> None:
    """A page instead of a download, a recording, an empty pickle, zeros."""
    (tmp_path / NAME).write_bytes(data)
    said = refusal(tmp_path / NAME)
    assert "not a file of PyTorch weights" in said


def test_no_file(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / NAME)


def test_folder(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path)


def test_refused_file_leaves_the_network_alone(tmp_path: Path) -> None:
    """Not half filled."""
    with torch.device("meta"):
        model = Cnn14(CNN14_8K)
    model.bn0 = torch.nn.BatchNorm2d(64)
    path = changed(tmp_path, lambda state: state.pop("fc1.bias"))
    with pytest.raises(CheckpointError):
        load_panns(path, model)
    assert bool((model.bn0.weight == 1).all())
    load_panns(save_published(path, published_state(CNN14_8K)), model)
    assert bool((model.bn0.weight == 3).all())
