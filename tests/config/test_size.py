"""What would take more memory or time than there is, is told before it begins."""

import tracemalloc

import numpy as np
import pytest

from sim import audit, metrics
from sim.config.problems import InputError
from sim.engine import simulate
from sim.freight import corridor
from sim.roads import roads, scenario
from sim.roads.demand import Demand
from tests import corridors, small


def told(cfg) -> list[str]:
    with pytest.raises(InputError) as caught:
        scenario.load(cfg)
    return caught.value.problems


def test_a_calendar_of_a_century(tmp_path):
    days = np.arange("2025-01-01", "2125-01-01", dtype="datetime64[D]")
    rows = "".join(f"{day},,plain,1.0,0.5,yes,test\n" for day in days)
    cfg = small.config(tmp_path)
    (tmp_path / "days.csv").write_text(small.TABLES["days.csv"].splitlines()[0] + "\n" + rows)
    found = told(cfg)
    name = f"{tmp_path}/days.csv"
    assert f"{name} has 36,524 days, but must have from 1 to 400" in found


def test_a_year_that_no_calendar_can_be_counted_from(tmp_path):
    cfg = small.config(tmp_path, days=small.TABLES["days.csv"].replace("2025", "9999"))
    sentence = "line 2: `date` is '9999-09-30', but must be a date from 1970-01-01 to 2199-12-31"
    assert any(text.endswith(sentence) for text in told(cfg))


def test_towns_by_the_ten_thousand(tmp_path):
    nodes = small.TABLES["nodes.csv"] + "".join(
        f"n{n},N,,0,0,district,1,test\n" for n in range(10_000)
    )
    links = small.TABLES["links.csv"] + "".join(
        f"{'fork' if n == 0 else f'n{n - 1}'},n{n},1,100,A1,test\n" for n in range(10_000)
    )
    (found,) = told(small.config(tmp_path, nodes=nodes, links=links))
    assert found.startswith("a replication would take about 4")
    assert found.endswith(" GB of that for 100,090,020 pairs of towns")


def test_cars_by_the_million(tmp_path):
    cfg = small.config(tmp_path)
    cfg["demand"]["vehicles_per_day"] = 1e8
    cfg["engine"]["most_memory"] = 2.0
    (found,) = told(cfg)
    assert "more than `engine.most_memory` = 2; 90 GB of that for 45,000,000 EV trips" in found


def test_a_table_that_is_wrong_in_every_row(tmp_path):
    rows = "".join(f"n{n},N,,0,0,village,1,test\n" for n in range(100_000))
    cfg = small.config(tmp_path, nodes=small.TABLES["nodes.csv"] + rows)
    found = told(cfg)
    name = f"{tmp_path}/nodes.csv"
    assert found[0] == f"{name} has 1,000 problems or more: read until line 1007 only"
    assert found[1].startswith(f"{name} line 8: `kind` is 'village', but must be 'core'")


def test_trucks_by_the_ten_thousand(tmp_path):
    section = corridors.corridor(trucks_in_fleet=100_000, days=30).section
    problems: list[str] = []
    corridor.check({"corridor": section, "engine": small.build(tmp_path).engine}, problems)
    assert problems[:1] == [
        "31 days of the corridor would take about 93 GB of memory, more than `engine.most_memory` "
        "= 16; 93 GB of that for 100,000 trucks"
    ]


def test_more_replications_than_the_most(tmp_path):
    cfg = small.config(tmp_path)
    cfg["engine"]["replications"] = 5000
    (found,) = told(cfg)
    assert found.startswith(
        "`engine.replications` is 5,000, more than `engine.most_replications` = 4: each takes"
    )


@pytest.mark.long
def test_a_region_of_a_thousand_towns(tmp_path):
    """1,031 towns on a grid, 300 service areas, a million pairs: within a GB, as estimated."""
    rng, towns, side = np.random.default_rng(1), 1031, 33
    kinds = [
        "core" if n % 97 == 0 else "gate" if n % 101 == 0 else "district" for n in range(towns)
    ]
    nodes = "".join(
        f"z{n},Z,,{n % side},{n // side},{kind},{n % 50 + 1},test\n" for n, kind in enumerate(kinds)
    )
    ways = [(n, n + 1) for n in range(towns - 1) if (n + 1) % side]
    ways += [(n, n + side) for n in range(towns - side)]
    km = rng.uniform(5.0, 20.0, len(ways)).round(1)
    links = "".join(
        f"z{a},z{b},{x},{rng.choice([60, 80, 100])},R{n},test\n"
        for n, ((a, b), x) in enumerate(zip(ways, km, strict=True))
    )
    areas = "".join(
        f"s{n},S,,R{k},z{ways[k][0]},z{ways[k][1]},1.5,two,0,0,approximate,pair*2,400,50,given,\n"
        for n, k in enumerate(rng.choice(len(ways), 300, replace=False))
    )
    heads = {name: small.TABLES[f"{name}.csv"].splitlines(keepends=True)[0]
             for name in ("nodes", "links", "areas")}  # fmt: skip
    cfg = small.config(
        tmp_path, nodes=heads["nodes"] + nodes, links=heads["links"] + links,
        areas=heads["areas"] + areas,
    )  # fmt: skip
    for section in (cfg["demand"], cfg["reference"]):
        section["vehicles_per_day"] = 100_000.0
    cfg["engine"]["most_memory"] = 1.0
    own = scenario.load(cfg)
    assert len(own.network.ways.ends) == towns
    tracemalloc.start()
    demand = Demand(own)
    evs, trips = demand.traffic(1, 0)
    model, evs = own.driven(own.model(), evs)
    assert tracemalloc.get_traced_memory()[1] < 1e9
    tracemalloc.stop()
    assert 0 < len(model.routes) < trips["drawn"]
    audit.check(simulate(model, evs))


def test_a_large_network_gives_what_a_small_one_would(tmp_path, monkeypatch):
    """Of which only the routes are built that somebody takes."""
    own = small.build(tmp_path)
    demand, window = Demand(own), metrics.Window(own.counted_days())
    evs, _ = demand.traffic(1, 0)
    whole = simulate(*own.driven(own.model(), evs))
    assert len(whole.model.routes) == len(own.routes)
    monkeypatch.setattr(roads, "MOST_ROUTES", 1)
    few = evs[evs["route"] % 3 == 0]
    lean = simulate(*own.driven(own.model(), few))
    assert len(lean.model.routes) < len(whole.model.routes)
    monkeypatch.undo()
    same = simulate(own.model(), few)
    assert metrics.stations(lean, window).equals(metrics.stations(same, window))
    assert lean.visits.tobytes() == same.visits.tobytes()
