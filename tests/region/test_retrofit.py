"""Whom a rule flags, and what becomes of a station: the toy, counted by hand.

arcade  2016  two guns of 60 kW, a cabinet each; 160 kVA
depot   2024  super: a stack of 600 kW with five guns of 120 and one of 480
inn     2019  a cabinet of 120 kW with two guns of 120; 160 kVA
mill    2022  two such cabinets; 315 kVA
yard    2025  four AC piles of 7 kW; 50 kVA
"""

import copy

import pytest
from pydantic import ValidationError

from sim.config import compose
from sim.config.problems import InputError, explain
from sim.engine import simulate
from sim.evs import make_evs
from sim.model import Model
from sim.region import load, retrofit
from sim.region.retrofit import RetrofitRule
from sim.region.sites import sites
from sim.stations.costs import prices
from tests.region.regions import shipped, with_cells

ARCADE, DEPOT, INN, MILL, YARD = range(5)
SITE = {"under_kw": 480.0, "of": "guns"}


def rule(**changes):
    """The plan's, with other settings."""
    own = copy.deepcopy(compose.choice("retrofit_rule", "plan"))
    return RetrofitRule.model_validate({**own, **changes})


def names(flags):
    toy = shipped("toy").stations.names
    return " ".join(name for name, is_flagged in zip(toy, flags, strict=True) if is_flagged)


def flagged(year=2025, region=None, **changes):
    region = region or shipped("toy")
    return names(retrofit.flagged(rule(**changes), region.stations, year))


def test_each_clause_of_the_plan():
    own = retrofit.by_clause(rule(), shipped("toy").stations, 2025)
    assert {name: names(flags) for name, flags in own.items()} == {
        "age": "arcade inn",  # since 2016 and 2019: 9 and 6 years; the others 3 at most
        "gun": "arcade yard",  # 60 and 7 kW
        "site": "arcade inn yard",  # 120, 240, 28 kW; mill has 4 x 120 = 480, not less
    }
    assert flagged() == "arcade inn yard"
    assert flagged(combine="all") == "arcade"


@pytest.mark.parametrize(
    ("year", "whom"),
    [(2020, ""), (2021, "arcade"), (2023, "arcade"), (2024, "arcade inn"),
     (2027, "arcade inn mill")],
)  # fmt: skip
def test_a_station_comes_of_age_at_the_end_of_a_year(year, whom):
    assert flagged(year, age_years=5.0, gun=None, site=None) == whom


@pytest.mark.parametrize(("of", "kw"), [("weakest", 7.0), ("mean", 487.0 / 5), ("most", 120.0)])
def test_which_gun_counts(of, kw):
    """The mill with a pile beside it: four guns of 120 kW and one of 7."""
    mixed = retrofit.retrofitted(shipped("toy"), retrofit.Rebuilding(add="slow_7*1"), [MILL])
    for under_kw in (kw, kw + 0.001):
        own = rule(gun={"under_kw": under_kw, "of": of}, age_years=None, site=None)
        assert retrofit.flagged(own, mixed.stations, 2025)[MILL] == (under_kw > kw)


def test_guns_in_sum_or_what_stacks_deliver():
    """The mill's four guns of 120 kW share two cabinets of 120."""
    site = {"age_years": None, "gun": None}
    assert flagged(**site, site=SITE | {"of": "stack"}) == "arcade inn mill yard"
    assert flagged(**site, site={"of": "stack", "under_kw": 240.0}) == "arcade inn yard"
    assert flagged(**site, site={"of": "guns", "under_kw": 240.0}) == "arcade yard"


def test_super_stations_are_never_flagged():
    assert "depot" not in flagged(site={"under_kw": 5000.0, "of": "guns"}, year=2099)


def test_a_stack_takes_the_bays_of_what_is_weaker():
    region = shipped("toy")
    before = region.stations.rows.copy()
    after = retrofit.retrofitted(region, rule().action, [INN, YARD])
    assert after.stations.cabinets == (
        "single_60*2", "stack_600*1", "stack_600*1", "dual_120*2", "stack_600*1"
    )  # fmt: skip
    yard = after.stations.rows[YARD]
    assert (yard["guns"], yard["chargers"], yard["is_super"]) == (6, 6, True)
    assert (yard["kw"], yard["least_gun_kw"], yard["most_gun_kw"]) == (600.0, 120.0, 480.0)
    # 600 kW x 0.7 / (0.92 x 0.98 x 0.85) = 548.03: the step of 630 kVA.
    assert yard["kva"] == 630.0
    assert (region.stations.rows == before).all()  # it is another region
    assert after.stations.rows[MILL] == before[MILL]
    assert after.candidates is region.candidates


def test_what_is_not_weaker_stays():
    """Of eight piles and a stack six make room: two piles, two stacks."""
    own = retrofit.rebuilt("slow_7*8+stack_600*1", rule().action, shipped("toy").section)
    assert own == "slow_7*2+stack_600*2"
    more = retrofit.Rebuilding(add="dual_120*1")
    assert retrofit.rebuilt("dual_120*2+slow_7*1", more, shipped("toy").section) == (
        "dual_120*3+slow_7*1"
    )


