"""The page that opens first: the three questions and one clip. Imports ui.shared, ui.app and core."""
