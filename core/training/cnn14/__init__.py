"""Cnn14 for tempo: waveforms, module, run."""
