"""The page of `speed`: each figure against its target, and what a profile found."""

from experiments.speed.target import shown
from experiments.speed.verdict import Answer, bound, rows_of
from sim.report import charts
from sim.report.blocks import Beside, Block, Card, Cell, Column, Page, Section, Table
from sim.report.language import Words

KINDS = ("power", "session", "turned_away", "gives_up")


def page(say: Words, answer: Answer) -> Page:
    sections = [targets(say, answer)]
    if "kinds" in answer:
        sections += [kinds(say, answer), growth(say, answer)]
    rows = [row for row in rows_of(answer) if row.value is not None]
    met = sum(row.outcome == "met" for row in rows)
    cards = [Card(say("cards.met"), met, of=say("cards.of", n=len(rows)))]
    return Page(say("title"), sections, say("question"), cards)


def targets(say: Words, answer: Answer) -> Section:
    """How far each figure is beyond its target, and all of them in a table."""
    rows = rows_of(answer)
    asked = [row for row in rows if row.value is not None]
    reach = [row.target.reach(row.value) for row in rows if row.value is not None]
    colors = [charts.BLUE if row.outcome == "met" else charts.RUST for row in asked]
    figure = charts.forest(
        say, [say(f"short.{row.key}") for row in asked],
        [charts.Marks(say("targets.reach"), reach, colors)],
        charts.Axis(say("targets.reach"), log=True), line=(1.0, say("targets.target")),
        title=say("targets.title"), digits=2, key=(), row_px=24,
    )  # fmt: skip
    short = [Column(say(f"head.{key}"), form="text")
             for key in ("measured", "target", "dream", "outcome")]  # fmt: skip
    heads = [Column(say("head.what"), form="text"), *short, Column(say("head.detail"), wide=True)]
    cells: list[list[Cell]] = [
        [say(f"rows.{row.key}"), shown(row.target.unit, row.value), bound(row),
         shown(row.target.unit, row.target.dream), say(f"outcome.{row.outcome}"), row.detail]
        for row in rows
    ]  # fmt: skip
    blocks: list[Block] = [say("targets.about", rounds=answer["rounds"])]
    table = Table(heads, cells, say("targets.table"), folds=False)
    return Section.of(say, "targets", [*blocks, *([figure] if asked else []), table])


def kinds(say: Words, answer: Answer) -> Section:
    own = answer["kinds"]
    heads = [Column(say("head.kind"), form="text"), Column(say("head.each"), digits=2),
             Column(say("head.count"), digits=0), Column(say("head.share"), "%", 0)]  # fmt: skip
    cells: list[list[Cell]] = [
        [say(f"kinds.{kind}"), own["each_us"][kind], own["count"].get(kind), own["share"].get(kind)]
        for kind in KINDS
    ]
    table = Table(heads, cells, say("profile.table"), note=say("profile.note"))
    about = say("profile.about", sessions=own["sessions"])
    return Section.of(say, "profile", [about, table])


def growth(say: Words, answer: Answer) -> Section:
    """A curve for each size that grows."""
    found = answer["growth"]
    cost = charts.Axis(say("head.event_ns"), log=True)
    figures = []
    for name, own in found.items():
        what = say(f"growth.{name}")
        line = charts.Line(what, own["sizes"], own["event_ns"], has_marks=True)
        title = say("curves.title", what=what, exponent=own["exponent"])
        axis = charts.Axis(what, log=True)
        figures.append([charts.curve(say, [line], axis, cost, title=title, digits=0, key=())])
    heads = [Column(say("head.grows"), form="text"), Column(say("head.size"), digits=0),
             Column(say("head.event_ns"), digits=0)]  # fmt: skip
    cells: list[list[Cell]] = [
        [say(f"growth.{name}"), size, cost]
        for name, own in found.items()
        for size, cost in zip(own["sizes"], own["event_ns"], strict=True)
    ]
    table = Table(heads, cells, say("curves.table"))
    return Section.of(say, "curves", [say("curves.about"), Beside(figures), table])
