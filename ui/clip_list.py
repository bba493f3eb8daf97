"""The list of clips and the way from one to the next. The open clip is in the URL: `?clip=blues.00000`."""

import pandas as pd
import streamlit as st
from streamlit.typing import DataframeState

from core.gtzan import EXCLUDED_CLIP
from core.types import Clip

_COLUMNS = {
    "clip": st.column_config.TextColumn("Clip", width=95),
    "result": st.column_config.TextColumn("", width=28, help="Is the prediction right?"),
    "genre": st.column_config.TextColumn("True", width=70),
    "predicted": st.column_config.TextColumn("Predicted", width=78),
    "probability": st.column_config.ProgressColumn(
        "Probability", format="percent", min_value=0.0, max_value=1.0, width=90
    ),
    "artist": st.column_config.TextColumn("Artist", width="medium"),
    "title": st.column_config.TextColumn("Title", width="medium"),
    "subset": st.column_config.TextColumn("Subset", help="“Seen” clips trained the model.", width=110),
}  # fmt: skip


def open_clip(clip_id: str) -> None:
    """Makes a clip the open one."""
    st.query_params["clip"] = clip_id


def wanted_clip(clips: dict[str, Clip], listed: list[str]) -> str | None:
    """The clip of the URL, else the first of the list; None, with a message, where there is neither."""
    named = st.query_params.get("clip")
    if named is None:
        return listed[0] if listed else None
    if named in clips:
        return named
    if named == EXCLUDED_CLIP:
        st.warning(f"{named} is left out on purpose: the usual copies of it are damaged.", icon=":material/block:")
    else:
        st.warning(
            f"GTZAN has no clip called “{named}”. Clips are named genre, dot, five digits, from blues.00000 to "
            "rock.00099. Choose one from the list.",
            icon=":material/search_off:",
        )
    return None


def clip_list(rows: pd.DataFrame, clip_id: str | None) -> None:
    """The table, with the open clip marked; a click or the arrow keys open another.

    Cells rather than rows are selected, because the whole row is then a target and the arrow keys move the selection.
    """
    listed = rows["clip"].tolist()
    if not listed:
        st.info("No clip passes these filters. Remove one of them to see clips again.", icon=":material/filter_alt:")
        return
    here = listed.index(clip_id) if clip_id in listed else None
    state = st.session_state.get("clips")
    if state is None or _row_of(state) != here:
        st.session_state["clips"] = {"selection": {"cells": [] if here is None else [(here, "clip")]}}
    st.dataframe(
        rows, key="clips", height=560, hide_index=True, column_config=_COLUMNS, selection_mode="single-cell",
        on_select=lambda: _open_selected(listed), alt="Clips with true and predicted genre",
    )  # fmt: skip


def _row_of(state: DataframeState) -> int | None:
    cells = state["selection"]["cells"]
    return int(cells[0][0]) if cells else None


def _open_selected(listed: list[str]) -> None:
    row = _row_of(st.session_state["clips"])
    if row is not None:
        open_clip(listed[row])


def step_buttons(listed: list[str], clip_id: str) -> None:
    """Previous and next clip of the list, by button or by the keys P and N."""
    here = listed.index(clip_id) if clip_id in listed else -1
    before, after = (listed[here - 1] if here > 0 else None), (listed[here + 1] if here + 1 < len(listed) else None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            "Previous", key="previous", icon=":material/chevron_left:", shortcut="P", disabled=before is None,
            on_click=open_clip, args=(before or "",),
        )  # fmt: skip
        st.button(
            "Next", key="next", icon=":material/chevron_right:", shortcut="N", disabled=after is None,
            on_click=open_clip, args=(after or "",),
        )  # fmt: skip
        position = f"{here + 1} of {len(listed)}" if here >= 0 else "not in the filtered list"
        st.caption(position, width="content")
