"""What musicnn gives for a sound: its tags over time, and the clips of GTZAN that sound alike."""

import streamlit as st

from core.figures.tags import N_SHOWN, tags_over_time
from core.results.words import percent
from core.types import Clip, Neighbour, Prediction, Tags
from ui.app import frame
from ui.app.loaders import clips_by_id
from ui.app.text import as_text
from ui.shared.cards import chart
from ui.shared.table import Column, listing

_TagRow = tuple[str, float]
_COLUMNS: tuple[Column[_TagRow], ...] = (
    Column("tag", "tag", lambda row: row[0]),
    Column("probability", "probability", lambda row: percent(row[1])),
)
_TABLE_PX = 320


def sounds_like(prediction: Prediction, key: str) -> None:
    """Tags and similar clips side by side; nothing for systems that give neither, nor where no genre fits."""
    if prediction.tags is None or prediction.is_unlike_training:
        return
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _tags(prediction.tags, prediction.info.duration_s, key)
    with right:
        _neighbours(prediction.neighbours, key)


def _tags(tags: Tags, duration_s: float, key: str) -> None:
    st.markdown("#### Tags over time", help="By musicnn, which was trained to tag music; several tags hold at once.")
    chart(tags_over_time(tags, duration_s), f"{key}-tags")
    with st.expander(f"All {len(tags.names)} tags", icon=":material/sell:"):
        listing(_COLUMNS, tags.ranked(), f"{key}-all-tags", f"All {len(tags.names)} tags", _TABLE_PX)
    st.caption(f"The {N_SHOWN} most probable tags, in windows of {tags.window_s:.0f} s.")


def _neighbours(neighbours: tuple[Neighbour, ...], key: str) -> None:
    st.markdown(
        "#### Sounds like",
        help="The clips of GTZAN with the most similar features, by the cosine of the angle between them. Of the 999 "
        "clips, the nearest one by another artist has the same genre in 75 % of cases (Million Song features).",
    )
    clips = clips_by_id()
    with st.container(gap="xsmall", key=f"{key}-neighbours"):
        for each in neighbours:
            clip = clips[each.clip_id]
            label = f"{each.similarity:.2f} · **{clip.genre}** · {_title(clip)}"
            frame.link_to(frame.BROWSE, label, clip.clip_id)


def _title(clip: Clip) -> str:
    names = [as_text(name) for name in (clip.artist, clip.title) if name]
    return ": ".join(names) if names else clip.clip_id
