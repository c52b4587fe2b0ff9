"""Sharing on the tree: max-min against its definition, the other rules against the plain twin's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import records, share
from sim.lifecycle import Sharing
from tests.reference import power

powers = st.lists(st.floats(0.0, 400.0), min_size=1, max_size=8)


def allocate(cabinets, cabinet_kw, cap):
    wanted = [kw for cabinet in cabinets for kw in cabinet]
    got = np.array(wanted)
    share.max_min(rows(cabinets, cabinet_kw), cap, got, 0, len(wanted))
    of = np.repeat(np.arange(len(cabinets)), [len(c) for c in cabinets])
    return np.array(wanted), got, of


def rows(cabinets, cabinet_kw):
    found = np.zeros(len(cabinets), records.CABINET)
    found["slot_end"] = np.cumsum([len(c) for c in cabinets])
    found["slot_start"][1:] = found["slot_end"][:-1]
    found["kw"] = cabinet_kw
    return found


def test_by_hand():
    # Cabinet 1 gives 30 + 30 (level 30); of 100 kW at the site, 10 + 30 + 30 + 30 remain fair.
    _, got, _ = allocate([[10.0, 50.0], [40.0, 60.0]], [np.inf, 60.0], 100.0)
    assert got == pytest.approx([10.0, 30.0, 30.0, 30.0])


@settings(max_examples=200, deadline=None)
@given(st.lists(powers, min_size=1, max_size=4), st.data())
def test_nobody_can_get_more_without_somebody_with_less_losing(cabinets, data):
    n = len(cabinets)
    limits = data.draw(st.lists(st.floats(0.0, 600.0), min_size=n, max_size=n))
    cap = data.draw(st.floats(0.0, 1000.0))
    wanted, got, of = allocate(cabinets, limits, cap)
    assert (got <= wanted + 1e-9).all()
    assert (got >= 0).all()
    sums = np.bincount(of, got, minlength=len(cabinets))
    assert (sums <= np.array(limits) + 1e-9).all()
    assert got.sum() <= cap + 1e-9
    for i in np.flatnonzero(got < wanted - 1e-9):
        # a bottleneck: a full limit above i under which nobody has more than i
        at_cabinet = sums[of[i]] >= limits[of[i]] - 1e-7 and got[i] >= got[of == of[i]].max() - 1e-7
        at_site = got.sum() >= cap - 1e-7 and got[i] >= got.max() - 1e-7
        assert at_cabinet or at_site


def test_rounding_does_not_keep_the_water_from_settling():
    # 600 / 28 kW is what each of cabinet 5 has already, but for the last bit.
    evs = (1, 5, 4, 4, 4, 7, 3)
    wanted = [[82.89873530975785], *([120.0] * n for n in evs[1:])]
    _, got, _ = allocate(wanted, [150.0] * 7, 600.0)
    assert got == pytest.approx([600.0 / 28] * 28, rel=1e-12)


@settings(max_examples=300, deadline=None)
@given(st.lists(powers, min_size=1, max_size=4), st.sampled_from(list(Sharing)[1:]), st.data())
def test_other_rules_as_the_twin_has_them(cabinets, rule, data):
    n, evs = len(cabinets), sum(map(len, cabinets))
    limits = data.draw(st.lists(st.floats(0.0, 600.0) | st.just(np.inf), min_size=n, max_size=n))
    cap, module_kw = data.draw(st.floats(0.0, 1000.0)), data.draw(st.sampled_from([20.0, 37.5]))
    on_h = data.draw(st.lists(st.integers(0, 3), min_size=evs, max_size=evs))
    of = np.repeat(np.arange(n), [len(c) for c in cabinets])
    slots = np.zeros(evs, records.SLOT)
    slots["cabinet"], slots["on_ns"] = of, on_h
    wanted = [kw for own in cabinets for kw in own]
    got, spare = np.array(wanted), np.zeros((3, evs))
    share.by_rule(
        slots, rows(cabinets, limits), cap, int(rule), module_kw, got, 0, evs, spare
    )  # fmt: skip
    charging = [power.Charging(*ev) for ev in zip(wanted, of, on_h, strict=True)]
    theirs = power.RULES[rule](charging, power.Limits(limits, cap, module_kw))
    assert got == pytest.approx(theirs, abs=1e-9)
    assert got.sum() <= cap + 1e-9
