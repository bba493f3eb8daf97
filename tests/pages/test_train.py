"""The train page without a browser: forms, lists and permission. Runs are directories; nothing is trained."""

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import CheckpointError, TrainingError
from core.jobs.api import Jobs
from core.jobs.job import list_jobs
from core.models.registry import ARCHITECTURES
from core.results.words import percent
from core.runs.curves import add_points
from core.runs.processes import this_process
from core.runs.records import read_record, write_record
from core.runs.request import GTZAN, SHIPPED, FusionBase, RunConfig
from core.runs.status import CONFIG, LOG, STATUS, Best, RunState, RunStatus
from core.system.paths import ROOT
from core.training.recipes.choices import TRAINABLES
from tests.support.fresh_server import fresh_server
from tests.support.jobs_world import toy_request
from tests.support.page_reading import as_read
from tests.support.small_world import BAND_ARCHITECTURE, BAND_NET, header, save_band_net, save_genre_cnn, save_tempo_tcn
from ui.app import frame
from ui.app.text import as_text
from ui.train import runs as train_runs

TIMEOUT_S = 120.0

pytestmark = pytest.mark.filterwarnings("error::DeprecationWarning:streamlit")


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs for the page; whatever is queued stays queued. No GTZAN audio."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("LAB_RUNS_DIR", str(folder))
    monkeypatch.setenv("LAB_TRAINING", "on")
    for name in ("GTZAN_DIR", "RAY_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("core.jobs.engine.ensure_supervisor", lambda *_: None)
    with fresh_server():
        yield folder


def made(runs: Path, name: str, state: RunState, message: str = "") -> str:
    """A run's directory as a training leaves it after two of four epochs, or all of them."""
    folder = runs / f"{name}-{time.time_ns()}"
    folder.mkdir(parents=True)
    write_record(folder / CONFIG, RunConfig(replace(toy_request(name=name), out=folder), time.time()))
    now, done = time.time(), 4 if state == "finished" else 2
    status = RunStatus(
        state, "training", this_process(), now, now, elapsed_s=83.0, epoch=done, n_epochs=4, batch=2, n_batches=2,
        batches_per_s=2.5, time_left_s=70.0, best=Best("valid_accuracy", 0.4, 2), message=message,
    )  # fmt: skip
    write_record(folder / STATUS, status)
    for epoch in (1, 2):
        values = {"train_loss": 2.0 / epoch, "valid_loss": 2.5 / epoch, "valid_accuracy": 0.2 * epoch}
        add_points(folder, 2 * epoch, epoch, values)
    (folder / LOG).write_text("epoch 2 of 4: it goes well\n")
    return folder.name


def opened(**query: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "pages/train.py"), default_timeout=TIMEOUT_S)
    for name, value in query.items():
        test.query_params[name] = value
    return healthy(test.run())


def healthy(test: AppTest) -> AppTest:
    assert not test.exception, test.exception[0].stack_trace
    return test


def press(test: AppTest, key: str) -> AppTest:
    return healthy(test.button(key=key).click().run())


def part(test: AppTest, name: str) -> AppTest:
    return healthy(test.button_group(key="part").set_value(name).run())


def texts(test: AppTest) -> str:
    parts = [*test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.code]
    return "\n".join(as_read(str(element.value)) for element in parts)


def labels(test: AppTest) -> set[str]:
    return {button.label for button in test.button if not button.disabled}


# A new run


def test_without_runs_the_page_offers_a_lesson_on_what_ships() -> None:
    test = opened()
    assert "The genre CNN trains on the shipped 8-bit spectrograms" in texts(test)
    assert "Duration not known yet" in texts(test)
    assert "--data shipped" in texts(test)
    assert "Start" in labels(test)


def test_fields_begin_with_the_recipes_values() -> None:
    test = healthy(opened().button_group(key="amount").set_value("The whole training set").run())
    genre = next(choice for choice in TRAINABLES if choice.kind == "genre")
    for recipe in genre.recipes.values():
        test = healthy(test.selectbox(key="recipe-Genre CNN").select(recipe.name).run())
        shown = {field.label: field.value for field in test.number_input}
        assert shown["Epochs, at most"] == recipe.epochs
        assert shown["Batch size"] == recipe.batch_size
        assert shown["Learning rate"] == recipe.learning_rate


