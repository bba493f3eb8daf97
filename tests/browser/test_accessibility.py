"""axe-core finds nothing serious on any page, in either theme."""

from urllib.parse import quote_plus

import pytest
from axe_playwright_python.sync_playwright import Axe

from core.synth import DEMO_TRACKS
from tests.browser.conftest import ELSEWHERE, OpenPage, Visit
from tests.browser.harness import Theme

ADDRESSES = (
    "/",
    "/browse",
    f"/analyze?source=Demo+tracks&demo={quote_plus(DEMO_TRACKS[0].name)}",
    "/analyze?source=Live",
    *(f"/results?part={part}" for part in ("Genre", "Confusion", "Tempo", "Fusion", "Training", "Faults of the data")),
    "/learn",
    "/train",
)
THEMES: tuple[Theme, ...] = ("light", "dark")
TELLING = ("serious", "critical")


@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_serious_is_found(address: str, app_url: str, visit: Visit, open_page: OpenPage) -> None:
    # `visit` comes from the analyze page, and can go to any other.
    view = open_page(app_url, address) if address.startswith(ELSEWHERE) else visit(address)
    for theme in THEMES:
        view.page.emulate_media(color_scheme=theme)
        view.wait_until_idle()
        found = Axe().run(view.page).response["violations"]
        told = [
            (each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found if each["impact"] in TELLING
        ]
        assert not told, f"{address}, {theme}: {told}"
