"""The genre network: windows, augmentation, module, run."""
