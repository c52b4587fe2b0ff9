"""The stock of EVs between the rows of its table and beyond them; holidays and their shares are
tried in the study of the 40 % rule."""

import datetime
from math import sqrt

import pytest

from sim.config.problems import InputError
from sim.roads.years.growth import Stock, StockRow


def test_stock_between_rows_and_beyond_them():
    rows = [
        StockRow(date=date, nevs=nevs, source="x")
        for date, nevs in (("2026-01-01", "100"), ("2026-01-11", "200"), ("2026-01-21", "300"))
    ]
    stock = Stock("growth.csv", rows)
    for day, nevs in ((1, 100), (6, 100 * sqrt(2)), (11, 200), (21, 300), (31, 450)):
        assert stock.nevs(datetime.date(2026, 1, day)) == pytest.approx(nevs)
    assert stock.nevs(datetime.date(2025, 12, 22)) == pytest.approx(50)


def test_a_share_grows_as_the_stock_does():
    rows = [StockRow(date="2026-01-01", nevs="100", source="x"),
            StockRow(date="2026-01-11", nevs="200", source="x")]  # fmt: skip
    first, last = rows[0].date, rows[1].date
    stock = Stock("growth.csv", rows)
    assert stock.share(0.2, first, last, "`then`") == pytest.approx(0.4)
    with pytest.raises(InputError) as refused:
        stock.share(0.6, first, last, "`then`")
    assert refused.value.problems == [
        "growth.csv makes the EV share of `then` 1.2, but it must be at most 1"
    ]
