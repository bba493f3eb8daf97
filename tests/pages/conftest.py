"""What tests of pages share: what does not change while they run is looked up once, not once for every fresh server.

Taken back when the last of them is done: made-up models of other tests may have the same digest.
"""

from collections.abc import Iterator
from functools import cache, wraps
from types import SimpleNamespace

import pytest
from streamlit.components.v2 import manifest_scanner

from core.inference.tempo import TempoModel
from core.types import FloatArray, TempoReading
from ui.app import loaders


@pytest.fixture(scope="package", autouse=True)
def read_once() -> Iterator[None]:
    """The predictions that ship, and the list of installed packages in which every `AppTest` looks for components."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GENRE_TABLE", "TEMPO_TABLE"):
            table = getattr(loaders, name)
            patch.setattr(loaders, name, SimpleNamespace(systems=table.systems, load=cache(table.load)))
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="package", autouse=True)
def tempo_read_once() -> Iterator[None]:
    """The tempo model reads the same sound once, most of the cost of a page with a prediction; weights are the key."""
    known: dict[tuple[str, bytes], TempoReading] = {}
    predict = TempoModel.predict

    @wraps(predict)
    def predict_once(model: TempoModel, samples: FloatArray) -> TempoReading:
        key = model.header.weights_sha256, samples.tobytes()
        if key not in known:
            known[key] = predict(model, samples)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TempoModel, "predict", predict_once)
        yield
