"""A distribution over tempi to an estimate, beat activations to beats, where the tempo changes, metrical levels.

Imports types and errors alone.
"""
