"""The list of clips and the way from one to the next. The open clip is in the URL: `?clip=blues.00000`.

The list is drawn by a component of our own. It tells which clip was clicked by its name, so that neither a filter nor
an order that changes meanwhile makes another clip of it; and a click on a column's title orders the table here, so that
previous and next follow what is seen.
"""

from collections.abc import Sequence

import streamlit as st

from core.data.clips import EXCLUDED_CLIP
from core.types import Clip
from ui.app.text import as_text
from ui.browse.clip_list_script import CSS, HTML, JS
from ui.browse.clip_table import ClipRow
from ui.browse.columns import LISTED_COLUMNS, cells, columns_for

LIST = "clips"
_clip_list = st.components.v2.component("clip_list", html=HTML, css=CSS, js=JS)


def open_clip(clip_id: str) -> None:
    """Makes a clip the open one."""
    st.query_params["clip"] = clip_id


def wanted_clip(clips: dict[str, Clip], listed: list[str]) -> str | None:
    """The clip of the URL, else the first of the list; None, with a message, where it is not in the list."""
    named = st.query_params.get("clip")
    if named is None:
        return listed[0] if listed else None
    if named in listed:
        return named
    if named in clips:
        if listed:
            st.info(
                f"{as_text(named)} does not pass the filters. Choose a clip from the list, or remove the filters.",
                icon=":material/filter_alt:",
            )
    elif named == EXCLUDED_CLIP:
        st.warning(f"{EXCLUDED_CLIP} is left out on purpose: its usual copies are damaged.", icon=":material/block:")
    else:
        st.warning(
            f"GTZAN has no clip called “{as_text(named)}”. Clips are named genre, dot, five digits, from blues.00000 "
            "to rock.00099. Choose one from the list.",
            icon=":material/search_off:",
        )
    return None


def clip_list(rows: Sequence[ClipRow], clip_id: str | None, order: str) -> None:
    """The table, with the open clip marked; a click or the arrow keys open another, a click on a title orders it.

    Args:
        rows: in their order.
        clip_id: the open clip, None for none.
        order: the name of the order.
    """
    if not rows:
        st.info("No clip passes these filters. Remove one of them to see clips again.", icon=":material/filter_alt:")
        return
    columns = columns_for(rows[0])
    _clip_list(
        key=LIST, on_open_change=_open_clicked, on_order_change=_order_clicked,
        data={
            "columns": [column.as_data(order) for column in columns],
            "rows": cells(rows, columns), "clip": clip_id, "label": f"{len(rows)} clips with true and predicted genre",
        },
    )  # fmt: skip


def _open_clicked() -> None:
    clicked = st.session_state[LIST].get("open")
    if clicked:
        open_clip(str(clicked))


def _order_clicked() -> None:
    wanted = st.session_state[LIST].get("order")
    if any(wanted in column.orders for column in LISTED_COLUMNS):
        st.query_params["order"] = wanted


def step_buttons(listed: list[str], clip_id: str) -> None:
    """Previous and next clip of the list, by button or by the keys P and N."""
    here = listed.index(clip_id)
    before, after = (listed[here - 1] if here > 0 else None), (listed[here + 1] if here + 1 < len(listed) else None)
    st.button(
        "Previous", key="previous", icon=":material/chevron_left:", shortcut="P", disabled=before is None,
        on_click=open_clip, args=(before or "",),
    )  # fmt: skip
    st.button(
        "Next", key="next", icon=":material/chevron_right:", shortcut="N", disabled=after is None,
        on_click=open_clip, args=(after or "",),
    )  # fmt: skip
    st.caption(f"{here + 1} of {len(listed)}", width="content")
