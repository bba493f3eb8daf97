"""The part “Confusion” of the results page without a browser: cells, their clips, the player beside them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.data.clips import load_clips
from core.metrics.genre import Mistake, most_frequent_mistake
from core.results.clip_sets import clip_set
from core.results.genre_comparison import score_genre
from core.results.genre_predictions import GENRE_TABLE
from core.types import GENRES
from tests.pages.test_results import column, healthy, opened, texts
from tests.support.fresh_server import fresh_server
from ui.app.frame import clip_url
from ui.shared.system_names import system_name

PAIR = ("genre-strong", "genre-seed")

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning:streamlit")


@pytest.fixture(autouse=True, scope="module")
def fresh_caches() -> Iterator[None]:
    """A server of its own for this file."""
    with fresh_server():
        yield


def test_cell_lists_its_clips_of_both_systems() -> None:
    test_ids = clip_set("stratified").clip_ids
    systems = [GENRE_TABLE.load(name) for name in ("genre-strong", "genre-seed")]
    said = {
        (clip.genre, clip.clip_id): {GENRES[int(system.by_clip[clip.clip_id].argmax())] for system in systems}
        for clip in load_clips()
        if clip.clip_id in test_ids
    }
    (true, wrong), n_clips = Counter(
        (true, genre) for (true, _), genres in said.items() for genre in genres if genre != true
    ).most_common(1)[0]
    test = opened(part="Confusion", true=true, said=wrong, first="genre-strong", second="genre-seed")
    links = next(column(test, i, "Clip") for i in range(len(test.dataframe)) if "Clip" in test.dataframe[i].value)
    expected = [clip_id for (genre, clip_id), genres in said.items() if genre == true and wrong in genres]
    assert links == [clip_url(clip_id, "genre-strong") for clip_id in expected]
    assert n_clips > 1
    assert f"**{n_clips} clips**: {true} predicted as {wrong} by either system" in texts(test)


def test_a_cell_of_one_matrix_lists_as_many_clips_as_it_says() -> None:
    counts = {name: score_genre(GENRE_TABLE.load(name), clip_set("stratified").clip_ids).counts for name in PAIR}
    row, column = GENRES.index("rock"), GENRES.index("country")
    for by, name in zip(("First", "Second"), PAIR, strict=True):
        test = opened(part="Confusion", true="rock", said="country", first=PAIR[0], second=PAIR[1], by=by)
        n_clips = counts[name][row][column]
        assert f"**{n_clips} clips**: rock predicted as country by {system_name(name)}" in texts(test)
        assert len(test.dataframe[0].value) == n_clips


def test_clips_of_a_cell_stand_in_the_place_of_the_difference() -> None:
    test = opened(part="Confusion")
    assert len(test.get("plotly_chart")) == 3
    healthy(test.selectbox(key="true").set_value("rock").run())
    healthy(test.selectbox(key="said").set_value("country").run())
    assert len(test.get("plotly_chart")) == 2
    healthy(next(button for button in test.button if button.label == "Difference").click().run())
    assert (test.selectbox(key="true").value, test.selectbox(key="said").value) == ("any", "any")
    assert len(test.get("plotly_chart")) == 3


def test_clips_of_a_cell_can_be_heard_where_there_is_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip_id = next(
        clip_id
        for clip_id in clip_set("stratified").clip_ids
        if GENRES[int(GENRE_TABLE.load("genre-strong").by_clip[clip_id].argmax())] == clip_id.split(".")[0] == "rock"
    )
    folder = tmp_path / "genres" / "rock"
    folder.mkdir(parents=True)
    soundfile.write(folder / f"{clip_id}.wav", np.zeros(2_205), 22_050)
    monkeypatch.setenv("GTZAN_DIR", str(tmp_path))
    test = opened(part="Confusion", true="rock", said="rock", by="First")
    assert len(test.get("audio")) == 1
    monkeypatch.delenv("GTZAN_DIR")
    assert not opened(part="Confusion", true="rock", said="rock", by="First").get("audio")


def test_an_empty_cell_says_so() -> None:
    assert "**No clips**: classical predicted as metal by either system" in texts(
        opened(part="Confusion", true="classical", said="metal")
    )


def test_normalised_cells_are_shares_of_a_row() -> None:
    clips = clip_set("stratified").clip_ids
    disco = [clip.clip_id for clip in load_clips() if clip.genre == "disco" and clip.clip_id in clips]
    probs = GENRE_TABLE.load("genre-strong").by_clip
    n_right = sum(int(probs[clip_id].argmax()) == GENRES.index("disco") for clip_id in disco)
    counted = opened(part="Confusion", first="genre-strong")
    shares = opened(part="Confusion", first="genre-strong", cells="% of each genre")
    sent = [test.get("plotly_chart")[0].proto.spec for test in (counted, shares)]
    assert f"{n_right} clips" in sent[0]
    assert f"{100 * n_right / len(disco):.0f} % of the genre" in sent[1]


def test_one_system_against_itself_is_no_comparison() -> None:
    assert "Choose two different systems" in texts(opened(part="Confusion", first="genre-seed", second="genre-seed"))


def test_the_most_frequent_mistake_is_the_fullest_cell_beside_the_diagonal() -> None:
    counts = [[9 if row == column else 0 for column in range(len(GENRES))] for row in range(len(GENRES))]
    assert most_frequent_mistake(counts) is None
    counts[GENRES.index("rock")][GENRES.index("disco")] = 2
    counts[GENRES.index("pop")][GENRES.index("disco")] = 1
    assert most_frequent_mistake(counts) == Mistake("rock", "disco", 2, 11)
