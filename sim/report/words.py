# ruff: noqa: RUF001, RUF002 - dashes and signs as people read them
"""How the report names and prints things."""

import html
import re
from collections.abc import Mapping
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

DEFINITIONS = {"time": "Time", "charging": "Charging", "power": "Power"}
WINDOWS = {
    "holiday_mean": "Holiday mean",
    "peak_day": "Peak day",
    "peak_hour": "Peak hour",
    "day_08_22": "08–22 h",
}
FORMULAS = {
    "time": "occupied EVSE-hours ÷ (EVSEs × hours)",
    "charging": "EVSE-hours with power flowing ÷ (EVSEs × hours)",
    "power": "energy ÷ (rated kW × hours)",
}
QUEUE_EDGES = (0.0, 1.0, 3.0, 6.0, 12.0)  # EVs waiting
QUEUE_LABELS = ("0", "up to 1", "1–3", "3–6", "6–12", "over 12")
SIDES = {"out": "out", "in": "in", "both": ""}
FOLDERS = re.compile(r"""(?<![^\s=:,'"(\[{])/(?:[^/\s'"]+/)+""")  # of an absolute path in a text
WIDE, NARROW = (18, 11.0), (11, 10.0)  # label of a row: most letters of an English name, font size
MOST_ZH = 9  # characters of a Chinese name in a label


# --- names ---------------------------------------------------------------------------------


def inert(text: object) -> str:
    """Escape what Plotly would read as markup."""
    return html.escape(str(text), quote=False)


def without_folders(text: str) -> str:
    """Paths as they were typed, absolute ones by file name: a page is shown to strangers."""
    return Path(text).name if Path(text).is_absolute() else FOLDERS.sub("", text)


def full_name(station: dict) -> str:
    """English and Chinese name with the side: what a table, a list or a hover box shows."""
    parts = (station["name_en"], station["name_zh"], SIDES[station["side"]])
    return " ".join(p for p in parts if p)


def tick_name(station: dict, most: int = WIDE[0]) -> str:
    """`full_name` with long names cut, for the labels of an axis."""

    def cut(name: str, most: int) -> str:
        return name if len(name) <= most else name[: most - 1] + "…"

    short = {"name_en": cut(station["name_en"], most), "name_zh": cut(station["name_zh"], MOST_ZH)}
    return inert(full_name({**station, **short}))


# --- numbers -------------------------------------------------------------------------------


def exists(value: float | None) -> bool:
    """Whether there is a number to show (no visits: no percentile of the wait)."""
    return value is not None and isfinite(value)


def number(value: Any) -> str:
    """Three or more significant digits, thousands apart; a dash for what does not exist."""
    if isinstance(value, str):
        return value
    if not exists(value):
        return "–"
    if float(value).is_integer():
        return f"{value:,.0f}"
    size = abs(value)
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2}f}"


def plain(value: Any) -> str:
    """Up to four significant digits, as a source would print it."""
    if isinstance(value, str) or not exists(value) or abs(value) >= 1000:
        return number(value)
    return f"{value:.4g}"


def percent(value: Any) -> str:
    """A share [0-1] in percent with one decimal, without the sign."""
    return f"{100 * value:.1f}" if exists(value) else "–"


def raw(value: Any) -> str:
    """A number in full, for sorting; empty for what does not exist."""
    return repr(float(value)) if exists(value) else ""


def share_text(share: float) -> str:
    """`40 %`."""
    return f"{round(100 * share, 1):g} %"


def span_text(value: dict, scale: float = 1.0, unit: str = "") -> str:
    """`33.4 % (31.0–35.8)` from a mean with its interval; a dash if there is none."""
    if not exists(value["mean"]):
        return "–"
    mean, low, high = (scale * value[k] for k in ("mean", "low", "high"))
    return f"{mean:.1f}{unit} ({low:.1f}–{high:.1f})"


def span(estimate: Mapping[str, float] | None, digits: int = 1, scale: float = 1.0) -> str:
    """`32.3 (31.7 to 32.9)`."""
    if estimate is None:
        return "–"
    mean, low, high = (scale * estimate[key] for key in ("mean", "low", "high"))
    return f"{mean:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def plus(value: float, digits: int = 1) -> str:
    """With its sign; nothing is -0.0."""
    return f"{round(value, digits) + 0.0:+,.{digits}f}"


def signed(change: Mapping[str, float], digits: int = 1, scale: float = 1.0) -> str:
    """`+32.3 (+31.7 to +32.9)`."""
    mean, low, high = (plus(scale * change[key], digits) for key in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def shown(change: Mapping[str, Any]) -> int:
    """The gate of every claim that compares: 1 or -1 where the 95 % interval of a difference lies
    above or below 0, else 0.  Then nothing is said but that it is not shown."""
    return int(change["low"] > 0.0) - int(change["high"] < 0.0)


def class_labels(edges: list[float]) -> list[str]:
    """`0–10 %`, `10–20 %`, …, `over 60 %`."""
    marks = [f"{100 * e:.3g}" for e in [0.0, *edges]]
    return [f"{a}–{b} %" for a, b in pairwise(marks)] + [f"over {marks[-1]} %"]
