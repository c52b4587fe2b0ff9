"""Mobile units: where they are sent, when they are there, and what of it is refused."""

from collections import Counter

import pytest
import yaml

from sim.lifecycle import Change
from sim.roads import mobile, scenario
from sim.roads.demand import Demand
from tests import small
from tests.roads.test_scenario import CONFIGS, published, refused


def fleet(**changes):
    own = {"units": 3, "cabinet": "pair", "roads": ["A1"], "source": "test"}
    return own | changes


def build(folder, **changes):
    cfg = small.config(folder)
    cfg["station"]["mobile"] = fleet(**changes)
    return scenario.load(cfg)


@pytest.fixture(scope="module")
def chongqing():
    cfg = published(policy="none")
    own = yaml.safe_load((CONFIGS / "station/chongqing_mobile.yaml").read_text())
    cfg["station"]["mobile"] = own["mobile"]
    return scenario.load(cfg)


def passing(own):
    """The same from the routes of all pairs."""
    demand = Demand(own)
    trips = demand.flows[demand.pairs.passes][:, own.counted_days()].sum(axis=1)
    found = dict.fromkeys(own.network.stations, 0.0)
    for count, route in zip(trips, own.routes, strict=True):
        for stop in route.stops:
            found[own.network.stations[stop.station]] += count
    return found


@pytest.mark.parametrize("where", ["small", "chongqing"])
def test_trips_past_a_station_are_those_of_all_routes_that_pass_it(where, tmp_path, chongqing):
    own = chongqing if where == "chongqing" else build(tmp_path)
    days = [own.calendar[n] for n in own.counted_days()]
    found = mobile.passing(own.network, own.config.demand, days)
    assert found == pytest.approx(passing(own))


def test_all_units_go_to_stations_of_the_roads(chongqing):
    assert sum(chongqing.sent.values()) == 53
    assert {chongqing.network.places[name].road for name in chongqing.sent} == {"G42", "G65"}


def test_nowhere_on_these_roads_would_one_be_of_more_use(chongqing):
    """The method of highest averages: no unit's average is below that of one more elsewhere."""
    trips, sent = passing(chongqing), chongqing.sent
    own = {n: a for n, a in chongqing.network.places.items() if a.road in ("G42", "G65")}
    evses = {n: sum(len(c.evses) for c in chongqing.hardware[n].cabinets) for n in own}
    last = min(trips[n] / (evses[n] + 2 * (sent[n] - 1)) for n in sent)
    following = max(trips[n] / (evses[n] + 2 * sent.get(n, 0)) for n in own)
    assert last >= following


def test_units_come_with_the_holiday_and_stay(tmp_path):
    own = build(tmp_path)
    plain = small.build(tmp_path)
    more = {
        name: len(a.evses) - len(b.evses)
        for name, a, b in zip(own.network.stations, own.stations, plain.stations, strict=True)
    }
    assert +Counter(more) == {name: 2 * count for name, count in own.sent.items()}
    came = [c for c in own.model().changes if c.kind == Change.EVSE_UP]
    assert {c.time_h for c in came} == {24.0}
    assert Counter(own.network.stations[c.station] for c in came) == +Counter(more)
    assert own.reference().sent == {}
    assert len(own.reference().stations[0].evses) == len(plain.stations[0].evses)


def test_what_is_built_sends_no_unit_elsewhere(tmp_path):
    own = build(tmp_path)
    bigger = own.with_(**{"station.overrides.near_out.evses": 20})
    assert bigger.sent == own.sent
    last = bigger.stations[bigger.network.stations.index("near_out")]
    assert len(last.evses) == 20 + 2 * own.sent.get("near_out", 0)


def test_nobody_pays_for_units_that_are_sent(tmp_path):
    own = build(tmp_path, units=20).hardware["near_out"]
    assert own.sent
    after = own.built(*_upgrade(tmp_path))
    assert len(after.mobile) == own.sent + 1
    assert own.bill(_upgrade(tmp_path)[0], after, 2)["mobile_evse_day"] == 2 * 2


def _upgrade(folder):
    cfg = small.ruled(folder, action={"mobile": {"cabinets": "pair*1"}})
    rule = scenario.load(cfg).config.policy.upgrade_rule
    return rule.action, rule.transformers


def test_none_is_as_before(tmp_path):
    cfg = small.config(tmp_path)
    plain = scenario.load(cfg)
    cfg["station"]["mobile"] = None
    off = scenario.load(cfg)
    assert (off.key, off.sent) == (plain.key, {})


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"roads": ["A2"]}, "`station.mobile.roads` has a road without a station, `A2`: known "
         "are `A1`"),
        ({"roads": ["B2"]}, "`station.mobile.roads` has a road without a station, `B2`"),
        ({"roads": []}, "`station.mobile.roads`"),
        ({"roads": ["A1", "A1"]}, "`A1` is there more than once"),
        ({"cabinet": "pare"}, "`station.mobile.cabinet` is an unknown type `pare`: did you mean "
         "`pair`?"),
        ({"units": 0}, "`station.mobile.units` is 0, but must be from 1 to 10,000"),
        ({"source": ""}, "`station.mobile.source`"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence(tmp_path, changes, says):
    cfg = small.config(tmp_path)
    cfg["station"]["mobile"] = fleet(**changes)
    (problem,) = refused(cfg)
    assert problem.startswith(says) or says in problem


def test_on_ordinary_days_nobody_sends_any(tmp_path):
    cfg = small.config(tmp_path)
    cfg["demand"]["holiday"] = False
    cfg["station"]["mobile"] = fleet()
    (problem,) = refused(cfg)
    assert problem.startswith("`station.mobile` sends units in holidays, but ")
    assert problem.endswith("days.csv is no holiday")
