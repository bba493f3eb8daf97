"""A small music synthesiser: tracks of several styles at an exactly known tempo, made from sines and noise alone.

The data's way: style table and seed -> `arranger` (song, bars) -> `performer` (notes of `voices` and `drums` on buses)
-> `mixer` -> `SynthTrack`.
"""

from core.synth.demos import DEMO_TRACKS, DemoTrack
from core.synth.track import INSTRUMENTS, STYLES, SynthTrack, render

__all__ = ["DEMO_TRACKS", "INSTRUMENTS", "STYLES", "DemoTrack", "SynthTrack", "render"]
