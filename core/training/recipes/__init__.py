"""Hyper-parameters of every recipe, without torch. Imports features.specs, data, runs and results."""