def test_a_model_that_needs_audio_says_where_to_get_it() -> None:
    tempo = next(choice for choice in TRAINABLES if SHIPPED not in choice.data)
    test = healthy(opened().selectbox(key="model").select(tempo.label).run())
    assert "GTZAN_DIR=/path/to/gtzan make app" in texts(test)
    assert "Start" not in labels(test)


def test_start_queues_what_the_form_says_and_shows_it(runs: Path) -> None:
    test = opened()
    test.number_input(key="n_seeds").set_value(2)
    test.number_input(key="seed").set_value(7)
    test.text_input[0].set_value("genre-mine")
    test = press(test, "start")
    first, second = sorted(list_jobs(runs), key=lambda job: job.queue_position or 0)
    assert [first.state, second.state] == ["queued", "queued"]
    assert first.request is not None
    assert second.request is not None
    assert (first.request.seed, second.request.seed) == (7, 8)
    assert (first.request.kind, first.request.data, first.request.subset_size) == ("genre", SHIPPED, 200)
    assert first.request.name == "genre-mine"
    assert test.query_params["run"] in (first.run_id, [first.run_id])
    assert {"Stop", "Clone"} <= labels(test)


def test_a_name_that_is_no_name_is_refused(runs: Path) -> None:
    test = opened()
    test.text_input[0].set_value("../../etc")
    test = press(test, "start")
    assert "cannot be the checkpoint's name" in as_read(test.error[0].value)
    assert list_jobs(runs) == []


# Who may


