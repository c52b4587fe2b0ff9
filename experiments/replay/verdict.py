"""What was found in a trace: figures of one run of given visits, so that nothing is claimed of
other days but by the intervals of a what-if."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sim.lifecycle import Outcome
from sim.report import nobody
from sim.report.finding import Finding, Term, found

COMPARED = ("wait_min", "energy_kwh", "stay_min")
ENDS = (Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.RENEGED)
LONG_OVERSTAY_H = 48.0
LONGEST = 4  # stations of the verdict
ALL = "all that changed"  # stations of a what-if together

Answer = Mapping[str, Any]


def verdict(answer: Answer) -> list[Finding]:
    """The answer in a few sentences; the first is the headline."""
    net = answer["network"]
    if net["energy_kwh"] > 0.0:
        lines = _told(answer)
    else:
        counts = {outcome: float(net[outcome.name.lower()]) for outcome in ENDS}
        lines = [nobody.of_visits(Term("here"), net["visits"], counts)]
    lines += [
        found("verdict.what_if", station=named(name), change=_compared(own))
        for name, own in answer.get("what_if", {}).get("differences", {}).items()
    ]
    if answer["longest_overstay_h"] > LONG_OVERSTAY_H:  # may be, but nobody should overlook it
        lines.append(found("verdict.overstay", days=answer["longest_overstay_h"] / 24.0))
    return [*lines, found("verdict.one_run")]


def named(station: str) -> str | Term:
    """A station of a what-if, or all of them."""
    return Term("what_if.all") if station == ALL else station


def within(change: Mapping[str, Any], quantity: str) -> Finding:
    """The 95 % interval of a change, or why there is none: `three days: no interval`."""
    if change["low"] is None:
        return found("what_if.no_interval", days=Term(f"days.{change['clusters']}"))
    return found(f"within.{quantity}", low=change["low"], high=change["high"])


def _told(answer: Answer) -> list[Finding]:
    net, stations, first = answer["network"], answer["stations"], answer["first_day"]
    share = {outcome.name.lower(): net[outcome.name.lower()] / net["visits"] for outcome in ENDS}
    since = found("verdict.since", day=date.fromisoformat(first)) if first else ""
    longest = sorted(stations.values(), key=lambda own: -(own["wait_min_p95"] or 0.0))[:LONGEST]
    each = [
        found("verdict.one_of_longest", station=own["station"], wait=own["wait_min_p95"] or 0.0)
        for own in longest
    ]
    return [
        found("verdict.visits", since=since, **share,
              **{key: net[key] for key in ("visits", "stations", "evses", "span_h")}),
        found("verdict.delivered", energy=net["energy_kwh"], held_back=net["curtailed_kwh"]),
        found("verdict.utilization", share=net["time_utilization"]),
        found("verdict.waits", mean=net["wait_min_mean"], longest=net["wait_min_max"],
              long=net["over_30_share"], p50=net["wait_min_p50"],
              p90=net["wait_min_p90"], p95=net["wait_min_p95"]),
        *([found("verdict.longest", stations=each)] if net["wait_min_max"] > 0.0 else []),
    ]  # fmt: skip


def _compared(own: Mapping[str, Any]) -> Finding:
    if not own:
        return found("what_if.no_visits")
    wait = own["wait_min"]
    waits = found(
        "what_if.nobody_waits" if wait["before"] == wait["after"] == 0.0 else "what_if.waits",
        change=_change(wait, "wait_min"),
        **{key: wait[key] for key in ("n", "before", "after", "less", "more")},
    )
    changes = {key: _change(own[key], key) for key in COMPARED[1:]}
    return found("what_if.changes", waits=waits, **changes)


def _change(change: Mapping[str, Any], quantity: str) -> Finding:
    """`-3.0 min (95 % -4.1 to -1.9, days as clusters)`, or why there is no interval."""
    sure = within(change, quantity)
    if change["low"] is not None:
        sure = found("what_if.by_days", interval=sure)
    return found(f"change.{quantity}", mean=change["mean"], sure=sure)
