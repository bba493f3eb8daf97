"""What is written on a page that was run without a browser."""

import json
import re
from typing import Any

import pandas as pd
from streamlit.testing.v1 import AppTest


def texts(test: AppTest) -> str:
    """Everything that is written on the page."""
    parts = [*test.title, *test.markdown, *test.caption, *test.info, *test.warning, *test.error, *test.subheader]
    metrics = [f"{metric.label}: {metric.value} ({metric.delta})" for metric in test.metric]
    return "\n".join([*(as_read(str(part.value)) for part in parts), *metrics])


def as_read(markdown: str) -> str:
    """Text from outside as it is read: its escapes taken off."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u200b", "")


def component(test: AppTest, name: str) -> dict[str, Any]:
    """What a component of our own is given to draw; empty where it is not on the page."""
    found = [each.proto for each in test.get("bidi_component") if each.proto.component_name == name]
    data: dict[str, Any] = json.loads(found[0].json) if found else {}
    return data


def listed(test: AppTest) -> pd.DataFrame:
    """The list of clips as it is drawn: one column a title, by clip id."""
    data = component(test, "clip_list")
    rows = pd.DataFrame(data.get("rows", []), columns=["id", *(each["title"] for each in data.get("columns", []))])
    return rows.set_index("id")


def clips_listed(test: AppTest) -> list[str]:
    return list(listed(test).index)
