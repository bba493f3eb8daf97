"""What all tests share: GTZAN audio where it is present, a cache of their own, one thread for each worker."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import core  # noqa: F401  # tells the threads how to wait

# Read by torch when it is first imported, and by every process that a test starts.
os.environ.setdefault("OMP_NUM_THREADS", "1")

BROWSER_TESTS = Path(__file__).parent / "browser"


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks tests by what they use, so that nobody has to remember to, and orders them for two workers.

    Slow ones come first, so that no worker ends alone; before them those with a browser, half of the time: most of them
    come to one worker, and share its server.
    """
    for item in items:
        if "gtzan_dir" in getattr(item, "fixturenames", ()):
            item.add_marker("gtzan")
        if BROWSER_TESTS in item.path.parents:
            item.add_marker("browser")
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("browser", "slow")])


def pytest_collection_finish() -> None:
    """Takes the libraries out of the search for garbage, which Streamlit makes after every run of a page."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def lab_cache_dir() -> Iterator[Path]:
    """A cache folder for this session: shared by its tests, removed at the end, never the user's own."""
    with (
        tempfile.TemporaryDirectory(prefix="lab-cache-", ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("LAB_CACHE_DIR", folder)
        yield Path(folder)


@pytest.fixture(scope="session")
def gtzan_dir() -> Path:
    """Folder with GTZAN audio, from the environment variable GTZAN_DIR."""
    folder = os.environ.get("GTZAN_DIR")
    if not folder:
        pytest.skip("needs GTZAN audio: set GTZAN_DIR to the folder that holds the ten genre folders")
    path = Path(folder).expanduser().resolve()
    if not path.is_dir():
        pytest.fail(f"GTZAN_DIR is set to {folder}, which is not a folder: correct it or unset it")
    return path
