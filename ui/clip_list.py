"""The list of clips and the way from one to the next. The open clip is in the URL: `?clip=blues.00000`."""

import pandas as pd
import streamlit as st
from streamlit.typing import DataframeState

from core.gtzan import EXCLUDED_CLIP
from core.types import Clip

_ROW_PX = 35
_COLUMNS = {
    "clip": st.column_config.TextColumn("Clip", width=92),
    "result": st.column_config.TextColumn("", width=28, help="Is the predicted genre right?"),
    "genre": st.column_config.TextColumn("True", width=68),
    "predicted": st.column_config.TextColumn("Predicted", width=76),
    "other": st.column_config.TextColumn("Compared", width=76, help="What the second system predicts."),
    "tempo": st.column_config.TextColumn(
        "Tempo", width=66, help="What multiple of the annotated tempo (GTZAN-Rhythm) the prediction is, within 4 %."
    ),
    "bpm": st.column_config.NumberColumn(
        "BPM", format="%.1f", width=56, help="Predicted tempo; empty where there is no clear one."
    ),
    "probability": st.column_config.ProgressColumn(
        "Probability", format="percent", min_value=0.0, max_value=1.0, step=0.01, width=90
    ),
    "artist": st.column_config.TextColumn("Artist", width="medium"),
    "title": st.column_config.TextColumn("Title", width="medium"),
    "subset": st.column_config.TextColumn("Subset", help="“Seen” clips trained the model.", width=110),
}  # fmt: skip
"""In the order of the page; only those that the table has are shown."""

# Streamlit marks the selected cell, but shows the top of the list; this brings the open clip into view.
_SCROLL_JS = """
const TRIES = 50, WAIT_MS = 100;

export default function ({ data }) {
  if (data.row === null) return;
  let timer, tries = 0;
  const scroll = () => {
    const list = document.querySelector(".st-key-clips .dvn-scroller");
    if (!list || !list.clientHeight) {
      if (++tries < TRIES) timer = setTimeout(scroll, WAIT_MS);
      return;
    }
    const top = data.row * data.row_px, seen = list.clientHeight - data.row_px;
    if (top < list.scrollTop || top + data.row_px > list.scrollTop + seen) list.scrollTop = top - seen / 2;
  };
  scroll();
  return () => clearTimeout(timer);
}
"""
_scroll_list = st.components.v2.component("scroll_list", js=_SCROLL_JS)


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
        column_order=[column for column in _COLUMNS if column in rows], row_height=_ROW_PX,
        on_select=lambda: _open_selected(listed), alt="Clips with true and predicted genre",
    )  # fmt: skip
    _scroll_list(key="scroll", data={"row": here, "row_px": _ROW_PX})


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
