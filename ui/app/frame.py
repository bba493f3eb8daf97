"""What surrounds every page: its configuration, the list of pages, links between them.

A server whose first visitor opens a page by its own URL runs that page's file without the router (Streamlit takes the
`pages/` folder for an app of the older kind until it has seen `st.navigation`). `open_page` notices, brings the
navigation along and begins anew, below the router, so that every page works alone.
"""

import gc
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import Page

from ui.app.look import look

APP_NAME = "Genre & Tempo Lab"
_ROOT = Path(__file__).parents[2]
_routed: ContextVar[bool] = ContextVar("routed", default=False)
BEGUN_ANEW = "begun-anew"


@dataclass(frozen=True)
class PageEntry:
    """One entry of the navigation.

    Attributes:
        file: path below the repository root.
        title: shown in the navigation and the browser tab.
        icon: Material symbol.
        default: served at the root URL.
        clip_query: what its URL needs beside `clip` to show a clip.
    """

    file: str
    title: str
    icon: str
    default: bool = False
    clip_query: Mapping[str, str] = field(default_factory=dict)

    def page(self) -> Page:
        """The entry as Streamlit wants it; only valid during a script run."""
        return st.Page(_ROOT / self.file, title=self.title, icon=self.icon, default=self.default)


OVERVIEW = PageEntry("pages/overview.py", "Overview", ":material/home:", default=True)
BROWSE = PageEntry("pages/browse.py", "Browse", ":material/library_music:")
ANALYZE = PageEntry("pages/analyze.py", "Analyze", ":material/graphic_eq:")
RESULTS = PageEntry("pages/results.py", "Results", ":material/analytics:")
CLIPS_OF_GTZAN = "GTZAN clip"
"""What the learn page calls them in its URL."""
LEARN = PageEntry("pages/learn.py", "Learn", ":material/school:", clip_query={"music": CLIPS_OF_GTZAN})
TRAIN = PageEntry("pages/train.py", "Train", ":material/model_training:")
PAGES = (OVERVIEW, BROWSE, ANALYZE, RESULTS, LEARN, TRAIN)


def app_pages() -> list[Page]:
    """All pages in the order of the navigation."""
    return [entry.page() for entry in PAGES]


def configure_page(title: str | None = None) -> None:
    """Sets the browser tab and the wide layout; without a title the page's navigation title is kept."""
    st.set_page_config(
        page_title=f"{title} · {APP_NAME}" if title else APP_NAME,
        page_icon="🎼",
        layout="wide",
        initial_sidebar_state="collapsed",
    )


@contextmanager
def framed() -> Iterator[None]:
    """Marks the code inside as running below the router."""
    token = _routed.set(True)
    try:
        yield
    finally:
        _routed.reset(token)
        _preload()


# Streamlit writes selected choices in the primary colour. In the dark theme one colour cannot be both light enough to
# be read on the page and dark enough for the white that Streamlit writes on it elsewhere; frame and tint are enough to
# say "selected". Code in captions, and the label of what is disabled, are faded until they are hard to read.
_STYLE = """<style>
[data-testid="stButtonGroup"] [data-selected]:not([data-disabled]), [role="tab"][data-selected],
[data-testid="stSliderThumbValue"] p, [data-testid="stCaptionContainer"] code {
  color: inherit !important;
}
[data-testid="stCaptionContainer"] code { background: transparent; }
[data-testid="stSliderThumbValue"] { color: var(--text-color, inherit) !important; }
[data-testid="stWidgetLabel"] p { color: rgb(from currentcolor r g b / 0.8); }
/* The button for the look of the page lies in the header, where nothing of the page makes room for it. */
[data-testid="stLayoutWrapper"]:has(> .st-key-look) { position: absolute; }
.st-key-look { position: fixed; top: 0.45rem; right: 0.75rem; z-index: 999991; width: auto; }
.st-key-look button { min-height: 2rem; padding: 0 0.6rem; }
@media (max-width: 640px) { .st-key-look { right: 0.25rem; } }
</style>"""


def open_page(entry: PageEntry) -> None:
    """First call of every page: tab title, layout and, when the page runs alone, the navigation."""
    configure_page(entry.title)
    st.html(_STYLE)
    if not _routed.get():
        st.navigation(app_pages(), position="top")
        if not st.session_state.get(BEGUN_ANEW):
            # Widgets are other widgets below the router: what is done with those of this run would be lost.
            st.session_state[BEGUN_ANEW] = True
            st.rerun()
    look()


@contextmanager
def loading() -> Iterator[None]:
    """Says so while the imports inside take seconds, as on the first visit to a server; later they take none."""
    if _LAST_LOADED in sys.modules:
        yield
        return
    with st.spinner("Starting up: the libraries are loaded once, this takes some seconds …"):
        yield


_LAST_LOADED = "core.inference.predict"
"""Of what `_preload` loads, the module that imports all the others."""


_PRELOAD_AFTER_S = 1.0
"""What the browser still asks for when the script has run, comes first."""


@st.cache_resource(show_spinner=False)
def _preload() -> None:
    """Loads torch behind the scenes, once per server, when the first page has been drawn.

    An import does not touch Streamlit, so it may run in a thread; who needs it earlier waits.
    """
    timer = threading.Timer(_PRELOAD_AFTER_S, _load_all)
    timer.daemon = True
    timer.start()


def _load_all() -> None:
    """Imports what is left, and takes the libraries out of the search for garbage.

    Streamlit searches after every run of a page, also after a glance at a training. The libraries are half a million
    objects that are never garbage: looking through them took longer than all the rest of such a glance.
    """
    import_module(_LAST_LOADED)
    gc.collect()
    gc.freeze()


def clip_url(clip_id: str, system: str) -> str:
    """Address of a clip in the browse page with a system's predictions, from any other page."""
    return f"browse?{urlencode({'system': system, 'clip': clip_id})}"


def link_to(entry: PageEntry, label: str, clip_id: str | None = None) -> None:
    """Link to another page, optionally to one clip on it."""
    query = {"clip": clip_id, **entry.clip_query} if clip_id else None
    st.page_link(entry.page(), label=label, icon=entry.icon, query_params=query)
