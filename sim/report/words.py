# ruff: noqa: RUF001 - dashes and signs as people read them
"""How pages name and print things whose words are still in the code of their questions."""

import re
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from sim.report.charts.frame import inert

SIDES = {"out": "out", "in": "in", "both": ""}
FOLDERS = re.compile(r"""(?<![^\s=:,'"(\[{])/(?:[^/\s'"]+/)+""")  # of an absolute path in a text
WIDE, NARROW = (18, 11.0), (11, 10.0)  # label of a row: most letters of an English name, font size
MOST_ZH = 9  # characters of a Chinese name in a label


# --- names ---------------------------------------------------------------------------------


def without_folders(text: str) -> str:
    """Paths as they were typed, absolute ones by file name: a page is shown to strangers."""
    return Path(text).name if Path(text).is_absolute() else FOLDERS.sub("", text)


def full_name(station: dict[str, Any]) -> str:
    """English and Chinese name with the side: what a table, a list or a hover box shows."""
    parts = (station["name_en"], station["name_zh"], SIDES[station["side"]])
    return " ".join(p for p in parts if p)


def tick_name(station: dict[str, Any], most: int = WIDE[0]) -> str:
    """`full_name` with long names cut, for the labels of an axis."""

    def cut(name: str, most: int) -> str:
        return name if len(name) <= most else name[: most - 1] + "…"

    short = {"name_en": cut(station["name_en"], most), "name_zh": cut(station["name_zh"], MOST_ZH)}
    return inert(full_name({**station, **short}))


# --- numbers -------------------------------------------------------------------------------


def exists(value: float | None) -> bool:
    """Whether there is a number to show (no visits: no percentile of the wait)."""
    return value is not None and isfinite(value)


def percent(value: Any) -> str:
    """A share [0-1] in percent with one decimal, without the sign."""
    return f"{100 * value:.1f}" if exists(value) else "–"


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
