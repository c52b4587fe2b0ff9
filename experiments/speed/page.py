"""The page of `speed`: how many times faster than the twin, and what else is promised."""

from experiments.speed.verdict import Answer, kept
from sim.report import charts
from sim.report.blocks import Block, Cell, Column, Page, Section, Table
from sim.report.language import Words

COLUMNS = {"sessions": "", "events": "", "engine_s": "s", "twin_s": "s",
           "engine_us_per_session": "", "ratio": "", "promised": ""}  # fmt: skip
PARTS = ("draw_s", "run_s", "summary_s")  # of a replication of the port


def page(say: Words, answer: Answer) -> Page:
    return Page(say("title"), [twin(say, answer), others(say, answer)], say("question"))


def twin(say: Words, answer: Answer) -> Section:
    cases = answer["cases"]
    names = [say(f"cases.{name}") for name in cases]
    marks = [
        charts.Marks(say(f"head.{key}"), [case[key] for case in cases.values()], color, symbol)
        for key, color, symbol in (("ratio", charts.BLUE, "circle"),
                                   ("promised", charts.RUST, "line-ns"))
    ]  # fmt: skip
    figure = charts.forest(say, names, marks, charts.Axis(say("twin.axis"), from_zero=True),
                           title=say("twin.title"), digits=0, row_px=26)  # fmt: skip
    columns = [Column(say("head.case"), form="text")]
    columns += [Column(say(f"head.{key}"), unit) for key, unit in COLUMNS.items()]
    columns.append(Column(say("head.kept"), form="text"))
    rows: list[list[Cell]] = [
        [name, *(case[key] for key in COLUMNS), kept(case["ratio"] >= case["promised"])]
        for name, case in zip(names, cases.values(), strict=True)
    ]
    about = say("twin.about", rounds=answer["rounds"], ready=answer["ready_s"])
    table = Table(columns, rows, say("twin.heading"))
    return Section(say("twin.heading"), [about, figure, table], "twin")


def others(say: Words, answer: Answer) -> Section:
    """A process that ticks, and a port: measured, and at most as promised."""
    port, tick, promised = answer["port"], answer["tick_ratio"], answer["tick_promised"]
    columns = [Column(say("head.part"), form="text"), Column(say("head.seconds"), "s", 1),
               Column(say("head.promised_s"), "s", 0)]  # fmt: skip
    rows: list[list[Cell]] = [[say(f"port.{key}"), port[key], None] for key in PARTS]
    rows.append([say("port.total_s"), port["total_s"], port["promised_s"]])
    blocks: list[Block] = [
        say("tick.about", more=tick - 1.0, promised=promised - 1.0, kept=kept(tick <= promised)),
        say("port.about", events=port["events"], kept=kept(port["total_s"] <= port["promised_s"])),
        Table(columns, rows, say("port.caption")),
    ]
    return Section(say("others.heading"), blocks, "others")
