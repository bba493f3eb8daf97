"""From a sound to an answer, step by step. Imports ui.shared, ui.app and core."""
