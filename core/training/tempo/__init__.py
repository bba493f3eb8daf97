"""The compact tempo network: tracks and their labels, synthetic tracks, module, run."""