def test_where_training_is_off_nothing_can_be_started(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made(runs, "genre-old", "stopped")
    monkeypatch.setenv("LAB_TRAINING", "off")
    test = opened()
    assert "Training is switched off here" in texts(test)
    assert "it goes well" not in texts(test), "the log is for those who may train"
    assert labels(test) == set()
    assert "Start" not in labels(part(test, "New run"))


def test_the_server_refuses_whatever_the_browser_sends(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = made(runs, "genre-old", "stopped")
    monkeypatch.setenv("LAB_TRAINING", "off")
    for act in (
        lambda: train_runs.start(toy_request()),
        lambda: train_runs.jobs_to_change().stop(run_id),
        lambda: train_runs.jobs_to_change().resume(run_id),
        lambda: train_runs.jobs_to_change().clone(run_id),
        lambda: train_runs.jobs_to_change().delete(run_id),
    ):
        with pytest.raises(TrainingError, match="switched off"):
            act()
    assert [job.state for job in Jobs(runs).list()] == ["stopped"]


def test_a_folder_from_the_browser_is_refused(runs: Path) -> None:
    with pytest.raises(TrainingError, match="server's own"):
        train_runs.start(replace(toy_request(), gtzan=Path("/etc")))
    assert not runs.exists()


def test_a_server_that_others_reach_keeps_training_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_TRAINING")  # and the server has no address of its own: it listens to everyone
    test = opened()
    assert "Others can reach this app, so training is off" in texts(test)
    assert "Start" not in labels(test)


def test_the_password_opens_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_TRAINING")
    monkeypatch.setattr("ui.train.access._WRONG_DELAY_S", 0.0)
    test = AppTest.from_file(str(ROOT / "pages/train.py"), default_timeout=TIMEOUT_S)
    test.secrets["training"] = {"password": "a long one"}
    test = healthy(test.run())
    assert "Start" not in labels(test)
    for typed, opens in (("a long on", False), ("a long one", True)):
        test.text_input[0].set_value(typed)
        unlock = next(button for button in test.button if button.label == "Unlock")
        test = healthy(unlock.click().run())
        assert ("Start" in labels(test)) == opens, typed


# Runs


def test_a_running_run_shows_where_it_is(runs: Path) -> None:
    made(runs, "genre-lesson", "running")
    test = opened()
    said = texts(test)
    assert "Best accuracy (validation): **40\N{NO-BREAK SPACE}% in epoch 2**" in said
    assert "Time spent: **1 min 23 s**" in said
    assert "cores on average" in said
    assert "it goes well" in said
    assert len(test.get("plotly_chart")) == 2
    assert "Stop" in labels(test)
    row = test.dataframe[0].value.iloc[0]
    assert (row["State"], row["Progress"], row["Best"]) == ("running", 50.0, "40\N{NO-BREAK SPACE}% in epoch 2")


def test_a_failed_run_says_why_and_can_be_resumed(runs: Path) -> None:
    run_id = made(runs, "genre-lesson", "failed", "The disk is full.")
    test = opened()
    assert "The disk is full." in as_read(test.warning[0].value)
    test = press(test, "resume")
    assert Jobs(runs).get(run_id).state == "queued"
    press(test, "stop")
    assert Jobs(runs).get(run_id).queued_s is None


def test_deleting_asks_first_and_removes_the_files(runs: Path) -> None:
    kept, gone = made(runs, "genre-kept", "stopped"), made(runs, "genre-gone", "stopped")
    test = opened(run=gone)
    assert f"Delete **{gone}**" in texts(test)
    test = press(test, "delete")
    assert [path.name for path in runs.iterdir()] == [kept]
    assert kept in str(test.dataframe[0].value["Run"].tolist())


def test_clone_queues_the_same_again_and_opens_it(runs: Path) -> None:
    old = made(runs, "genre-lesson", "stopped")
    test = press(opened(), "clone")
    new = next(job for job in Jobs(runs).list() if job.run_id != old)
    assert (new.state, new.request and new.request.name) == ("queued", "genre-lesson")
    assert test.query_params["run"] in (new.run_id, [new.run_id])


def test_an_unknown_run_in_the_address_is_named(runs: Path) -> None:
    made(runs, "genre-lesson", "stopped")
    assert "There is no run “nobody”" in as_read(opened(run="nobody").warning[0].value)


def test_a_damaged_run_is_shown_with_what_is_wrong(runs: Path) -> None:
    run_id = made(runs, "genre-lesson", "stopped")
    (runs / run_id / CONFIG).write_text("{")
    test = opened()
    assert "config.json is damaged" in texts(test)
    assert "Clone" not in labels(test)


def test_a_finished_run_is_evaluated_and_its_files_are_offered(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    run_id = made(runs, "genre-lesson", "finished")
    save_band_net(runs / run_id, header("genre-lesson"))
    test = press(opened(), "evaluate")
    assert "of 200 test clips" in texts(test)
    assert "Test clips that share an artist" in texts(test)
    assert len(test.get("download_button")) == 2
    assert {"genre-lesson.json", "genre-lesson.safetensors"} == set(names_in(train_runs.checkpoint_zip(run_id)))
    assert train_runs.curves_csv(run_id).startswith(b"step,epoch,metric,value\n2,1.0000,train_loss,2\n")


def names_in(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_curves_of_several_runs_are_compared(runs: Path) -> None:
    made(runs, "genre-one", "stopped")
    made(runs, "genre-two", "finished")
    test = part(opened(), "Compare")
    assert len(test.multiselect(key="compared").value) == 2
    assert test.selectbox(key="metric").options[0] == "Accuracy: validation"
    assert len(test.get("plotly_chart")) == 1


def test_a_finished_run_answers_in_analyze(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, BAND_NET, BAND_ARCHITECTURE)
    run_id = made(runs, "genre-lesson", "finished")
    save_band_net(runs / run_id, replace(header("genre-lesson"), metrics={"accuracy": 0.21}))
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S)
    test.session_state[frame.BEGUN_ANEW] = True  # AppTest forgets the router after each run: it would go on beginning
    test = healthy(test.switch_page("pages/train.py").run())
    test = press(test, "use")
    assert test.title[0].value == "Analyze your music"
    assert test.selectbox(key="checkpoint").value == f"run:{run_id}"
    (banner,) = test.warning
    assert as_text(run_id) in banner.value
    assert f"validation accuracy {percent(0.21)}" in banner.value
    Jobs(runs).delete(run_id)
    test = healthy(test.switch_page("pages/analyze.py").run())
    assert run_id not in "".join(test.selectbox(key="checkpoint").options), "a deleted run is no choice any more"
    assert not test.warning, "and what ships answers"


def test_a_tempo_run_says_that_its_score_takes_audio(runs: Path) -> None:
    run_id = made(runs, "tempo-mine", "finished")
    request = replace(toy_request(name="tempo-mine"), kind="tempo", model="tcn", recipe="quick", data=GTZAN)
    write_record(runs / run_id / CONFIG, RunConfig(replace(request, out=runs / run_id), time.time()))
    test = opened()
    assert "The test score needs GTZAN audio" in texts(test)
    assert not [button for button in test.button if button.key == "evaluate"]


def test_two_sessions_see_the_same_run_and_what_the_other_does(runs: Path) -> None:
    run_id = made(runs, "genre-lesson", "running")
    one, other = opened(), opened()
    for seen in (one, other):
        assert "epoch 2 of 4" in bar(seen)
    status = read_record(RunStatus, runs / run_id / STATUS)
    assert status is not None
    write_record(runs / run_id / STATUS, replace(status, epoch=3))
    add_points(runs / run_id, 6, 3, {"valid_accuracy": 0.75})
    for seen in (one, other):
        assert "epoch 3 of 4" in bar(healthy(seen.run()))
        assert "75" in str(seen.get("plotly_chart")[1].proto)
    write_record(runs / run_id / STATUS, replace(status, state="stopped", epoch=3))
    press(healthy(one.run()), "resume")
    assert "Waiting, number 1 in the queue" in bar(healthy(other.run()))
    press(other, "stop")
    press(healthy(one.run()), "delete")
    assert "There is no run yet" in texts(healthy(other.run()))


def bar(test: AppTest) -> str:
    """What stands above the bar of the open run."""
    return str(test.get("progress")[0].proto.text)


# A fusion


@pytest.fixture
def built_on(runs: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """GTZAN audio, as far as the form looks, and a genre and a tempo run to build on; nothing ships."""
    monkeypatch.setenv("GTZAN_DIR", str(runs.parent))
    monkeypatch.setattr("core.training.recipes.choices.find_clips", lambda _: None)
    monkeypatch.setattr("core.training.fusion.bases.CHECKPOINT_DIR", runs.parent / "none")
    genre, tempo = (made(runs, name, "finished") for name in ("genre-mine", "tempo-mine"))
    save_genre_cnn(runs / genre, "genre-mine")
    save_tempo_tcn(runs / tempo, "tempo-mine")
    request = replace(toy_request(name="tempo-mine"), kind="tempo", model="tcn", out=runs / tempo)
    write_record(runs / tempo / CONFIG, RunConfig(request, time.time()))
    return f"{genre}/genre-mine", f"{tempo}/tempo-mine"


def test_a_fusion_is_built_on_what_is_there_and_refused_where_something_is_missing(
    runs: Path, built_on: tuple[str, str]
) -> None:
    test = part(opened(), "New run")
    test = healthy(test.selectbox(key="model").select("Fusion of genre and tempo").run())
    assert "stratified, split seed 42" in texts(test)
    assert "Start" in labels(test)
    strong = healthy(test.selectbox(key="recipe-Fusion of genre and tempo").select("strong").run())
    assert "five compact tempo models, one for each artist fold" in as_read(strong.warning[0].value)
    assert "Start" not in labels(strong)
    asked = replace(
        toy_request(name="fusion-mine"), kind="fusion", data=GTZAN, subset_size=None, threads=None,
        base=FusionBase(*built_on, fold_seed=42),
    )  # fmt: skip
    with pytest.raises(CheckpointError, match="five compact tempo models"):
        train_runs.start(asked)  # the server refuses it, too
    test = healthy(strong.selectbox(key="recipe-Fusion of genre and tempo").select("seed").run())
    test = press(test, "start")
    job = next(job for job in list_jobs(runs) if job.state == "queued")
    assert job.request is not None
    assert job.request.base == FusionBase(*built_on, fold_seed=42, checkpoints=runs)
    assert f"on {built_on[0]} and {built_on[1]}" in texts(test)


def test_a_folder_of_checkpoints_from_the_browser_is_refused(built_on: tuple[str, str]) -> None:
    asked = replace(toy_request(), kind="fusion", base=FusionBase(*built_on, 42, checkpoints=Path("/etc")))
    with pytest.raises(TrainingError, match="server's own"):
        train_runs.start(asked)


def test_using_a_fusion_brings_along_what_it_is_built_on(runs: Path, built_on: tuple[str, str]) -> None:
    run_id = made(runs, "fusion-mine", "finished")
    base = FusionBase(*built_on, fold_seed=42, checkpoints=runs)
    request = replace(toy_request(name="fusion-mine"), kind="fusion", recipe="seed", out=runs / run_id, base=base)
    write_record(runs / run_id / CONFIG, RunConfig(request, time.time()))
    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S)
    test.session_state[frame.BEGUN_ANEW] = True
    test = press(healthy(test.switch_page("pages/train.py").run()), "use")
    chosen = [test.selectbox(key=key).value for key in ("checkpoint", "tempo_checkpoint", "fusion_checkpoint")]
    assert chosen == [f"run:{reference.split('/')[0]}" for reference in built_on] + [f"run:{run_id}"]
