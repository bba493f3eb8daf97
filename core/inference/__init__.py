"""Checkpoints and audio to a `Prediction`; the steps between, for teaching.

Imports models, features, rhythm, audio.
"""
