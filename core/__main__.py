"""The command line: `python -m core train | describe | ...`."""

import sys

from core.commands.main import main

sys.exit(main())
