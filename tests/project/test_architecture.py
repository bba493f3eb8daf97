"""The code base keeps its own rules, and the rules can tell when it does not."""

import inspect
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from core.audio.load import load_audio
from core.features.log_mel import FeatureSpec
from core.synth import render
from core.system.paths import ROOT
from core.types import GENRES
from tests.support import architecture as rules
from tests.support.architecture import RULES, Source, read_tree

WEB_AREAS = ("streamlit_app", "pages", "ui")

Rule = Callable[[Source], Iterator[str]]


@pytest.fixture(scope="module")
def project() -> tuple[Source, ...]:
    """Read and parsed once for all rules."""
    return read_tree(ROOT)


def breaches(sources: Iterable[Source], rule: Rule) -> list[str]:
    return [breach for source in sources for breach in rule(source)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule, project: tuple[Source, ...]) -> None:
    found = breaches(project, rule)
    assert not found, "\n".join([str(rule.__doc__), *found])


@pytest.mark.parametrize("function", [load_audio, render])
def test_default_sample_rate_is_that_of_the_features(function: Callable[..., object]) -> None:
    assert inspect.signature(function).parameters["sample_rate"].default == FeatureSpec().sample_rate


def test_web_process_loads_no_lightning_and_core_no_streamlit(project: tuple[Source, ...]) -> None:
    """Asks a fresh interpreter, which also sees what libraries import on their own."""
    existing = {".".join(source.module) for source in project}
    wanted = {
        ".".join(name[:length])
        for source in project
        if source.area in WEB_AREAS
        for _, name in source.imports
        for length in range(1, len(name) + 1)
        if name[0] == "core"
    }
    modules = sorted(wanted & existing)
    assert modules, "the pages import nothing from core"
    unwanted = {"lightning", "pytorch_lightning", "streamlit"}
    code = f"import sys, {', '.join(modules)}; print(*{unwanted} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


BAD = [
    (rules.imports_point_down, "core/figures.py", "from ui.shared.player import play"),
    (rules.imports_point_down, "ui/shared/player.py", "import pages.browse"),
    (rules.imports_point_down, "pages/browse.py", "from pages.analyze import show"),
    (rules.imports_point_down, "pages/browse.py", "from .analyze import show"),
    (rules.imports_point_down, "scripts/make.py", "import ui.shared.player"),
    (rules.layers_point_down, "core/audio/load.py", "from core.features.log_mel import FeatureSpec"),
    (rules.layers_point_down, "core/audio/load.py", "from core import features"),
    (rules.layers_point_down, "core/audio/load.py", "def late():\n    from .. import features"),
    (rules.layers_point_down, "core/models/genre_cnn.py", "from ..inference import predict"),
    (rules.layers_point_down, "core/training/loop/fit.py", "import core.jobs.api"),
    (rules.layers_point_down, "core/brand_new.py", ""),
    (rules.layers_point_down, "ui/train/form.py", "from ui.browse import filters"),
    (rules.layers_point_down, "ui/app/text.py", "from ui.shared import cards"),
    (rules.libraries_stay_in_place, "core/inference/predict.py", "import lightning.pytorch as pl"),
    (rules.libraries_stay_in_place, "core/jobs.py", "from pytorch_lightning import Trainer"),
    (rules.libraries_stay_in_place, "core/figures.py", "import streamlit as st"),
    (rules.libraries_stay_in_place, "pages/browse.py", "import numpy as np"),
    (rules.libraries_stay_in_place, "pages/browse.py", "from torch.nn import Module"),
    (rules.libraries_stay_in_place, "pages/browse.py", "from sklearn import metrics"),
    (rules.caches_live_in_ui, "pages/browse.py", "import streamlit as st\n@st.cache_data\ndef load(): ..."),
    (rules.no_star_imports, "core/audio/load.py", "from math import *"),
    (rules.no_blanket_except, "ui/shared/player.py", "try: play()\nexcept: stop()"),
    (rules.no_blanket_except, "ui/shared/player.py", "try: play()\nexcept Exception: stop()"),
    (rules.no_blanket_except, "ui/shared/player.py", "try: play()\nexcept (ValueError, BaseException) as e: stop()"),
    (rules.files_are_small, "core/audio/load.py", "x = 1\n" * (rules.MAX_LINES + 1)),
    (rules.feature_constants_appear_once, "core/inference/predict.py", "rate = 22_050"),
    (rules.feature_constants_appear_once, "core/audio/load.py", "RATE = 22_050"),
    (rules.feature_constants_appear_once, "ui/shared/player.py", "def play(rate: float = 22050.0): ..."),
    (rules.feature_constants_appear_once, "core/figures.py", "seconds = 551 / rate"),
    (rules.genre_names_appear_once, "ui/shared/player.py", f"NAMES = {list(GENRES)}"),
    (rules.genre_names_appear_once, "core/figures.py", f"COLOURS = {dict.fromkeys(GENRES, 'red')}"),
]


@pytest.mark.parametrize(("rule", "path", "text"), BAD)
def test_rule_notices(tmp_path: Path, rule: Rule, path: str, text: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.write_text(text)
    found = breaches(read_tree(tmp_path), rule)
    assert len(found) == 1, found
    assert found[0].startswith(path)


GOOD = {
    "streamlit_app.py": "import streamlit as st\nfrom ui.shared.player import play",
    "pages/browse.py": "import streamlit as st\nfrom core.figures import bars\nfrom ui.shared.player import play",
    "ui/shared/player.py": "import numpy\nimport streamlit as st\nfrom . import x\n@st.cache_data\ndef f(): ...",
    "core/features/specs.py": "SAMPLE_RATE = 22_050\nfrom core.types import Audio",
    "core/audio/load.py": "from core.errors import AudioError\ndef load_audio(source, sample_rate=22_050): ...",
    "core/types/base.py": f"GENRES = {GENRES}",
    "core/training/module.py": "import lightning\nfrom . import data\nfrom core.training.genre.run import x",
    "scripts/make.py": "from core.data.clips import load_clips\ntry: load_clips()\nexcept ValueError: raise",
}


def test_good_tree_passes(tmp_path: Path) -> None:
    for path, text in GOOD.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert [breach for rule in RULES for breach in breaches(read_tree(tmp_path), rule)] == []
