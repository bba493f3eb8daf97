"""Metrics and significance tests in numpy and scipy, each with its source. Imports types and errors alone."""
