"""The part of the form that is for a fusion: which checkpoints it is built on."""

from dataclasses import dataclass

import streamlit as st

from core.data.splits import DEFAULT_SPLIT_SEED
from core.errors import LabError
from core.runs.request import FusionBase
from core.training.recipes.choices import MAX_SEED
from ui.app.run_checkpoints import in_words, reference_in_app
from ui.app.text import as_text
from ui.train.runs import jobs

HOW_LONG = (
    ":material/timer: Training takes seconds; computing the inputs of all clips before it some minutes the first time."
)


@dataclass(frozen=True)
class Chosen:
    """What a run trains on.

    Attributes:
        split, split_seed, fold, subset_size, base: as in a `TrainRequest`.
        is_possible: False where the form has said why it cannot be.
    """

    split: str
    split_seed: int
    fold: int | None
    subset_size: int | None = None
    base: FusionBase | None = None
    is_possible: bool = True


def choose_base(needs_folds: bool) -> Chosen | None:
    """Shows the choice of a genre and a tempo checkpoint, and what keeps them from being fused.

    Args:
        needs_folds: whether the recipe trains on the tempo models of the artist folds.

    Returns:
        None where there is no checkpoint to build on.
    """
    with st.spinner("Loading the audio library …"):
        # Imported here: it brings torch, which the other forms do without.
        from core.training.fusion.bases import GENRE_NET, TEMPO_NET, bases, require_base

    runs = jobs().folder
    genres = {base.reference: base.found.header for base in bases(GENRE_NET, runs)}
    tempi = {base.reference: base.found.header for base in bases(TEMPO_NET, runs)}
    if not genres or not tempi:
        st.info("A fusion is built on a genre and a compact tempo model. Train both first.", icon=":material/info:")
        return None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        genre = st.selectbox("Genre model", list(genres), key="fusion-genre", format_func=_shown, width=330)
        tempo = st.selectbox("Tempo model", list(tempi), key="fusion-tempo", format_func=_shown, width=330)
        fold_seed = DEFAULT_SPLIT_SEED
        if needs_folds:
            fold_seed = st.number_input(
                "Split seed of the folds", 0, MAX_SEED, DEFAULT_SPLIT_SEED, key="fold_seed", width=190,
                help="The head trains on out-of-fold predictions of five compact tempo models among the runs.",
            )  # fmt: skip
    trained = genres[genre].provenance
    fold = f", fold {trained.fold}" if trained.fold is not None else ""
    seed = f", split seed {trained.split_seed}" if trained.split_seed is not None else ""
    st.caption(f"Split, that of the genre model: {as_text(trained.split)}{seed}{fold}.")
    base = FusionBase(genre, tempo, fold_seed)
    problem = None
    try:
        require_base(_with_runs(base), needs_folds)
    except LabError as error:
        problem = str(error)
        st.warning(as_text(problem), icon=":material/link_off:")
    split_seed = DEFAULT_SPLIT_SEED if trained.split_seed is None else trained.split_seed
    return Chosen(trained.split, split_seed, trained.fold, base=base, is_possible=problem is None)


def _with_runs(base: FusionBase) -> FusionBase:
    return FusionBase(base.genre, base.tempo, base.fold_seed, base.tempo_recipe, jobs().folder)


def _shown(reference: str) -> str:
    return in_words(reference_in_app(reference))
