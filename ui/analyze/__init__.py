"""People's own audio: uploads, recordings, live. Imports ui.shared, ui.app and core."""
