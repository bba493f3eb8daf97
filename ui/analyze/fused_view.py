"""The genre predicted from embedding and tempo together: a second mark beside the first one, folded away."""

import streamlit as st

from core.figures.prediction import fused_bars
from core.inference.load import DEFAULT_FUSION
from core.results.fusion_answer import gain_words, reports_of, shows_gain
from core.results.fusion_reports import FUSION_ROWS, FusionReport
from core.results.words import percent
from core.types import Prediction
from ui.app.run_checkpoints import in_words
from ui.app.text import as_text
from ui.shared.cards import chart
from ui.shared.system_names import system_name

_MEASURED_ON = "artist_folds"


def genre_model_words(prediction: Prediction) -> str:
    """The genre CNN, with its name where another system predicts in its place."""
    return (
        f"genre model {as_text(system_name(in_words(prediction.cnn.checkpoint)))}"
        if prediction.beside
        else "genre model"
    )


def has_fused_answer(prediction: Prediction) -> bool:
    """Whether there is one to show: the fusion was trained on whole windows of music."""
    return (
        prediction.fused is not None
        and prediction.used_s >= prediction.cnn.window_s
        and not prediction.is_unlike_training
    )


def fused_view(prediction: Prediction, key: str) -> None:
    """Both predictions in one figure, and what the second one gains on the test set; nothing without one."""
    fused = prediction.fused
    if fused is None or not has_fused_answer(prediction):
        return
    report = _report(fused.checkpoint)
    gain = "" if report is None else f": {'' if shows_gain(report) else 'no '}significant gain on the test set"
    with st.expander(f"Fused with the tempo{gain}", icon=":material/join_inner:"):
        alone = prediction.cnn
        st.markdown(
            f"Bars: {genre_model_words(prediction)}, **{alone.genre}** ({percent(alone.confidence)}). Diamonds: "
            f"{as_text(in_words(fused.checkpoint))}, **{fused.genre}** ({percent(fused.confidence)})."
        )
        chart(fused_bars(alone.probs, fused.probs), f"{key}-fused")
        if report is not None:
            st.caption(gain_words(report))


@st.cache_data(show_spinner=False)
def _report(fusion: str) -> FusionReport | None:
    """What was measured of the fusion that ships, out of fold; None for others and where nothing was."""
    found = reports_of(FUSION_ROWS.load(), _MEASURED_ON) if fusion == DEFAULT_FUSION else []
    return found[0] if found else None
