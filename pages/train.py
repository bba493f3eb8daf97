"""Trainings in the background: start one, watch it, compare what came out."""

import streamlit as st

from ui import frame

frame.open_page(frame.TRAIN)
st.title("Train", anchor=False)
st.markdown(
    "Train a model yourself and watch it learn. A run is a process of its own: close the page, even the app, and it "
    "goes on."
)
with frame.loading():
    from ui import errors
    from ui.train_access import access_box
    from ui.train_actions import actions, failures
    from ui.train_compare import compare_part
    from ui.train_evaluate import evaluation
    from ui.train_form import new_run_form
    from ui.train_list import choose_run, open_run, runs_table
    from ui.train_live import live_view
    from ui.train_parts import COMPARE, NEW, choose_part, go_to_runs
    from ui.train_runs import jobs

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
