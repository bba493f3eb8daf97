"""The form of a new run. It offers what core says can be trained; what it sends is checked again on the server."""

from pathlib import Path

import streamlit as st

from core.data.clip_files import gtzan_root
from core.data.splits import DEFAULT_SPLIT_SEED, N_FOLDS, SPLITS
from core.runs.request import GTZAN, SHIPPED, TrainRequest
from core.training.recipes.adjustable import HyperParameter, hyper_parameters
from core.training.recipes.choices import MAX_SEED, SUBSET_SIZES, TRAINABLES, Recipe, Trainable
from core.training.recipes.fusion import FUSION_RECIPES
from ui.app import errors
from ui.train.estimate import estimate
from ui.train.form_fusion import HOW_LONG, Chosen, choose_base
from ui.train.runs import MAX_SEEDS, n_train_clips, start

LESSON, WHOLE = "A quick lesson", "The whole training set"
_LESSON_CLIPS, _LESSON_EPOCHS = 200, 8
_SPLIT_WORDS = {
    "stratified": "stratified: 60/20/20, as in the study; optimistic, shares artists",
    "fault_filtered": "fault-filtered: published, shares no artist or recording",
    "artist_folds": "artist folds: five folds, grouped by artist",
}
_DATA_WORDS = {SHIPPED: "Shipped 8-bit spectrograms", GTZAN: "My GTZAN audio"}
NEEDS_AUDIO = (
    "This model trains on GTZAN audio, which is copyrighted and not included. Get it (search for “GTZAN genre "
    "collection”) and start the app with `GTZAN_DIR=/path/to/gtzan make app`. The genre CNN trains without it."
)
WITHOUT_AUDIO = (
    "The genre CNN trains on the shipped 8-bit spectrograms, ten seconds a clip. Whole clips, tempo models and fusions "
    "need GTZAN audio: start the app with `GTZAN_DIR=/path/to/gtzan make app`."
)


