"""A page as one reads it in one language: its texts, and those of its figures."""

import base64
import gzip
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

VOID = {"meta", "link", "br", "input", "img"}
OTHER = {"en": "zh", "zh": "en"}
SPOKEN = {"hovertext", "ticktext", "text", "ticksuffix", "hovertemplate", "rows", "classes"}
MARKUP = re.compile(r"<[^>]*>|&[a-z]+;|%\{[^}]*\}|%-?[a-zA-Z]")


class Texts(HTMLParser):
    """Texts of one language but for code, scripts, and what is in the footer behind a label."""

    def __init__(self, html: str, language: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.labels: list[str] = []
        self._language, self._skip, self._open = language, 0, []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        own = dict(attrs)
        if tag in VOID:
            return
        of_other = own.get("class") == OTHER[self._language]
        is_code = tag in ("script", "style", "code", "title")
        is_fact = tag == "dd" and "footer" in [name for name, _ in self._open]
        skips = of_other or is_code or is_fact or own.get("class") in ("code", "switch")
        self._open.append((tag, skips))
        self._skip += skips
        if "data-labels" in own:
            self.labels.append(json.loads(own["data-labels"])[self._language])
        elif "aria-label" in own:
            self.labels.append(own["aria-label"])

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            _, skips = self._open.pop()
            self._skip -= skips

    def handle_data(self, data: str) -> None:
        if not self._skip and data.strip():
            self.texts.append(data.strip())


def data_of(path: Path) -> dict[str, Any]:
    html = path.read_text("utf-8")
    found = re.search(r'type="text/plain" id="data">([A-Za-z0-9+/=]*)</script>', html)
    assert found
    return json.loads(gzip.decompress(base64.b64decode(found[1])))


def figures(path: Path, language: str) -> list[dict[str, Any]]:
    """As page.js has them in that language."""
    drawn = data_of(path)["figures"]
    for figure in drawn:
        for keys, value in figure.pop("others").get(language, []):
            *way, last = keys
            place = figure
            for key in way:
                place = place[key]
            place[last] = value
    return drawn


def said(value: Any, key: str = "") -> Iterator[str]:
    """Texts of a figure that people read."""
    if isinstance(value, dict):
        for name, own in value.items():
            yield from said(own, name.rpartition(".")[2])
    elif isinstance(value, list):
        for own in value:
            yield from said(own, key)
    elif isinstance(value, str) and key in SPOKEN:
        yield MARKUP.sub(" ", value)


def source(path: Path) -> str:
    """A page as its file has it, with plain spaces where no line may end."""
    return path.read_text("utf-8").replace("\N{NO-BREAK SPACE}", " ")


def texts(path: Path, language: str) -> list[str]:
    """All that a page says in a language, its figures and labels too."""
    html = source(path)
    html = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", html, flags=re.DOTALL)
    page = Texts(html, language)
    return [*page.texts, *page.labels, *said(figures(path, language))]


LATIN = re.compile(r"[A-Za-z]{3,}")
UNITS = {"kWh", "MWh", "kVA", "CNY", "SOC", "BCa", "CSV", "EVSE", "NEA", "EPFL", "Python"}


def foreign(path: Path, names: set[str]) -> list[str]:
    """Latin words on the Chinese page that are no units, and not in `names`."""
    known = UNITS | {word for name in names for word in LATIN.findall(name)}
    return sorted({w for text in texts(path, "zh") for w in LATIN.findall(text)} - known)
