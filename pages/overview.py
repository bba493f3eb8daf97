"""The three questions, what has been measured, where to go next."""

import streamlit as st

from ui import frame

frame.open_page(frame.OVERVIEW)
st.title("Genre & Tempo Lab", anchor=False)
