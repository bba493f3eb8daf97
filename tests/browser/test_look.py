"""Theme and size of the type: chosen in the header, kept from page to page and in the link."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.harness import PAGE_TIMEOUT_MS, LabPage

expect.set_options(timeout=PAGE_TIMEOUT_MS)

DARK, LARGE = re.compile("theme=dark"), re.compile("type=large")


def type_px(view: LabPage) -> str:
    size: str = view.page.evaluate("getComputedStyle(document.documentElement).fontSize")
    return size


def test_theme_and_type_are_kept_from_page_to_page_and_in_the_link(app_url: str, open_page: OpenPage) -> None:
    view = open_page(app_url, width=400)
    page, light, usual = view.page, view.background_rgb(), type_px(view)
    assert (min(light) > 200, usual) == (True, "16px")
    page.get_by_role("button", name="Aa").click()
    page.get_by_role("radio", name="large").click()
    expect(page).to_have_url(LARGE)
    page.get_by_role("radio", name="dark").click()
    expect(page).to_have_url(DARK)
    expect(page).to_have_url(re.compile("embed_options=dark_theme"))  # it is loaded anew
    page.wait_for_load_state()
    view.wait_until_idle()
    assert max(view.background_rgb()) < 60
    assert type_px(view) == "21px"
    page.set_viewport_size({"width": 1280, "height": 720})
    page.get_by_test_id("stTopNavLink").filter(has_text="Train").click()
    expect(page.get_by_role("heading", level=1, name=re.compile("Train"))).to_be_visible()
    view.wait_until_idle()
    expect(page).to_have_url(re.compile(r"/train\?.*theme=dark"))
    assert max(view.background_rgb()) < 60
    assert type_px(view) == "21px"
    view.open("/train?theme=dark&type=large")
    expect(page).to_have_url(re.compile("embed_options=dark_theme"))
    view.wait_until_idle()
    assert max(view.background_rgb()) < 60
    view.open("/train?theme=light&type=large")
    assert (view.background_rgb(), type_px(view)) == (light, "21px")
    view.assert_healthy()
