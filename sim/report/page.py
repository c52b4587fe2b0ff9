"""One page in all its languages: a self-contained HTML file that opens without a network.

    say = {language: Words(language, folder) for language in LANGUAGES}
    write("report.html", lambda say: page(say, answer), say, answer["verdict"], manifest, "zh")

Each text is there in every language, and the switch in the header shows one of them; figures are
there once, with what is different in the other languages.
"""

import base64
import gzip
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from sim.report import blocks, glossary
from sim.report.blocks import (
    Beside,
    Block,
    Card,
    Cards,
    Cell,
    Choice,
    Classes,
    Column,
    Count,
    Figure,
    Folded,
    Heading,
    Key,
    Names,
    Over,
    Page,
    Points,
    Section,
    Shown,
    Table,
    Terms,
    Track,
)
from sim.report.finding import Finding
from sim.report.language import TAGS, Words
from sim.report.plot import Plot, locale, plotly_js
from sim.report.spoken import MOST_ROWS, Said, Text, Texts, spoken, together
from sim.study import store

__all__ = [
    "Beside", "Block", "Card", "Cards", "Cell", "Choice", "Classes", "Column", "Count", "Figure",
    "Folded", "Heading", "Key", "Names", "Over", "Page", "Points", "Section", "Shown", "Table",
    "Terms", "Track", "write",
]  # fmt: skip

HERE = Path(__file__).parent
COMMAND = "command"
FIRST = ("began", "wall_s", "cpu_s", "machine", "replications")  # facts that are not folded
MOST_OPTIONS = 6  # of a choice; more of them are a list that opens
FEW_ROWS = 5  # a longer table can be searched
BRIEF = 160  # letters: values by name that the footer shows at once
SCRIPTS = (
    "page",
    "tables",
    "picture",
    "glossary",
    "stations",
    "play",
    "days",
    "start",
)  # in their order
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
# A line must not end between a number and its unit.
BEFORE_UNIT = re.compile(r"(?<=\d) (?=%|(?:s|min|h|kW|kWh|MWh|km|million)\b)")
CODE = re.compile(r"`([^`]+)`")
FOLDERS = re.compile(r"""(?<![^\s=:,'"(\[{])/(?:[^/\s'"]+/)+""")  # of an absolute path in a text


def write(
    path: str | os.PathLike[str],
    build: Callable[[Words], Page],
    words: Mapping[str, Words],
    lead: Sequence[Finding | str] = (),
    facts: Mapping[str, Any] | None = None,
    language: str = "",
) -> Path:
    """Write the page to `path`, whole or not at all, and return the path.

    Parameters
    ----------
    build : makes the page in one language.
    words : by language; one alone makes a page without a switch.
    lead : the verdict; its first sentence is the headline, if the page has no answer of its own.
    facts : values, or values by name, that say in the footer how the page was made.
    language : what the page begins in; the first one if empty.

    Raises
    ------
    ValueError where the page has another shape in another language, or Plotly does not know a
    figure; KeyError where a message is missing.  Then nothing is written.
    """
    first = language or next(iter(words))
    ordered = {first: words[first], **words}
    own = [_tree(say, build(say), lead, facts or {}, n == 0)
           for n, say in enumerate(ordered.values())]  # fmt: skip
    tree = together(own)
    return store.write_text(Path(path), _html(tree, list(ordered.values())))


def _tree(
    say: Words, page: Page, lead: Sequence[Finding | str], facts: Mapping[str, Any], is_first: bool
) -> dict[str, Any]:
    return {
        "page": spoken(say, page, is_first),  # Plotly checks figures once, they have one shape
        "lead": [say(own) if isinstance(own, Finding) else own for own in lead],
        "first": list(_facts(say, {key: facts[key] for key in FIRST if key in facts})),
        "facts": list(_facts(say, {k: v for k, v in facts.items() if k not in (*FIRST, COMMAND)})),
        "command": without_folders(str(facts.get(COMMAND, ""))),
        "words": {name: say(f"page.{name}") for name in WORDS},
    }


WORDS = ("language", "sections", "search", "find", "close", "station", "shown", "rows", "copy",
         "everything", "skip", "whole", "play", "hour", "low", "high", "made", "observed", "half",
         "double", "sure", "assumed", "findings")  # fmt: skip


