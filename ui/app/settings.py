"""The app's settings, in the sidebar: they hold for every page of a session."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from core.data.clip_files import ClipFiles, gtzan_root
from core.data.clips import load_clips
from core.types import Task
from ui.app import errors
from ui.app.loaders import clip_files
from ui.app.run_banner import run_banner
from ui.app.run_checkpoints import in_words, run_checkpoints
from ui.app.text import as_code, as_text

CHOICE_KEYS = {"genre": "checkpoint", "tempo": "tempo_checkpoint", "fusion": "fusion_checkpoint"}
"""Of the widgets that choose the models."""

HOW_TO_LISTEN = (
    "GTZAN is copyrighted, so its audio is not included. Download it yourself (search for “GTZAN genre collection”), "
    "then give the folder with `genres/blues/…` or `Data/genres_original/blues/…` in the settings (arrow at the top "
    "left) or in the environment variable `GTZAN_DIR`."
)


@dataclass(frozen=True)
class ModelChoice:
    """Names of the checkpoints in use; where the default one is missing, loading it says how to get it back."""

    genre: str
    tempo: str
    fusion: str

    @property
    def names(self) -> tuple[str, str, str]:
        """All three, in this order."""
        return self.genre, self.tempo, self.fusion


def models() -> ModelChoice:
    """Shows the choice of the models in the sidebar, where there is one to make, and returns it.

    On the page itself it says so when a run of one's own is in use.
    """
    # Imported here: these bring torch, and pages without a model of their own do without.
    from core.inference.load import DEFAULT_CNN, DEFAULT_FUSION, DEFAULT_GENRE, DEFAULT_TEMPO, names

    def there(task: Task) -> list[str]:
        return [*names(task), *run_checkpoints(task)]

    genre = DEFAULT_GENRE if DEFAULT_GENRE in names("genre") else DEFAULT_CNN
    with st.sidebar:
        st.subheader("Settings")
        chosen = ModelChoice(
            _choose("Genre model", there("genre"), genre, CHOICE_KEYS["genre"]),
            _choose("Tempo model", there("tempo"), DEFAULT_TEMPO, CHOICE_KEYS["tempo"]),
            _choose_fusion(there("fusion"), DEFAULT_FUSION),
        )
    defaults = (genre, DEFAULT_TEMPO, DEFAULT_FUSION)
    run_banner(chosen.names, dict(zip(CHOICE_KEYS.values(), defaults, strict=True)))
    return chosen


def _choose(label: str, names: list[str], default: str, key: str) -> str:
    if default not in names:
        return default
    return st.selectbox(
        label, names, index=names.index(default), key=key, persist_state="session", format_func=in_words,
        help="`python -m core describe` prints what each one is and what trained it.",
    )  # fmt: skip


def _choose_fusion(names: list[str], default: str) -> str:
    """The default is taken where it is built on the two others; any other one has to be."""
    others = [name for name in names if name != default]
    if not others:
        return default
    usual = f"{default}, where it fits" if default in names else "none"
    return st.selectbox(
        "Fusion of both", [default, *others], key=CHOICE_KEYS["fusion"], persist_state="session",
        format_func=lambda name: usual if name == default else in_words(name),
        help="A fusion belongs to the genre and the tempo model that it was built on.",
    )  # fmt: skip


def gtzan_files(heading: bool = True) -> ClipFiles | None:
    """Shows the GTZAN folder setting in the sidebar and returns the clips found there, None without a folder.

    Args:
        heading: False below other settings.
    """
    with st.sidebar:
        if heading:
            st.subheader("Settings")
        typed = st.text_input(
            "Folder with GTZAN audio",
            key="gtzan_dir",
            persist_state="session",
            placeholder=str(gtzan_root(None) or "/home/me/gtzan"),
            help="On the computer that runs the app. Only the player needs it.",
        )
        root = gtzan_root(Path(typed.strip()).expanduser() if typed and typed.strip() else None)
        if root is None:
            st.caption("No folder given: everything works but the player.")
            return None
        files: ClipFiles | None = None
        with errors.shown():
            files = clip_files(root)
            st.caption(f"{len(files.paths)} of {len(load_clips())} clips found in {as_code(str(files.root))}.")
            for problem in files.problems:
                st.caption(f":material/info: {as_text(problem)}")
        return files
