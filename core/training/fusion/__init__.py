"""Heads that join genre and tempo: what they are built on, their inputs, module, run, cross-validated experiment."""
