"""What is said first, and alone, where nobody charged: figures of nothing are no answer."""

from collections.abc import Mapping, Sequence

from sim.lifecycle import Outcome
from sim.report.finding import Finding, Name, Term, found
from sim.study.study import Replication

ENDS = (
    Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.BALKED, Outcome.RENEGED, Outcome.REROUTED,
    Outcome.IN_SYSTEM_AT_END,
)  # fmt: skip


def said(name: Name, replications: Sequence[Replication]) -> Finding | None:
    """The sentence about a design of that name; None where somebody charged."""
    network, trips = (
        {key: sum(own[key] for own in each) for key in each[0]}
        for each in ([r.network for r in replications], [r.trips for r in replications])
    )
    if network["energy_kwh"] > 0.0:
        return None
    if not network["visits"]:
        drawn = trips["drawn"] / len(replications)
        passing = found("nobody.needs", name=name, trips=drawn)
        return passing if drawn else found("nobody.passes", name=name)
    counts = {outcome: network[outcome.name.lower()] for outcome in ENDS}
    where = found("nobody.in", name=name)
    return of_visits(where, network["visits"] / len(replications), counts)


def of_visits(where: Finding | Term, visits: float, counts: Mapping[Outcome, float]) -> Finding:
    """The sentence about visits in which nobody charged, and what became of them instead."""
    total = sum(counts.values()) or 1.0
    ends = [
        found(f"nobody.ends.{outcome.name.lower()}", share=count / total)
        for outcome, count in counts.items()
        if count and outcome in ENDS
    ]
    return found("nobody.charges", where=where, visits=visits, ends=ends)
