"""Where a visitor gives sounds, and chooses among those that are kept."""

import streamlit as st

from ui.app.kept import NamedAudio, choose_kept, kept_sounds
from ui.shared.sources import Source, forget_uploads, give_sounds


def your_sounds(source: Source) -> tuple[list[NamedAudio], NamedAudio | None]:
    """All sounds of the session, and the chosen one of them."""
    given, chosen = st.columns([3, 2], gap="medium", vertical_alignment="bottom")
    with given:
        give_sounds(source)
    with chosen:
        shown = choose_kept("Details of")
        if shown is None:
            st.info("Give a file or record something; the prediction appears here.", icon=":material/graphic_eq:")
            return [], None
        numbers = [sound.number for sound in kept_sounds()]
        with st.container(horizontal=True, gap="small"):
            _forget_button("Remove", [shown.number])
            if len(numbers) > 1:
                _forget_button("Remove all", numbers)
    return [sound.audio for sound in kept_sounds()], shown.audio


def _forget_button(label: str, numbers: list[int]) -> None:
    st.button(
        label, key=f"forget-{label}", icon=":material/delete:", type="tertiary", on_click=forget_uploads,
        args=(numbers,),
    )  # fmt: skip