def _facts(say: Words, facts: Mapping[str, Any]) -> Iterator[tuple[str, str, list[list[str]]]]:
    """Label, value, and values by dotted name where there are many."""
    for key, value in facts.items():
        label = say(f"manifest.{key}") if say.has(f"manifest.{key}") else key.replace("_", " ")
        if value == {}:
            continue
        if not isinstance(value, Mapping):
            yield label, without_folders(_plain(say, value)), []
            continue
        own = [[name, without_folders(_plain(say, leaf))] for name, leaf in _leaves(value)]
        brief = say("list.separator").join(f"`{name}` {leaf}" for name, leaf in own)
        if len(brief) <= BRIEF:
            yield label, brief, []
        else:
            yield label, "", own


def _plain(say: Words, value: Any) -> str:
    """Numbers as people read them, but not years, seeds and the like."""
    return say.number(value) if isinstance(value, float) else str(value)


def _leaves(value: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for key, own in value.items():
        if isinstance(own, Mapping) and own:
            yield from _leaves(own, f"{place}{key}.")
        else:
            yield f"{place}{key}", own


# --- HTML ----------------------------------------------------------------------------------


def _html(tree: Mapping[str, Any], words: Sequence[Words]) -> str:
    plots: list[Plot] = []
    codes = [say.language for say in words]
    scripts = [plotly_js(), script()]

    choices = count()
    names: Counter[str] = Counter()

    def name_of_table(heading: str | Texts) -> str:
        """What a saved table is called: by its section, and a number from the second on."""
        name = re.sub(r"[^\w]+", "_", _in(heading, 0)).strip("_").lower()[:60] or "table"
        names[name] += 1
        return name if names[name] == 1 else f"{name}_{names[name]}"

    rests: list[dict[str, list[str]]] = []  # rows of long tables, until somebody looks for them

    def begin_rest(stations: Sequence[str]) -> int:
        rests.append({"stations": list(stations), "rows": []})
        return len(rests) - 1

    def keep_row(html: str) -> str:
        rests[-1]["rows"].append(html.strip())
        return ""

    days: list[blocks.Days] = []

    def keep_days(own: blocks.Days) -> str:
        days.append(own)
        return ""

    def number(plot: Plot) -> int:
        plots.append(plot)
        return len(plots) - 1

    body = _environment(tuple(codes)).get_template("page.html.j2").render(
        **tree,
        css=Markup((HERE / "page.css").read_text("utf-8")),
        hashes=[_hash(script) for script in scripts],
        languages=[(say.language, TAGS[say.language], say("page.name")) for say in words],
        most_rows=MOST_ROWS,
        few_rows=FEW_ROWS,
        first_rows=blocks.FIRST_ROWS,
        many_rows=blocks.MANY_ROWS,
        most_options=MOST_OPTIONS,
        number=number,
        keep_days=keep_days,
        begin_rest=begin_rest,
        keep_row=keep_row,
        name_of_table=name_of_table,
        number_of_choice=lambda: next(choices),
    )  # fmt: skip
    title = tree["page"].title
    data = {
        "languages": [
            {"code": say.language, "tag": TAGS[say.language], "title": _in(title, n),
             "locale": locale(say)}
            for n, say in enumerate(words)
        ],
        "figures": [
            {**plot.figure, "others": dict(zip(codes[1:], plot.others, strict=False))}
            for plot in plots
        ],
        "days": _days(days[0], codes) if days else None,
        "rests": rests,
        "terms": glossary.texts(codes),
        "stations": _stations(tree["page"].stations, codes),
    }  # fmt: skip
    tail = [f'<script type="text/plain" id="data">{_small(data)}</script>']
    tail += [f"<script>{script}</script>" for script in scripts]
    return "\n".join([body, *tail, "</body>\n</html>\n"])


def _stations(own: blocks.Stations | None, codes: Sequence[str]) -> dict[str, Any] | None:
    """What can be picked, as the script reads it."""
    if own is None:
        return None

    def said(text: str | Texts) -> Any:
        return _by_language(text, codes)

    numbers: Any = own.numbers
    cells = [
        [_whole(cell, unit) for cell, unit in zip(row, numbers.units, strict=True)]
        for row in numbers.cells
    ]
    return {
        "keys": own.keys, "names": list(map(said, own.names)), "order": own.order,
        "heads": [said(column.head) for column in numbers.block.columns],
        "cells": [list(map(said, row)) for row in cells],
        "facts": own.facts, "courses": own.courses,
    }  # fmt: skip


def _days(own: blocks.Days, codes: Sequence[str]) -> dict[str, Any]:
    """The visits of stations, as the script reads them."""
    return {
        **own.visits, "fates": own.fates, "days": [_by_language(day, codes) for day in own.days],
        "words": {key: _by_language(text, codes) for key, text in own.words},
    }  # fmt: skip


def _by_language(text: str | Texts, codes: Sequence[str]) -> Any:
    return dict(zip(codes, text.texts, strict=True)) if isinstance(text, Texts) else text


def _whole(cell: Text, unit: str | Texts) -> str | Texts:
    """A cell with its unit and its interval, in every language."""
    parts = (cell.text, unit, cell.interval)
    n = max(len(own.texts) if isinstance(own, Texts) else 1 for own in parts)
    each = []
    for k in range(n):
        text, of, interval = (_in(own, k) for own in parts)
        each.append(" ".join(filter(None, (text, of, interval and f"({interval})"))))
    return Texts(tuple(each)) if len(set(each)) > 1 else each[0]


def script() -> str:
    """Our own scripts as one, which leaves nothing behind on the page."""
    parts = ((HERE / "script" / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    return '"use strict";\n(async () => {\n' + "\n".join(parts) + "})();\n"


def _in(text: str | Texts, n: int) -> str:
    return text.texts[n] if isinstance(text, Texts) else text


def _small(value: Any) -> str:
    """JSON as gzip in base64: a quarter of it, and nothing that could end its script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def _hash(script: str) -> str:
    """Name of an inlined script for the content security policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@lru_cache(maxsize=8)
def _environment(codes: tuple[str, ...]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip

    def said(text: str | Texts) -> Markup:
        """A text in every language, each in an element of its own where they differ."""
        if not isinstance(text, Texts):
            return _marked(text, "en")
        return Markup("").join(
            Markup('<span class="{}" lang="{}">{}</span>').format(
                code, TAGS[code], _marked(own, code)
            )
            for code, own in zip(codes, text.texts, strict=True)
        )

    def label(text: str | Texts) -> Markup:
        """The attribute that names an element, and its words in every language."""
        if not isinstance(text, Texts):
            return Markup(' aria-label="{}"').format(text)
        all_of = json.dumps(dict(zip(codes, text.texts, strict=True)), ensure_ascii=False)
        return Markup(' aria-label="{}" data-labels="{}"').format(text.texts[0], all_of)

    def texts(text: str | Texts) -> Markup:
        """What an option says in every language, which the script puts in."""
        all_of = {code: _in(text, n) for n, code in enumerate(codes)}
        return Markup(' data-texts="{}"').format(json.dumps(all_of, ensure_ascii=False))

    def term(text: str | Texts) -> Markup:
        """The attribute that names the word of the field that a text has."""
        key = glossary.term(_in(text, 0), codes[0])
        return Markup(' data-term="{}"').format(key) if key else Markup("")

    def ends(words: Mapping[str, str | Texts]) -> str:
        """What the ends of an interval are called, in every language."""
        both = {
            code: {end: _in(words[end], n) for end in ("low", "high")}
            for n, code in enumerate(codes)
        }
        return json.dumps(both, ensure_ascii=False)

    def played(play: blocks.Play) -> str:
        """What the script must know of it."""
        keys = ("first", "hours", "course", "series", "bounds", "colors")
        return json.dumps({key: getattr(play, key) for key in keys})

    def scale(text: str | Texts) -> str:
        return json.dumps({code: float(_in(text, n)) for n, code in enumerate(codes)})

    def every(text: str | Texts) -> str:
        return " ".join(dict.fromkeys(text.texts)) if isinstance(text, Texts) else text

    environment.filters |= {
        "said": said, "label": label, "texts": texts, "term": term, "ends": ends,
        "scale": scale, "played": played,
        "every": every, "first_of": lambda text: _in(text, 0),
    }  # fmt: skip
    environment.tests |= {
        name.lower(): lambda block, kind=kind: isinstance(block, kind)
        for name, kind in vars(blocks).items()
        if isinstance(kind, type)
    }
    environment.tests |= {
        "words": lambda block: isinstance(block, str | Texts),
        "said": lambda block: isinstance(block, Said),
        "drawn": lambda block: isinstance(block, list | tuple) and isinstance(block[0], Figure),
    }
    return environment


def without_folders(text: str) -> str:
    """Paths as they were typed, absolute ones by file name: a page is shown to strangers."""
    return Path(text).name if Path(text).is_absolute() else FOLDERS.sub("", text)


def _marked(text: str, code: str) -> Markup:
    """Escaped, `code` as code, numbers kept at their units, and Chinese characters said to be
    Chinese."""
    html = CODE.sub(r"<code>\1</code>", str(escape(BEFORE_UNIT.sub("\N{NO-BREAK SPACE}", text))))
    if code != "zh":
        html = HAN.sub(r'<span lang="zh-Hans">\g<0></span>', html)
    return Markup(html)
