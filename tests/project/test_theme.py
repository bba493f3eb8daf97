"""The colours of .streamlit/config.toml can be read, also by people with a colour vision deficiency."""

import itertools
import tomllib

import numpy as np
import pytest
from numpy.typing import NDArray

from core.system.paths import ROOT

Array = NDArray[np.float64]

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
AA_TEXT, AA_GRAPHICS = 4.5, 3.0
CAPTION_OPACITY = 0.6
"""Streamlit writes captions, hints and placeholders in the text colour, faded so far."""
MIN_DISTANCE = 16.0  # CIELAB units; the closest pair is Okabe and Ito's own blue and green

# Linear RGB as seen with a complete deficiency: Machado, Oliveira & Fernandes 2009, severity 1.0.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
# Linear sRGB to XYZ, relative to the white point D65.
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def linear_rgb(colour: str) -> Array:
    """Hex colour to linear sRGB, `[3]` in 0..1."""
    encoded = np.frombuffer(bytes.fromhex(colour.removeprefix("#")), np.uint8) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1..21."""
    low, high = sorted(float(TO_XYZ[1] @ linear_rgb(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(linear: Array) -> Array:
    """Linear sRGB to CIELAB, `[3]`."""
    xyz = TO_XYZ @ linear / WHITE
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_contrast_of_black_and_white() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0, abs=0.01)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the textbook near miss of AA


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_has_contrast(name: str) -> None:
    theme = CONFIG["theme"][name]
    sidebar = theme["sidebar"]
    grounds = [part[key] for part in (theme, sidebar) for key in ("backgroundColor", "secondaryBackgroundColor")]
    texts = [theme[key] for key in ("textColor", "linkColor", "dataframeHeaderTextColor", "grayTextColor")]
    pairs = list(itertools.product(texts, grounds))
    pairs += [(theme[f"{hue}TextColor"], theme[f"{hue}BackgroundColor"]) for hue in HUES]
    pairs += [(theme[f"{hue}TextColor"], theme["backgroundColor"]) for hue in HUES]
    pairs += [("#FFFFFF", theme["primaryColor"])]  # Streamlit writes white on primary buttons
    weak = {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < AA_TEXT}
    assert not weak


def faded(text: str, ground: str) -> str:
    """The colour of a caption on a background."""
    over, under = (np.frombuffer(bytes.fromhex(colour.removeprefix("#")), np.uint8) for colour in (text, ground))
    mixed = np.rint(CAPTION_OPACITY * over + (1 - CAPTION_OPACITY) * under).astype(np.uint8)
    return f"#{mixed.tobytes().hex()}"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_captions_have_contrast(name: str) -> None:
    theme = CONFIG["theme"][name]
    grounds = {
        part[key] for part in (theme, theme["sidebar"]) for key in ("backgroundColor", "secondaryBackgroundColor")
    }
    weak = {
        ground: round(found, 2)
        for ground in grounds
        if (found := contrast(faded(theme["textColor"], ground), ground)) < AA_TEXT
    }
    assert not weak


def test_caption_of_a_known_contrast() -> None:
    assert contrast(faded("#000000", "#FFFFFF"), "#FFFFFF") == pytest.approx(5.74, abs=0.01)  # #666666


@pytest.mark.parametrize("name", ["light", "dark"])
def test_controls_and_chart_colours_stand_out(name: str) -> None:
    theme = CONFIG["theme"][name]
    colours = [theme["primaryColor"], *theme["chartCategoricalColors"]]
    weak = [colour for colour in colours if contrast(colour, theme["backgroundColor"]) < AA_GRAPHICS]
    assert not weak


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_chart_colours_can_be_told_apart(name: str, vision: str) -> None:
    seen = {
        colour: lab(np.clip(VISION[vision] @ linear_rgb(colour), 0, 1))
        for colour in CONFIG["theme"][name]["chartCategoricalColors"]
    }
    assert len(seen) == 10
    close = {
        (one, other): distance
        for one, other in itertools.combinations(seen, 2)
        if (distance := float(np.linalg.norm(seen[one] - seen[other]))) < MIN_DISTANCE
    }
    assert not close


def test_no_font_or_image_comes_from_the_internet() -> None:
    assert "http" not in str(CONFIG)
