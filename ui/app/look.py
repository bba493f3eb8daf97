"""Theme and size of the type: a button in the header of every page, both kept in the link."""

import streamlit as st

from ui.app.links import remove_from_url

_LARGE_PX = 21
"""Of the type that all other sizes follow; 16 is the usual one."""
# Streamlit chooses its theme when a page is loaded: by this part of the address, else by what the system says. So a
# page in the wrong one is loaded once more.
_JS = """
const OPTION = "embed_options", SETTLED_MS = 500;  // the system's theme may just be changing

function isDark(element) {
  const [red, green, blue] = getComputedStyle(element).backgroundColor.match(/[0-9.]+/g).map(Number);
  return red + green + blue < 384;
}

export default function ({ data }) {
  const look = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const wanted = data.wanted === "system" ? system : data.wanted, option = `${wanted}_theme`;
    const app = document.querySelector('[data-testid="stApp"]'), url = new URL(location);
    if (isDark(app) === (wanted === "dark") || url.searchParams.getAll(OPTION).includes(option)) return;
    url.searchParams.delete(OPTION);
    if (data.wanted !== "system") url.searchParams.set(OPTION, option);
    location.replace(url);
  };
  const timer = setTimeout(look, SETTLED_MS);
  return () => clearTimeout(timer);
}
"""
_load_theme = st.components.v2.component("theme", js=_JS)

_THEMES = ("system", "light", "dark")
_SIZES = ("usual", "large")


def look() -> None:
    """The button, and theme and size as chosen."""
    with st.container(key="look"):
        with st.popover("Aa", help="Theme and size of the type"):
            theme = _choose("Theme", "theme", _THEMES)
            size = _choose("Type", "type", _SIZES)
            st.caption("Another theme loads the page anew: sounds that you have given are then forgotten.")
        _load_theme(key="theme-loaded", data={"wanted": theme})
    if size == "large":
        st.html(f"<style>html {{ font-size: {_LARGE_PX}px !important; }}</style>")


def _choose(label: str, key: str, values: tuple[str, ...]) -> str:
    """One of some values, the first by default: kept from page to page, and written into the address of each."""
    kept = f"kept-{key}"
    if kept not in st.session_state:
        named = st.query_params.get(key)
        st.session_state[kept] = named if named in values else values[0]

    def keep() -> None:
        st.session_state[kept] = st.session_state[key]

    st.session_state[key] = chosen = str(st.session_state[kept])  # the widget of another page is another one
    st.segmented_control(label, values, required=True, key=key, on_change=keep)
    if chosen != values[0]:
        st.query_params[key] = chosen
    else:
        remove_from_url(key)
    return chosen
