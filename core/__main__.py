"""The command line: `python -m core train | describe | ...`."""

import sys

from core.cli import main

sys.exit(main())
