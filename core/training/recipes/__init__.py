"""Hyper-parameters of every recipe, without torch. Imports features.specs and results."""
