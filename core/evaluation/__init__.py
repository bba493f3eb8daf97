"""A model on the clips of a split to predictions, scores and report rows.

Imports inference, results, data, synth.
"""
