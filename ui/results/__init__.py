"""What was measured, part by part. Imports ui.shared, ui.app and core."""
