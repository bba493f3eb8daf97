"""The app's settings, in the sidebar: they hold for every page of a session."""

from pathlib import Path

import streamlit as st

from core.checkpoint import list_checkpoints
from core.gtzan import ClipFiles, gtzan_root, load_clips
from core.predict import DEFAULT_GENRE
from ui import errors
from ui.loaders import clip_files

HOW_TO_LISTEN = (
    "GTZAN is copyrighted music gathered for research, so the app cannot bring the audio along. To hear the clips, "
    "download the collection yourself (search for “GTZAN genre collection”; the folder with `genres/blues/…` or "
    "`Data/genres_original/blues/…` is what is needed), then give that folder in the settings (arrow at the top left) "
    "or start the app with the environment variable `GTZAN_DIR` set to it."
)


def genre_checkpoint() -> str:
    """Shows the choice of the genre model in the sidebar and returns its name."""
    names = list_checkpoints("genre")
    if DEFAULT_GENRE not in names:
        # Loading it gives the error that says how to get it back.
        return DEFAULT_GENRE
    with st.sidebar:
        st.subheader("Settings")
        return st.selectbox(
            "Genre model",
            names,
            index=names.index(DEFAULT_GENRE),
            key="checkpoint",
            persist_state="session",
            help="`python -m core describe` prints what each one is and what trained it.",
        )


def gtzan_files() -> ClipFiles | None:
    """Shows the GTZAN folder setting in the sidebar and returns the clips found there, None without a folder."""
    with st.sidebar:
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
            st.caption(f"{len(files.paths)} of {len(load_clips())} clips found in `{files.root}`.")
            for problem in files.problems:
                st.caption(f":material/info: {problem}")
        return files
