"""What a training is asked to do, in plain values: the same for the command line, a page and a file."""

import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

GTZAN, SHIPPED = "gtzan", "shipped"
"""Where clips come from: the user's audio, or the 8-bit spectrograms that ship with the project."""
HELD_OUT, TRAINED_ON = "held-out", "trained-on"
"""What becomes of the validation clips: they watch over the training, or are trained on, too."""


@dataclass(frozen=True)
class Hardware:
    """What a run computes on, in the words of Lightning's Trainer.

    Attributes:
        accelerator: "cpu", "gpu", "auto", ...
        devices: how many, which ("0,1") or "auto"; one process each.
        num_nodes: machines.
        strategy: "auto", "ddp", ...
        precision: "32-true", "bf16-mixed", ...
    """

    accelerator: str = "cpu"
    devices: str = "auto"
    num_nodes: int = 1
    strategy: str = "auto"
    precision: str = "32-true"


@dataclass(frozen=True)
class FusionBase:
    """What a fusion is built on. A checkpoint is named by `NAME`, or `FOLDER/NAME` where it lies in a run's folder.

    Attributes:
        genre, tempo: the checkpoints; the fusion is trained on the genre checkpoint's split.
        tempo_recipe: of the five tempo models of the artist folds, for recipe `strong`; None for that of `tempo`.
        fold_seed: their split seed.
        checkpoints: folder in which, and right below which, they are looked for before those that ship; None for these.
    """

    genre: str
    tempo: str
    fold_seed: int
    tempo_recipe: str | None = None
    checkpoints: Path | None = None


@dataclass(frozen=True)
class TrainRequest:
    """A training request in plain values.

    Attributes:
        kind: "genre", "tempo" or "fusion".
        recipe: name of a recipe of that kind.
        split, split_seed, fold: as `core.data.splits.make_split` takes them; a fusion has its genre checkpoint's.
        seed: of weights, order and augmentation.
        out: directory of the run.
        name: of the exported checkpoint.
        model: of a tempo training: "tcn", the compact one, or "cnn14".
        data: `GTZAN` or `SHIPPED`.
        gtzan: folder of GTZAN audio, None for the environment's.
        subset_size: training clips of a quick lesson, evenly over the genres; None for all.
        validation: `HELD_OUT` or `TRAINED_ON`.
        changes: values of the recipe's hyper-parameters instead of its own, by name.
        init: of a Cnn14 training: an official PANNs file to start from, None for from scratch.
        f_max_hz: upper edge of the mel filter bank.
        threads: CPU threads.
        hardware: what to compute on.
        base: of a fusion: what it is built on.
        resume: go on with the run in `out`.
    """

    kind: str
    recipe: str
    split: str
    split_seed: int
    fold: int | None
    seed: int
    out: Path
    name: str
    model: str | None = None
    data: str = GTZAN
    gtzan: Path | None = None
    subset_size: int | None = None
    validation: str = HELD_OUT
    changes: Mapping[str, int | float] = field(default_factory=dict)
    init: Path | None = None
    f_max_hz: float | None = None
    threads: int | None = None
    hardware: Hardware = field(default_factory=Hardware)
    base: FusionBase | None = None
    resume: bool = False

    @staticmethod
    def upgraded(record: dict[str, object]) -> dict[str, object]:
        """What earlier versions have written, in today's words: the hyper-parameters were fields of a request."""
        fields = ("epochs", "batch_size", "learning_rate")
        return {"changes": {name: record[name] for name in fields if record.get(name) is not None}} | record

    def with_changes(self, **changes: int | float) -> "TrainRequest":
        """The same with other hyper-parameters."""
        return replace(self, changes={**self.changes, **changes})

    @property
    def command(self) -> str:
        """The command line that does this again, without the folders of this machine."""
        data = "--data shipped" if self.data == SHIPPED else "--gtzan DIR"
        words = ["python", "-m", "core", "train", *self._settings(), *self._init()]
        checkpoints = "" if self.base is None else " --checkpoints DIR"
        return f"{shlex.join(words)}{checkpoints} {data} --out DIR"

    def _init(self) -> list[str]:
        """The file's name alone, as its folder is of this machine."""
        return [] if self.init is None else ["--init", self.init.name]

    def arguments(self) -> list[str]:
        """The arguments after `python -m core train` that do exactly this here."""
        words = self._settings()
        words += ["--init", str(self.init)] if self.init is not None else []
        words += ["--data", self.data]
        words += ["--gtzan", str(self.gtzan)] if self.gtzan is not None else []
        folder = None if self.base is None else self.base.checkpoints
        words += ["--checkpoints", str(folder)] if folder is not None else []
        words += ["--threads", str(self.threads)] if self.threads is not None else []
        words += ["--out", str(self.out)]
        return [*words, "--resume"] if self.resume else words

    def _settings(self) -> list[str]:
        words = [self.kind, *(["--model", self.model or "tcn"] if self.kind == "tempo" else [])]
        words += ["--recipe", self.recipe, *(self._split() if self.base is None else self._base(self.base))]
        words += ["--seed", str(self.seed)]
        changes = {_option(name): value for name, value in self.changes.items()}
        words += ["--validation", self.validation] if self.validation != HELD_OUT else []
        optional = {"--subset-size": self.subset_size, **changes, "--f-max": self.f_max_hz}
        for option, value in optional.items():
            words += [option, f"{value:.17g}"] if value is not None else []
        words += ["--name", self.name]
        for option, given in self._hardware().items():
            words += [option, given]
        return words

    def _split(self) -> list[str]:
        words = ["--split", self.split]
        words += ["--split-seed", str(self.split_seed)] if self.split != "fault_filtered" else []
        return words + (["--fold", str(self.fold)] if self.fold is not None else [])

    @staticmethod
    def _base(base: FusionBase) -> list[str]:
        words = ["--genre", base.genre, "--tempo", base.tempo, "--fold-seed", str(base.fold_seed)]
        return words + (["--tempo-recipe", base.tempo_recipe] if base.tempo_recipe is not None else [])

    def _hardware(self) -> dict[str, str]:
        """What is not the default."""
        usual = asdict(Hardware())
        return {_option(name): str(given) for name, given in asdict(self.hardware).items() if given != usual[name]}

    def differences(self, other: "TrainRequest") -> list[str]:
        """How another request differs in what decides the result: "--epochs 3 instead of 5"; folders do not."""
        here, there = self._by_option(), other._by_option()
        return [
            f"{option} {here.get(option, 'left out')} instead of {there.get(option, 'left out')}"
            for option in dict.fromkeys([*here, *there])
            if here.get(option) != there.get(option)
        ]

    def _by_option(self) -> dict[str, str]:
        words = ["kind", *self._settings(), *self._init(), "--data", self.data]
        return dict(zip(words[::2], words[1::2], strict=True))


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@dataclass(frozen=True)
class RunConfig:
    """What is written in config.json.

    Attributes:
        request: what was asked for; its `out` is of the time of writing.
        created_s: seconds since 1970.
    """

    request: TrainRequest
    created_s: float

    @staticmethod
    def upgraded(record: dict[str, Any]) -> dict[str, Any]:
        """As `TrainRequest.upgraded`."""
        request = record.get("request")
        return record | {"request": TrainRequest.upgraded(request)} if isinstance(request, dict) else record
