"""Stations along their roads: how a page lays them out, and what their colors say."""

from sim.report.charts.roads import SIGNS, columns
from sim.stats.estimate import Estimate


def test_columns_are_even_and_no_road_is_cut():
    roads = [("A", "xxxx"), ("B", "xx"), ("C", "xx")]
    assert columns(roads) == [roads[:1], roads[1:]]  # 5 rows and 6, with the names of the roads
    assert columns(roads[:1]) == [roads[:1]]


def test_colors_say_what_is_shown():
    signs = [Estimate(mean, mean - 1.0, mean + 1.0).sign for mean in (-2.0, 2.0, 0.5)]
    assert [SIGNS[sign] for sign in signs] == ["var(--blue)", "var(--rust)", "var(--faint)"]
