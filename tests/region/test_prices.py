"""Prices by hour and place, read and checked."""

import pytest

from sim.config.folder import configs_dir
from sim.region import load
from sim.region.prices import PLACES, TariffSection, read_prices

HEAD = "place,hour,energy_cny_kwh,service_cny_kwh,source\n"
ROWS = [f"{place},{hour},0.5,0.1,test\n" for place in PLACES for hour in range(24)]


def told(folder, rows, text=HEAD):
    path = folder / "prices.csv"
    path.write_text(text + "".join(rows))
    problems = []
    found = read_prices(TariffSection(name="test", prices=str(path)), problems)
    assert (found is None) == bool(problems)
    return [problem.replace(f"{folder}/", "") for problem in problems]


def test_prices_of_chongqing():
    prices = load.prices("chongqing")
    public, home = prices.day("public"), prices.day("home")
    assert [len(public), len(home)] == [24, 24]
    assert public[3] == pytest.approx(0.7 * 0.38 + 0.4)  # valley
    assert public[12] == pytest.approx(0.7 * 1.6 + 0.4)  # peak
    assert public[18] == pytest.approx(0.7 + 0.4)
    assert [home[h] for h in (0, 8, 11, 17, 20, 22)] == pytest.approx(
        [0.34, 0.52, 0.62, 0.52, 0.62, 0.52]
    )
    assert len(set(load.prices("flat").day("public"))) == 1


def test_an_hour_that_is_missing_is_refused(tmp_path):
    assert told(tmp_path, ROWS) == []
    assert told(tmp_path, ROWS[:20] + ROWS[21:]) == [
        "prices.csv has no price for `public` at hour 20"
    ]
    assert told(tmp_path, ROWS[1:24] + ROWS[48:]) == [
        "prices.csv has no price for `public` at hour 0",
        f"prices.csv has no price for `home` at hour {', '.join(map(str, range(24)))}",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("public,24,0.5,0.1,test\n", "line 98: `hour` is '24', but must be from 0 to 23"),
        ("publik,3,0.5,0.1,test\n", "line 98: `place` is 'publik', but must be 'public', 'home', "
                                    "'work' or 'depot'"),
        ("public,3,50,0.1,test\n", "line 98: `energy_cny_kwh` is '50', but must be from -5 to 20"),
        ("public,3,,0.1,test\n", "line 98: `energy_cny_kwh` is '', but must be a number"),
        ("public,3,0.5,0.1,test\n", "names the hour `public 3` 2 times"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_told(tmp_path, row, says):
    assert told(tmp_path, [*ROWS, row]) == [f"prices.csv {says}"]


def test_a_missing_table_is_told():
    problems = []
    assert read_prices(TariffSection(name="test", prices="tariff/none.csv"), problems) is None
    assert problems == ["there is no table tariff/none.csv"]
    assert (configs_dir() / "tariff" / "chongqing.csv").is_file()
