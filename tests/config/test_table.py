import pytest
from pydantic import Field

from sim.config import table
from sim.config.table import Row, read, repeated
from tests.config.test_numerals import NO_NUMBERS, NUMBERS


class Place(Row):
    name: str
    start: float = Field(alias="from")
    count: int = Field(ge=0)


def problems(tmp_path, text):
    found = []
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read(path, "t.csv", Place, found), found


def test_cells_are_text_until_a_column_says_otherwise(tmp_path):
    rows, found = problems(tmp_path, "count,name,from\n3,NA,1.5\n0,007,-2\n")
    assert not found
    assert [(row.name, row.start, row.count) for row in rows] == [("NA", 1.5, 3), ("007", -2.0, 0)]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,from\na,1\n", ["t.csv lacks the column `count`"]),
        (
            "name,from,counts\na,1,2\n",
            [
                "t.csv lacks the column `count`",
                "t.csv has an unknown column `counts`: did you mean `count`?",
            ],
        ),
        ("name,from,count,name\na,1,2,b\n", ["t.csv has the column `name` more than once"]),
        ("name,from,count\na,1\n", ["t.csv line 2 has 2 cells, not 3"]),
        ("name,from,count\nb,1,2\na,1,2,\n", ["t.csv line 3 has 4 cells, not 3"]),
        ('name,from,count\n"a\nb",1,2\nc,1\n', ["t.csv line 4 has 2 cells, not 3"]),
        ("name,from,count\n", ["t.csv has no rows"]),
        (
            "name,from,count\na,x,2\nb,1,-2\n",
            [
                "t.csv line 2: `from` is 'x', but must be a number",
                "t.csv line 3: `count` is '-2', but must be at least 0",
            ],
        ),
        (
            "name,from,count\na,nan,2\n",
            ["t.csv line 2: `from` is 'nan', but must be a number"],
        ),
    ],
)
def test_every_problem_is_named(tmp_path, text, says):
    assert problems(tmp_path, text)[1] == says


@pytest.mark.parametrize("text", NO_NUMBERS, ids=ascii)
def test_what_is_no_number_is_none_in_any_column_of_numbers(tmp_path, text):
    cell = f'"{text}"'
    for column, row in (("from", f"a,{cell},2"), ("count", f"a,1,{cell}")):
        rows, found = problems(tmp_path, f"name,from,count\n{row}\n")
        assert rows == []
        assert len(found) == 1
        assert found[0].startswith(f"t.csv line 2: `{column}` is ")
        blanks = text != text.strip()
        assert ("but must be without blanks" if blanks else "number") in found[0]


@pytest.mark.parametrize("text", NUMBERS)
def test_what_is_a_number_is_one_in_any_column_of_numbers(tmp_path, text):
    rows, found = problems(tmp_path, f"name,from,count\na,{text},2\n")
    assert (rows[0].start, found) == (float(text), [])
    rows, found = problems(tmp_path, f"name,from,count\na,1,{text}\n")
    whole = float(text) >= 0 and float(text) % 1 == 0
    assert [row.count for row in rows] == [int(float(text))] * whole
    assert len(found) == (not whole)


@pytest.mark.parametrize("text", ['name,from,count\n"a"b,1,2\n', b"\xff\xfe\x00name"])
def test_what_is_no_table_is_one_problem(tmp_path, text):
    rows, found = problems(tmp_path, text)
    assert rows == []
    assert len(found) == 1
    assert found[0].startswith("t.csv is not a CSV table: ")


def test_an_empty_file_lacks_every_column(tmp_path):
    assert problems(tmp_path, "")[1] == [
        f"t.csv lacks the column `{column}`" for column in ("name", "from", "count")
    ]


def test_a_mark_of_the_spreadsheet_and_blank_lines_are_no_problem(tmp_path):
    rows, found = problems(tmp_path, "\ufeffname,from,count\r\n\r\na,1,2\r\n")
    assert not found
    assert rows[0].name == "a"


def test_a_row_with_a_problem_does_not_hide_the_others(tmp_path):
    rows, found = problems(tmp_path, "name,from,count\na,x,2\nb,1,2\n")
    assert [row.name for row in rows] == ["b"]
    assert len(found) == 1


def test_a_table_of_problems_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MOST_PROBLEMS", 30)
    rows, found = problems(tmp_path, "name,from,count\n" + "a,x,y\n" * 100)
    assert rows == []
    assert len(found) == 31
    assert found[0] == "t.csv has 30 problems or more: read until line 16 only"
    assert found[1] == "t.csv line 2: `from` is 'x', but must be a number"


def test_a_table_too_large_for_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "MOST_BYTES", 4 * table.BYTES_A_ROW)
    assert problems(tmp_path, "name,from,count\n" + "a,1,2\n" * 4)[1] == []
    rows, found = problems(tmp_path, "name,from,count\n" + "a,1,2\n" * 5)
    assert rows == []
    assert found == [
        "t.csv has 5 rows or more: reading them would take over 6,000 bytes; give a part of them"
    ]


def test_a_missing_file_is_a_problem(tmp_path):
    found = []
    assert read(tmp_path / "none.csv", "none.csv", Place, found) == []
    assert found == ["there is no table none.csv"]


def test_repeated_keys_are_counted():
    assert repeated("t.csv", "node", ["a", "b", "a"]) == ["t.csv names the node `a` 2 times"]
