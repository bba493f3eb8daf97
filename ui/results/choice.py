"""The switches of the results page. Their choices are part of the URL, so that a view can be linked to."""

from dataclasses import dataclass
from typing import Literal, get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.gtzan import DEFAULT_SPLIT_SEED
from core.results.genre_comparison import ClipSet, Without, can_be_scored, clip_set, split_of
from core.types import Subset
from ui.app.loaders import ranked_systems, saved

Part = Literal["Genre", "Confusion", "Tempo", "Fusion", "Faults of the data", "Training"]

_SPLITS = {
    "random split": "stratified",
    "fault-filtered split": "fault_filtered",
    "five artist folds": "artist_folds",
}
_SUBSETS: dict[str, Subset] = {"test (unseen)": "test", "validation": "valid", "training (seen)": "train"}
_WITHOUT: dict[str, Without] = {
    "all of them": "nothing",
    "without shared recordings": "recording",
    "without shared recordings and artists": "artist",
}
_SUBSET_WORDS: dict[Subset, str] = {"test": "test", "valid": "validation", "train": "training"}
SPLIT_WORDS = {
    "stratified": f"random split (seed {DEFAULT_SPLIT_SEED})",
    "fault_filtered": "fault-filtered split",
    "artist_folds": "five artist folds",
}
WITHOUT_WORDS: dict[Without, str] = {
    "nothing": "all clips",
    "recording": "without shared recordings",
    "artist": "without shared recordings and artists",
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
    def in_words(self) -> str:
        """The clips in words, such as "38 test clips of the random split (seed 42), without shared recordings"."""
        words = f"{len(self.clips.clip_ids)} {_SUBSET_WORDS[self.subset]} clips of the {SPLIT_WORDS[self.split]}"
        return words if self.without == "nothing" else f"{words}, {WITHOUT_WORDS[self.without]}"

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
    "A random split puts the same artists, and even the same recordings, on both sides. The fault-filtered split "
    "(Kereliuk, Sturm and Larsen 2015) and the artist folds keep them apart; over five folds every clip is a test clip "
    "once."
)
_WITHOUT_HELP = "Leaves out clips whose recording, or whose artist too, occurs among the training clips."


def choose_part() -> Part:
    """Which evidence to show."""
    chosen = st.pills(
        "Evidence", get_args(Part), key="part", default="Genre", required=True, bind="query-params",
        label_visibility="collapsed", wrap=True,
    )  # fmt: skip
    return chosen or "Genre"


def systems_for(split: str) -> list[str]:
    """Systems whose answers count on a split: those trained on it, then those that answered out of fold.

    Raises:
        DatasetError: no predictions ship with this copy of the app.
    """
    able = [system for system in ranked_systems() if can_be_scored(saved(system).subsets, split)]
    return sorted(able, key=lambda system: split_of(saved(system).subsets) != split)


def say_nothing_measured() -> None:
    """Where no system has answers that count."""
    st.info(
        "No system has been measured on this split yet: none with saved predictions keeps these clips apart from what "
        "it was trained on. `python -m core export` makes such predictions where GTZAN audio is at hand.",
        icon=":material/science:",
    )


def choose_pair(systems: list[str]) -> tuple[str, str]:
    """Two systems to set side by side; the same one twice where there is only one."""
    first = st.selectbox("First system", systems, key="first", bind="query-params", width=180)
    second = st.selectbox(
        "Second system", systems, index=min(1, len(systems) - 1), key="second", bind="query-params", width=180
    )
    return first, second


def controls() -> DeltaGenerator:
    """A row for the switches of a part."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def _choose_format() -> None:
    """In which format the camera button of a figure saves it; `results_chart` reads it."""
    st.segmented_control(
        "Figures are saved as", ("PNG", "SVG"), key="figure_format", default="PNG", required=True, bind="query-params",
        help="Point at a figure (or tap it) and press the camera at its top right.",
    )  # fmt: skip
