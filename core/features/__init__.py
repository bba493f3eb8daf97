"""Samples to spectrograms. `specs` says what a spectrogram is and needs no torch. Imports types and errors alone."""
