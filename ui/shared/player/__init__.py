"""One player for sound and picture; may import `ui.app` and `core`, as all of `ui.shared`."""
