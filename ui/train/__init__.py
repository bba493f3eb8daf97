"""Trainings in the background: form, runs, curves, what may be done with them. Imports ui.shared, ui.app and core."""
