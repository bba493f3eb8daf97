"""Views that several pages show: the answer, player, cards, tempo, sources of audio. Imports ui.app and core."""
