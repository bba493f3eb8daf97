"""The networks as plain torch modules, their registry, and their checkpoints on disk.

Imports features and rhythm.
"""
