"""Bytes or a path to mono samples: formats, decoding, resampling, what of a sound is silence.

Imports types and errors alone.
"""
