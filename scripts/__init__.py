"""Programs that make what ships; `core` comes before the libraries, as it tells their threads how to wait."""

import core  # noqa: F401
