"""Trainings in the background: start one, watch it, compare what came out."""

import streamlit as st

from ui.app import frame

frame.open_page(frame.TRAIN)
st.title("Train", anchor=False)
st.markdown("Train a model and watch its curves. A run goes on in the background when the page, or the app, is closed.")
with frame.loading():
    from ui.app import errors
    from ui.train.access import access_box
    from ui.train.actions import actions, failures
    from ui.train.compare import compare_part
    from ui.train.evaluate import evaluation
    from ui.train.form import new_run_form
    from ui.train.live import live_view
    from ui.train.parts import COMPARE, NEW, choose_part, go_to_runs
    from ui.train.run_list import choose_run, open_run, runs_table
    from ui.train.runs import jobs

with errors.shown():
    allowed = access_box().granted
    failures()
    runs = jobs().list()
    part = choose_part(has_runs=bool(runs))
    if part == NEW:
        started = new_run_form(allowed)
        if started is not None:
            open_run(started)
            go_to_runs()
    elif not runs:
        st.info("There is no run yet. Start one under “New run”.", icon=":material/arrow_upward:")
    elif part == COMPARE:
        compare_part(runs)
    else:
        job = choose_run(runs)
        live_view(job, with_log=allowed)
        actions(job, allowed)
        evaluation(job, allowed)
        st.subheader("All runs", anchor=False)
        runs_table(runs)
