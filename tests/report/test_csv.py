"""Tables as CSV."""

from csv import reader
from io import StringIO

from sim.report import csv
from sim.report.blocks import Choice, Column, Folded, Over, Page, Section, Table, Track
from sim.stats.estimate import Estimate
from tests.report.made import WORDS
from tests.report.showing import HOSTILE

EN = WORDS["en"]


def rows(text: str) -> list[list[str]]:
    assert text.startswith(csv.MARK)
    return list(reader(StringIO(text.removeprefix(csv.MARK))))


def test_ends_of_intervals_have_columns_and_numbers_the_unit_of_the_head():
    columns = [
        "Name",
        Column("Use", "%", 1, option="time"),
        Column("", form="track"),
        Column("kW", "kW"),
    ]
    own = Estimate(0.3125, 0.25, 0.4)
    table = Table(columns, [["a", Over(own), Track(1, 1, 1, own), 7.25], ["b", None, None, None]])
    choice = Choice("of", {"time": "by time"}, [Folded("more", [table, table])])
    found = csv.tables(EN, Page("t", [Section("s", [choice], "use"), Section("none")]))
    assert list(found) == ["use.csv", "use-2.csv"]
    assert rows(found["use.csv"]) == [
        ["Name", "Use, by time [%]", "Use, by time [%], low", "Use, by time [%], high", "kW [kW]"],
        ["a", "31.25", "25", "40", "7.25"],
        ["b", "", "", "", ""],
    ]


def test_no_spreadsheet_computes_a_name():
    table = Table(["=head", "N"], [[text, -1.5] for text in HOSTILE])
    head, *cells = rows(csv.tables(EN, Page("t", [Section("s", [table])]))["section-0.csv"])
    assert head[0] == "'=head"
    assert not [own for own, _ in cells if own.startswith(csv.FORMULA)]
    assert {n for _, n in cells} == {"-1.5"}
