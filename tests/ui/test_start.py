"""What `import ui` has done before the first page."""

import subprocess
import sys

from core.system.paths import ROOT


def test_pandas_is_whole_before_the_first_page() -> None:
    """Plotly asks pandas about every value as soon as any thread has begun to import it."""
    look = "import sys, ui; assert 'pandas' in sys.modules; sys.modules['pandas'].DataFrame"

    found = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stderr
