"""A distribution over tempi to an estimate, beat activations to beats, where the tempo changes.

Imports types alone.
"""
