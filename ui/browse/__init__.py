"""Every GTZAN clip: filters, list, the clip. Imports ui.shared, ui.app and core."""
