"""The switches of the results page. Their choices are part of the URL, so that a view can be linked to."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.results.clip_sets import ClipSet, Without, clip_set
from core.results.words import SPLIT_NAMES, WITHOUT_NAMES, clips_words
from core.types import Subset
from ui.app.links import choose_in_url
from ui.shared.system_names import system_name
from ui.shared.table import Column

_SPLITS = {name: split for split, name in SPLIT_NAMES.items()}
_SUBSETS: dict[str, Subset] = {"test (unseen)": "test", "validation": "valid", "training (seen)": "train"}
_WITHOUT: dict[str, Without] = {
    "all of them": "nothing",
    **{name: without for without, name in WITHOUT_NAMES.items() if without != "nothing"},
}


@dataclass(frozen=True)
class Choice:
    """What everything on the page is about.

    Attributes:
        split, subset, without: of the clips.
    """

    split: str
    subset: Subset
    without: Without

    @property
    def clips(self) -> ClipSet:
        """The clips."""
        return clip_set(self.split, self.subset, self.without)

    @property
    def is_restricted(self) -> bool:
        """Whether they are others than all test clips of the split."""
        return (self.subset, self.without) != ("test", "nothing")

    @property
    def in_words(self) -> str:
        """The clips in words, such as "38 test clips of the random split (seed 42), without shared recordings"."""
        return clips_words(self.clips)

    @property
    def command(self) -> str:
        """The options of `python -m core scores` that choose the same clips."""
        without = "" if self.without == "nothing" else f" --without {self.without}"
        return f"--split {self.split} --subset {self.subset}{without}"

    @property
    def column(self) -> Column[object]:
        """The clips that each row of a table is about."""
        return Column("split", "Split", lambda _: self.in_words, is_extra=True)

    @property
    def slug(self) -> str:
        """For file names."""
        return "-".join([self.split, self.subset, *([] if self.without == "nothing" else [f"without-{self.without}"])])


def choose_clips() -> Choice:
    """The button behind which split, subset and what is left out are chosen, and how figures are saved."""
    with st.popover("Clips and figures", icon=":material/tune:"):
        split = _SPLITS[st.selectbox("Split", list(_SPLITS), key="split", bind="query-params", help=_SPLIT_HELP)]
        folds = split == "artist_folds"
        subset = _SUBSETS[st.selectbox("Subset", list(_SUBSETS), key="on", bind="query-params", disabled=folds)]
        subset = "test" if folds else subset
        without = _WITHOUT[
            st.selectbox(
                "Clips", list(_WITHOUT), key="without", bind="query-params", disabled=subset == "train",
                help=_WITHOUT_HELP,
            )
        ]  # fmt: skip
        _choose_format()
    return Choice(split, subset, "nothing" if subset == "train" else without)


_SPLIT_HELP = (
    "Random: artists and recordings occur in both training and test set. Fault-filtered (Kereliuk, Sturm and Larsen "
    "2015) and artist folds (5-fold cross-validation grouped by artist) keep them apart."
)
_WITHOUT_HELP = "Leaves out clips whose recording, or artist too, occurs in the training set."


def choose_pair(systems: list[str]) -> tuple[str, str]:
    """Two systems to set side by side; the same one twice where there is only one."""
    first = choose_in_url("First system", systems, "first", system_name, width=180)
    next_first = [*systems[1:2], *systems[:1], *systems[2:]]
    return first, choose_in_url("Second system", next_first, "second", system_name, width=180)


def controls() -> DeltaGenerator:
    """A row for the switches of a part."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def _choose_format() -> None:
    """In which format the camera button of a figure saves it; `results_chart` reads it."""
    st.segmented_control(
        "Figures are saved as", ("PNG", "SVG"), key="figure_format", default="PNG", required=True, bind="query-params",
        help="Point at a figure (or tap it) and press the camera at its top right.",
    )  # fmt: skip
