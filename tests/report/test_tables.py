"""Tables by the places of their cells."""

import pytest

from sim.report.blocks import Column
from sim.report.language import Words
from sim.report.tables import at, table
from sim.stats.estimate import Estimate

ROW = {"best": [{"loss": Estimate(2.0, 1.0, 3.0)}], "none": None, "name": "a"}


@pytest.mark.parametrize(
    ("place", "value"),
    [("name", "a"), ("best.0.loss.mean", 2.0), ("none", None), ("none.further.on", None)],
)
def test_a_place_leads_into_a_row(place, value):
    assert at(ROW, place) == value


@pytest.mark.parametrize(
    ("place", "error"),
    [("nme", KeyError), ("best.1", IndexError), ("best.0.loss.median", AttributeError)],
)
def test_a_place_that_cannot_be_is_no_empty_cell(place, error):
    with pytest.raises(error):
        at(ROW, place)


def test_further_columns_may_have_the_same_head():
    more = [("x", "best.0.loss"), ("x", ("name", "min"))]
    own = table(Words("en"), "page", {"rows": "name"}, [ROW], more=more)
    assert own.columns == [Column("rows"), Column("x"), Column("x", "min")]
    assert own.rows == [["a", ROW["best"][0]["loss"], "a"]]


def test_columns_have_their_unit_their_digits_and_their_look():
    columns = {"rows": ("name", "", None, "text"), "shown": ("best.0.loss", "min", 0)}
    own = table(Words("en"), "page", columns, [ROW], marked=frozenset({0}))
    assert own.columns == [Column("rows", form="text"), Column("shown", "min", 0)]
    assert own.rows == [["a", ROW["best"][0]["loss"]]]
    assert own.marked == {0}