def test_what_it_costs():
    """A liquid-cooled stack of 600 kW at 650 CNY, six EVSEs at 15,000, 630 kVA at 165 and the
    works, 670,000; nothing for the transformer where it is big enough."""
    region, table = shipped("toy"), prices("policy/upgrade_costs.csv", [])
    stack = 600 * 650.0 + 6 * 15_000.0
    works = 630 * 165.0 + 670_000.0
    own = rule().action
    assert retrofit.cost(region, own, [YARD], table).typical == stack + works
    assert retrofit.cost(region, own, [YARD, INN], table).typical == 2 * (stack + works)
    assert retrofit.cost(region, own, [], table).typical == 0.0
    more = retrofit.Rebuilding(add="dual_120*1")  # 148 kW at the yard, 720 at the depot
    cabinet = 120 * 317.0 + 2 * 15_000.0
    assert retrofit.cost(region, more, [DEPOT], table).typical == cabinet + 800 * 165.0 + 670_000.0
    assert retrofit.cost(region, more, [YARD], table).typical == cabinet + 160 * 165.0 + 670_000.0
    single = retrofit.Rebuilding(add="single_60*1")  # 300 kW x 0.7 / 0.766 = 274 of 315 kVA
    assert retrofit.cost(region, single, [MILL], table).typical == 60 * 317.0 + 15_000.0


def test_the_engine_runs_what_is_built():
    """At the yard an EV took 7 kW; at the stack it takes what its curve allows."""
    region = shipped("toy")
    energy = []
    for own in (region, retrofit.retrofitted(region, rule().action, [YARD])):
        model = Model(sites(own).stations, own.vehicles(1e-3))
        evs = make_evs(1, place=[YARD], vehicle=0, entry_kwh=10.0, target_kwh=17.0, entry_h=[0.0])
        row = simulate(model, evs).sessions().iloc[0]
        energy.append((row["energy_kwh"], row["charge_min"]))
    (slow_kwh, slow_min), (fast_kwh, fast_min) = energy
    assert slow_kwh == pytest.approx(fast_kwh) == pytest.approx(7.0)
    assert slow_min == pytest.approx(60.0)
    assert fast_min < 12.0


WRONG = [
    ({"age_years": None, "gun": None, "site": None},
     "the rule has no clause: give age_years, gun or site"),
    ({"gun": {"under_kw": 80.0, "of": "median"}},
     "`gun.of` is 'median', but must be 'weakest', 'mean' or 'most'"),
    ({"site": {"under_kw": 480.0}}, "`site.of` is missing"),
    ({"combine": "either"}, "`combine` is 'either', but must be 'any' or 'all'"),
    ({"budget_stations": 0}, "`budget_stations` is 0, but must be from 1 to 100,000,000"),
    ({"action": {}}, "`action`: it changes nothing: give replace or add"),
    ({"sources": {"gun": "me"}},
     "sources lacks action, age_years, budget_stations, site: give a source, or say assumed"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), WRONG, ids=[says[:30] for _, says in WRONG])
def test_what_is_no_rule_is_told(changes, says):
    with pytest.raises(ValidationError) as told:
        rule(**changes)
    assert explain(told.value) == [says]


UNFIT = [
    ({"action": {"replace": "stak_600*1"}},
     ["unknown type of cabinet `stak_600`: did you mean `stack_600`?"]),
    ({"action": {"add": "dual_120*1"}},
     ["`five years, 80 kW a gun or 480 kW a site` builds guns of 120 kW at most, but a super "
      "station has one of 480"]),
    ({"age_years": 50.0, "gun": None, "site": None},
     ["`five years, 80 kW a gun or 480 kW a site` flags no station of Toy, end of 2025: it "
      "retrofits nobody"]),
    ({"action": {"add": "stack_600*50"}, "gun": None, "site": None},
     ["`arcade` would need a transformer of 27,512 kVA, but may have at most 20,000",
      "`inn` would need a transformer of 27,512 kVA, but may have at most 20,000"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), UNFIT, ids=[says[0][:30] for _, says in UNFIT])
def test_what_a_region_cannot_follow_is_told(changes, says):
    assert [*retrofit.check(rule(**changes), shipped("toy"))] == says


def test_a_station_without_its_year(tmp_path):
    """It is told where a clause asks for its age, and only there."""
    settings = with_cells(tmp_path, {("stations", "mill", "year"): ""})
    region = load.drawn(load.checked(settings))
    with pytest.raises(InputError) as told:
        retrofit.flagged(rule(), region.stations, 2025)
    assert told.value.problems == [
        "station `mill` has no year, but `five years, 80 kW a gun or 480 kW a site` asks for its "
        "age"
    ]
    assert flagged(region=region, age_years=None) == "arcade inn yard"
    assert [*retrofit.check(rule(), region)] == told.value.problems


def test_the_plan_can_be_followed_in_chongqing():
    """Whom it flags is what it says of made places: ordinary ones only, each clause some."""
    city = shipped("chongqing_2025")
    assert not [*retrofit.check(rule(), city)]
    ordinary = ~city.stations.rows["is_super"]
    clauses = retrofit.by_clause(rule(), city.stations, 2026)
    flags = retrofit.flagged(rule(), city.stations, 2026)
    assert all(0 < own.sum() < ordinary.sum() for own in clauses.values())
    assert (flags == (clauses["age"] | clauses["gun"] | clauses["site"])).all()
    assert not flags[~ordinary].any()
