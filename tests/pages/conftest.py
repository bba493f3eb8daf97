"""What tests of pages share: what does not change while they run is looked up once, not once for every fresh server."""

from collections.abc import Iterator
from functools import cache

import pytest
from streamlit.components.v2 import manifest_scanner

from ui.app import loaders


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """The predictions that ship, and the list of installed packages in which every `AppTest` looks for components."""
    with pytest.MonkeyPatch.context() as patch:
        for place, name in (
            (loaders, "load_saved"),
            (loaders, "load_saved_tempo"),
            (manifest_scanner, "scan_component_manifests"),
        ):
            patch.setattr(place, name, cache(getattr(place, name)))
        yield
