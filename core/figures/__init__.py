"""Data to Plotly figures, each with a text alternative."""
