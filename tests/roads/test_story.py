"""The rule as it is told for one driver is the rule that the kernels run, for everybody."""

from collections import Counter

import numpy as np
import pytest

from sim.config.problems import InputError
from sim.engine import simulate
from sim.lifecycle import Outcome
from sim.roads import case, driver, story
from tests import small


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    return small.build(tmp_path_factory.mktemp("roads"))


@pytest.fixture(scope="module")
def run(scenario):
    model, evs = case.drawn(scenario, 0)
    return simulate(model, evs)


@pytest.fixture(scope="module")
def drivers(run):
    """Some of every way to end, and some who never came to a station."""
    visits = run.visits
    each = [np.unique(visits["ev"][visits["outcome"] == outcome])[:4] for outcome in Outcome]
    plans = np.flatnonzero(run.evs["rule"] == 1)
    each.append(np.intersect1d(plans, visits["ev"])[:12])
    each.append(np.setdiff1d(np.arange(len(run.evs)), visits["ev"])[:3])
    return np.unique(np.concatenate(each)).tolist()


@pytest.fixture(scope="module")
def stories(scenario, drivers):
    return {ev: story.tell(scenario, 0, ev) for ev in drivers}


def test_the_rule_says_what_happened(stories):
    assert [ev for ev, own in stories.items() if not own.agrees] == []
    kinds = Counter(moment.kind for own in stories.values() for moment in own.moments)
    assert set(kinds) >= {
        "entered", "decided", "looked", "arrived", "turned_away", "joined", "reneged", "charged",
        "left_partly", "waits", "ended",
    }  # fmt: skip


def test_every_visit_is_in_its_story(stories, run):
    for ev, own in stories.items():
        visits = run.visits[(run.visits["ev"] == ev) & (run.visits["station"] >= 0)]
        arrived = [moment for moment in own.moments if moment.kind == "arrived"]
        assert [moment.time_h for moment in arrived] == visits["arrival_h"].tolist()
        times = [moment.time_h for moment in own.moments]
        assert times == sorted(times)


def test_what_a_driver_saw_on_arrival_is_what_it_did(stories, run):
    """Who found a free EVSE and no line did not wait, and everybody else did or went away."""
    for ev, own in stories.items():
        visits = run.visits[(run.visits["ev"] == ev) & (run.visits["station"] >= 0)]
        arrived = [moment.view for moment in own.moments if moment.kind == "arrived"]
        for view, row in zip(arrived, visits, strict=True):
            at_once = row["plug_h"] == row["arrival_h"]
            assert at_once == (view.line == 0 and view.free > 0)


def test_power_changes_while_it_is_there_and_its_own_are_among_them(stories):
    changes = 0
    for ev, own in stories.items():
        for moment in own.moments:
            if moment.kind == "charged":
                what = [change.what for change in moment.changes if change.ev == ev]
                assert {"plug", "session_end", "unplug"} <= set(what)
                assert all(c.power_kw <= c.cap_kw * (1 + 1e-9) for c in moment.changes)
                changes += len(moment.changes)
    assert changes


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("stays_away", lambda self, station, view: False),
        ("alternative", lambda self, stop, kwh: -1),
        ("goal", lambda self, stop: 0.0),
        ("_charge_h", lambda self, station, begin, end: begin),
    ],
)
def test_another_rule_would_be_noticed(scenario, drivers, monkeypatch, name, wrong):
    monkeypatch.setattr(driver.Driver, name, wrong)
    assert not all(story.tell(scenario, 0, ev).agrees for ev in drivers)


def test_the_driver_of_a_visit(scenario, run):
    visit = len(run.visits) // 2
    assert story.tell(scenario, 0, None, visit).ev == run.visits["ev"][visit]
    with pytest.raises(InputError, match="there is no visit 1000000: the last one is"):
        story.tell(scenario, 0, None, 1_000_000)
    with pytest.raises(InputError, match="there is no EV 1000000: the last one is"):
        story.tell(scenario, 0, 1_000_000)
