"""What was measured or predicted and is kept in `data/`; reference systems; answers in words.

Imports data, metrics, rhythm, runs and the headers of checkpoints.
"""
