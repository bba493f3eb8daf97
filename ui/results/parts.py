"""The parts of the results page, one entry each, and the choice of one."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from core.data.clip_files import ClipFiles
from ui.app.links import keep_in_url, take_from_url
from ui.results.choice import Choice
from ui.results.confusion import confusion_part
from ui.results.faults import faults_part
from ui.results.fusion import fusion_part
from ui.results.genre import genre_part
from ui.results.tempo import tempo_part
from ui.results.training import training_part


@dataclass(frozen=True)
class Part:
    """One kind of evidence.

    Attributes:
        name: in the URL.
        title: on the page.
        draw: shows it for the chosen clips, with players where the user's GTZAN audio is at hand.
        whole_split: it is measured on all test clips of the split, whichever of its clips are chosen.
    """

    name: str
    title: str
    draw: Callable[[Choice, ClipFiles | None], None]
    whole_split: bool = False

    def show(self, choice: Choice, files: ClipFiles | None) -> None:
        """All of it; first which clips it is about, where those are not the chosen ones."""
        if self.whole_split and choice.is_restricted:
            st.caption("On all test clips of the split, whichever clips are chosen above.")
        self.draw(choice, files)


PARTS = (
    Part("Genre", "Genre", lambda choice, _: genre_part(choice)),
    Part("Confusion", "Confusion", confusion_part),
    Part("Tempo", "Tempo", tempo_part),
    Part("Fusion", "Fusion", lambda choice, _: fusion_part(choice), whole_split=True),
    Part("Faults of the data", "Data leakage", lambda choice, _: faults_part(choice)),
    Part("Training", "Training", lambda choice, _: training_part(choice), whole_split=True),
)
"""In the order of the page; the first one is shown where the URL names none."""


def choose_part() -> Part:
    """Which evidence to show."""
    by_name = {part.name: part for part in PARTS}
    take_from_url("part", list(by_name))
    chosen = st.pills(
        "Evidence", list(by_name), key="part", required=True, label_visibility="collapsed", wrap=True,
        format_func=lambda name: by_name[name].title, on_change=keep_in_url, args=("part", PARTS[0].name),
    )  # fmt: skip
    return by_name.get(chosen or "", PARTS[0])
