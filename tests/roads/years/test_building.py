"""How many to order when; orders and what stands are tried in the study of the 40 % rule."""

import datetime

from sim.roads.years.building import lots


def test_lots_are_even_and_early_enough():
    days = [datetime.date(2026, month, 1) for month in (1, 2, 3, 4, 5)]
    assert lots(10, days, days[2]) == [3, 4, 3, 0, 0]
    assert lots(2, days, days[4]) == [0, 1, 0, 1, 0]
    assert lots(10, days[1:], days[0]) == [0, 0, 0, 0]
