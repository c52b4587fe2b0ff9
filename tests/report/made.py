# ruff: noqa: RUF001 - Chinese punctuation
"""A made page with every kind of block, in both languages."""

from collections.abc import Mapping
from math import nan

from sim.report import charts
from sim.report.blocks import (
    Beside,
    Card,
    Choice,
    Classes,
    Column,
    Count,
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
from sim.report.finding import Name, found
from sim.report.language import LANGUAGES, Words
from sim.stats.estimate import Estimate

STATIONS = [
    (Name("Fengdu", "丰都"), 0.31), (Name("Luohuang", "珞璜"), 0.72), (Name("Rongchang", ""), 0.44)
] * 10  # fmt: skip
WORDS = {language: Words(language) for language in LANGUAGES}
TEXTS = {
    "title": ("A made page", "示例页面"), "question": ("What is it?", "这是什么？"),
    "one": ("Numbers", "数值"), "two": ("More of it", "其他"), "text": ("Some text.", "一段文字。"),
    "station": ("Station", "站"), "use": ("Use", "利用率"), "power": ("Power", "功率"),
    "note": ("by code `engine.seed`", "见 `engine.seed`"),
    "chart": ("Use by station", "各站利用率"),
}  # fmt: skip


def build(say: Words, texts: Mapping[str, tuple[str, str]] = TEXTS) -> Page:
    """A page with every kind of block."""
    said = {key: own[say.language == "zh"] for key, own in texts.items()}
    use = [Estimate(u, u - 0.05, u + 0.05, 20) for _, u in STATIONS]
    rows = [
        [name, Over(own) if u > 0.4 else own, 1234.5, n]
        for n, ((name, u), own) in enumerate(zip(STATIONS, use, strict=True))
    ]
    columns = [
        said["station"], Column(said["use"], "%", 1, option="use"),
        Column(said["power"], "kW", option="power"), Column("N"),
    ]  # fmt: skip
    observed = Track(10.0, 5.0, None, Estimate(12.0, 11.0, 13.0))
    names = [say.format_field(name, "both") for name, _ in STATIONS]
    chart = charts.forest(say, names, [charts.Marks("", use)], charts.Axis("", "%", 0, 1),
                          title=said["chart"], key=[Key(charts.BLUE, said["use"])])  # fmt: skip
    options = {"use": said["use"], "power": said["power"]}
    blocks = [
        said["text"], Heading(said["two"], said["text"]), Count(Estimate(3.21, 1, 5), said["use"]),
        Classes([Key("var(--rust)", said["use"], "square")], said["power"]),
        Choice(said["station"], options,
               [Table(columns, rows, said["one"], folds=False), Shown("power", [said["note"]])]),
    ]  # fmt: skip
    more = [
        Beside([[chart], [chart]]), Folded(said["two"], [chart], said["note"]),
        Names(said["station"], names[:2]), Terms([(said["use"], said["text"])]),
        Points([said["text"]]),
        Table([said["station"], Column("", form="track"), Column("N", form="plain")],
              [[said["use"], observed, 13.357], [None, None, nan]], marked=frozenset({0})),
    ]  # fmt: skip
    cards = [Card(said["use"], use[0], "%", 1, note=said["text"])]
    sections = [Section(said["one"], blocks, "numbers"), Section(said["two"], more)]
    return Page(said["title"], sections, said["question"], cards)


LEAD = [found("nobody.stops", name="X", why=found("nobody.passes")), "2 = 2"]
FACTS = {
    "seed": 1,
    "versions": {"python": "3.11"},
    "config": {f"k{n}": n * 10**9 for n in range(40)},
}