def new_run_form(allowed: bool) -> str | None:
    """Shows the form; starts what it says when the button is pressed.

    Args:
        allowed: whether the session may start runs; the form is shown all the same, as it explains what there is.

    Returns:
        The first run started, None if none was.
    """
    choice, recipe = _model()
    data = _data(choice)
    if data is None:
        st.info(NEEDS_AUDIO, icon=":material/folder_off:")
        return None
    found = _trains_on(choice, recipe)
    if found is None:
        return None
    chosen, epochs = found
    key = f"{choice.kind}-{choice.model}-{recipe.name}"
    st.subheader("Hyper-parameters", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        values = {"epochs": epochs} | _hyper_parameters(recipe, key)
        seed = st.number_input(
            "Seed", 0, MAX_SEED, 0, key="seed", width=150, help="Of initial weights, order and augmentation."
        )
        n_seeds = st.number_input(
            "Runs", 1, MAX_SEEDS, 1, key="n_seeds", width=120,
            help="One run for each of so many consecutive seeds, one after the other.",
        )  # fmt: skip
        lesson = chosen.subset_size is not None
        name = st.text_input(
            "Name", f"{choice.kind}-{'lesson' if lesson else recipe.name}", key=f"name-{key}-{lesson}", width=200,
            max_chars=64, help="Of the run and its checkpoint: small letters, digits, dots and dashes.",
        )  # fmt: skip
    request = TrainRequest(
        kind=choice.kind,
        recipe=recipe.name,
        split=chosen.split,
        split_seed=chosen.split_seed,
        fold=chosen.fold,
        seed=seed,
        out=Path("unset"),  # the jobs choose it
        name=name.strip(),
        model=choice.model,
        data=data,
        subset_size=chosen.subset_size,
        changes={name: value for name, value in values.items() if value != getattr(recipe, name)},
        base=chosen.base,
    )
    if chosen.base is None:
        estimate(request, epochs, n_seeds, allowed)
    else:
        st.caption(HOW_LONG)
    can_start = allowed and chosen.is_possible
    pressed = st.button("Start", type="primary", icon=":material/play_arrow:", disabled=not can_start, key="start")
    with st.expander("The same on the command line", icon=":material/terminal:"):
        st.code(request.command, language="shell", wrap_lines=True)
    if pressed:
        with errors.shown():
            return start(request, n_seeds)[0].run_id
    return None


def _trains_on(choice: Trainable, recipe: Recipe) -> tuple[Chosen, int] | None:
    """Clips of a split, or the checkpoints of a fusion, and how often; None where there is nothing to train on."""
    key = f"{choice.kind}-{choice.model}-{recipe.name}"
    if choice.has_base:
        st.subheader("Base models", anchor=False)
        chosen = choose_base(FUSION_RECIPES[recipe.name].needs_folds)
        return None if chosen is None else (chosen, _epochs(recipe, recipe.epochs, f"epochs-{key}"))
    st.subheader("Data", anchor=False)
    split, split_seed, fold = _split()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        lesson = _amount() == LESSON
        subset_size = _subset_size(split, split_seed, fold) if lesson else None
        usual = min(_LESSON_EPOCHS, recipe.epochs) if lesson else recipe.epochs
        epochs = _epochs(recipe, usual, f"epochs-{key}-{lesson}")
    return Chosen(split, split_seed, fold, subset_size), epochs


def _epochs(recipe: Recipe, usual: int, key: str) -> int:
    return int(_field(recipe, "epochs", hyper_parameters(recipe)["epochs"], usual, key))


def _hyper_parameters(recipe: Recipe, key: str) -> dict[str, float]:
    """All but the epochs, which stand beside the amount of data."""
    return {
        name: _field(recipe, name, parameter, getattr(recipe, name), f"{name}-{key}")
        for name, parameter in hyper_parameters(recipe).items()
        if name != "epochs"
    }


def _field(recipe: Recipe, name: str, parameter: HyperParameter, usual: float, key: str) -> float:
    kind, own = parameter.kind, f"{getattr(recipe, name):g}"
    bounds = f"From {parameter.least:g} to {parameter.most:g}; the recipe's own is {own}."
    return st.number_input(
        parameter.label, kind(parameter.least), kind(parameter.most), kind(usual), kind(parameter.step),
        parameter.format, key=key, width=150, help=f"{parameter.help} {bounds}",
    )  # fmt: skip


def _model() -> tuple[Trainable, Recipe]:
    choices = {choice.label: choice for choice in TRAINABLES}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        choice = choices[st.selectbox("Model", list(choices), key="model", width=260)]
        name = st.selectbox(
            "Recipe", list(choice.recipes), key=f"recipe-{choice.label}", width=420,
            format_func=lambda name: f"{name}: {choice.recipes[name].label[0].lower()}{choice.recipes[name].label[1:]}",
        )  # fmt: skip
    return choice, choice.recipes[name]


def _data(choice: Trainable) -> str | None:
    """Where the clips come from, None where this model needs audio that is not there."""
    root = gtzan_root(None)
    there = [data for data in choice.data if data != GTZAN or root is not None]
    if not there:
        return None
    data = st.segmented_control(
        "Training data",
        there,
        key=f"data-{choice.kind}",
        default=there[0],
        required=True,
        format_func=lambda name: _DATA_WORDS[name],
    )
    if root is None:
        st.caption(WITHOUT_AUDIO)
    return data or there[0]


def _split() -> tuple[str, int, int | None]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        split = st.selectbox("Split", SPLITS, key="split", format_func=lambda name: _SPLIT_WORDS[name], width=420)
        split_seed, fold = DEFAULT_SPLIT_SEED, None
        if split != "fault_filtered":
            split_seed = st.number_input("Split seed", 0, MAX_SEED, DEFAULT_SPLIT_SEED, key="split_seed", width=150)
        if split == "artist_folds":
            fold = st.selectbox("Fold", range(N_FOLDS), key="fold", width=100)
    return split, split_seed, fold


def _amount() -> str:
    return (
        st.segmented_control(
            "Clips", (LESSON, WHOLE), key="amount", default=LESSON, required=True, label_visibility="collapsed"
        )
        or LESSON
    )


def _subset_size(split: str, split_seed: int, fold: int | None) -> int:
    most = min(SUBSET_SIZES[1], n_train_clips(split, split_seed, fold))
    return st.number_input(
        "Training clips", SUBSET_SIZES[0], most, min(_LESSON_CLIPS, most), 10, key=f"subset-{most}", width=150,
        help="Balanced over the genres; the validation set shrinks in proportion.",
    )  # fmt: skip
