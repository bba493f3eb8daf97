"""The three questions behind a button, each answered in one sentence on the chosen clips, or honestly not at all."""

import streamlit as st

from core.metrics.significance import Interval
from core.metrics.tempo import TempoScore
from core.results.fusion_answer import answering, gain_words
from core.results.fusion_reports import FUSION_ROWS
from core.results.genre_comparison import split_of
from core.results.genre_reports import GENRE_ROWS, summarise_genre
from core.results.published import load_published
from ui.app.loaders import saved, saved_tempo
from ui.results.choice import SPLIT_WORDS, Choice, systems_for
from ui.results.data import floor_score, score_of, tempo_score_of, tempo_systems_of
from ui.results.head import unbroken

NOT_MEASURED = "**Not measured yet**"


def answers(choice: Choice) -> None:
    """The three of them, one below the other."""
    with st.popover("Three questions", icon=":material/help:"):
        st.markdown("**Q1** How well can a network learn genre from GTZAN mel-spectrograms alone?")
        st.markdown(unbroken(_genre(choice)))
        _study_recipe(choice)
        st.markdown("**Q2** Can a tempo model on the Cnn14 architecture give reliable beats per minute?")
        st.markdown(unbroken(_tempo(choice)))
        st.markdown("**Q3** Does knowing the tempo make the genre classifier better?")
        st.markdown(unbroken(_fusion(choice)))


def _genre(choice: Choice) -> str:
    systems = systems_for(choice.split)
    if not systems:
        return f"{NOT_MEASURED} on the {choice.in_words}: no saved predictions are of a model trained without them."
    accuracy, floor = score_of(systems[0], choice).accuracy, floor_score(choice).accuracy
    has_met = choice.subset == "train" and split_of(saved(systems[0]).subsets) == choice.split
    seen = " It was trained on these clips." if has_met else ""
    return (
        f"`{systems[0]}` predicts **{100 * accuracy.value:.1f} %** (95 % CI {100 * accuracy.low:.1f} to "
        f"{100 * accuracy.high:.1f}) of the {choice.in_words} correctly; majority-class baseline: "
        f"{100 * floor.value:.1f} %.{seen}"
    )


def _study_recipe(choice: Choice) -> None:
    """The study's recipe over several runs, from the reports."""
    summary = summarise_genre(GENRE_ROWS.load(), "seed", choice.split, "first")
    if summary is None or choice.subset != "test" or choice.without != "nothing":
        return
    seeds = ", ".join(map(str, summary.seeds))
    runs = (
        f"{summary.n} clips out of fold"
        if summary.is_pooled
        else f"mean of {len(summary.seeds)} runs with {'split' if choice.split == 'stratified' else 'training'} seeds "
        f"{seeds}, {summary.n} test clips each"
    )
    interval = f"{100 * summary.mean_low:.1f} to {100 * summary.mean_high:.1f}"
    st.caption(
        f"The study's own recipe, {runs}: {100 * summary.mean:.1f} ± {100 * summary.std:.1f} % "
        f"(95 %{'' if summary.is_pooled else ' of one run'}: {interval})."
    )


def _tempo(choice: Choice) -> str:
    systems = tempo_systems_of(choice.split, "rhythm")
    own, peers = ([title for title in systems if systems[title].role == role] for role in ("ours", "peer"))
    scores = {title: tempo_score_of(title, choice, "rhythm") for title in (*own, *peers)}
    peer = max(peers, key=lambda title: scores[title].accuracy1)
    best = (
        f"best of nine reference systems ({peer}): "
        f"{_share(scores[peer].accuracy1, scores[peer].accuracy1_interval)} of {scores[peer].n} clips"
    )
    if not own:
        return f"{NOT_MEASURED} for a model of ours; for scale, {best}."
    ours = f"Accuracy1 (4 %): {_listed([_own_tempo(title, scores[title]) for title in own])}"
    has_met = choice.subset == "train" and any(split_of(saved_tempo(name).subsets) == choice.split for name in own)
    seen = " A model of ours was trained on these clips." if has_met else ""
    return f"{ours}; {best}.{seen}"


def _own_tempo(title: str, score: TempoScore) -> str:
    return f"`{title}` {_share(score.accuracy1, score.accuracy1_interval)} of {score.n} clips"


def _listed(parts: list[str]) -> str:
    """With commas, and "and" before the last."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _share(value: float, interval: Interval) -> str:
    return f"**{100 * value:.1f} %** (95 % CI {100 * interval.low:.1f} to {100 * interval.high:.1f})"


def _fusion(choice: Choice) -> str:
    split, reports = answering(FUSION_ROWS.load(), choice.split)
    answer = " ".join(filter(None, map(gain_words, reports)))
    if answer:
        return answer if split == choice.split else f"On the {SPLIT_WORDS[split]}, where it is measured: {answer}"
    study = [entry for entry in load_published() if entry.task == "genre" and entry.system.startswith("the study")]
    cited = " and ".join(f"{100 * entry.value:.0f} % for {entry.system}" for entry in study)
    return (
        f"{NOT_MEASURED} on the {SPLIT_WORDS[choice.split]}: it takes fused answers and controls for the same clips. "
        f"The study reports {cited} (cited; it states no interval)."
    )
