"""The widgets above the table of clips. Their choices are part of the URL, so that a filtered list can be linked to."""

import pandas as pd
import streamlit as st

from core.errors import DatasetError
from core.saved import list_saved
from core.types import GENRES
from ui.clip_table import ORDERS, SUBSET_LABELS, VERDICTS, ClipFilter


def forget_clip() -> None:
    """A changed filter shows the first clip that passes it."""
    if "clip" in st.query_params:
        del st.query_params["clip"]


def choose_system() -> str:
    """Which saved predictions to show; out-of-fold ones first, as they hold for every clip."""
    return st.selectbox(
        "Predictions of", ranked_systems(), key="system", bind="query-params", width=260, on_change=forget_clip
    )


def ranked_systems() -> list[str]:
    """Systems with saved predictions, the best to show first.

    Raises:
        DatasetError: none ships with this copy of the app.
    """
    systems = sorted(list_saved(), key=lambda name: (not name.endswith("-oof"), "strong" not in name, name))
    if not systems:
        raise DatasetError(
            "No saved predictions were found in data/. They ship with the project: restore the folder with git."
        )
    return systems


def choose_filter(table: pd.DataFrame) -> ClipFilter:
    """All filters in one row that wraps on narrow screens."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        text = st.text_input(
            "Search", key="q", type="search", live=True, placeholder="artist, title, clip", width=200,
            bind="query-params", on_change=forget_clip,
        )  # fmt: skip
        genres = _many("True genre", "genre", list(GENRES))
        predicted = _many("Predicted genre", "predicted", list(GENRES))
        verdict = st.segmented_control(
            "Right or wrong", VERDICTS, key="verdict", default=VERDICTS[0], required=True,
            label_visibility="collapsed", bind="query-params", on_change=forget_clip,
        )  # fmt: skip
        with st.popover("More", icon=":material/tune:"):
            order = st.radio("Order", ORDERS, key="order", bind="query-params", on_change=forget_clip)
            subsets = _many("Subset", "subset", list(SUBSET_LABELS.values()))
            artists = _many("Artist", "artist", sorted(set(table["artist"]) - {""}))
    return ClipFilter(
        tuple(genres),
        tuple(predicted),
        tuple(subsets),
        tuple(artists),
        verdict or VERDICTS[0],
        text or "",
        order or ORDERS[0],
    )


def _many(label: str, key: str, options: list[str]) -> list[str]:
    return st.multiselect(
        label, options, key=key, placeholder="any", width=210, bind="query-params", on_change=forget_clip
    )
