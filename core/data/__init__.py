"""GTZAN: clips, ground truth, splits, beats; spectrograms and waveforms of its audio, cached.

Imports audio, features, system.
"""
