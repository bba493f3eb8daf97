"""Router of the app: page configuration and one navigation list, nothing else."""

import streamlit as st

from ui.app.frame import app_pages, configure_page, framed

configure_page()
with framed():
    st.navigation(app_pages(), position="top").run()
