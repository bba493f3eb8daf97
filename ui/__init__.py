"""Streamlit code that the pages share; `core` is imported here as it tells the threads of the libraries how to wait.

pandas is whole before any page runs: Plotly asks it about every value once Streamlit begins to import it for a table,
and half of it, in the thread of another first visitor, ended in an error.
"""

import pandas  # noqa: F401

import core  # noqa: F401
