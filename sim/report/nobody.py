"""What is said first, and alone, where nobody charged: figures of nothing are no answer."""

from collections.abc import Mapping, Sequence

from sim.lifecycle import Outcome
from sim.report.finding import Finding, Given, Term, found
from sim.report.language import Words
from sim.study.case import Replication

ENDS = (
    Outcome.SERVED, Outcome.SERVED_PARTLY, Outcome.BALKED, Outcome.RENEGED, Outcome.REROUTED,
    Outcome.IN_SYSTEM_AT_END,
)  # fmt: skip


def finding(name: str, replications: Sequence[Replication]) -> Finding | None:
    """About a design of that name; None where somebody charged."""
    network, trips = (
        {key: sum(own[key] for own in each) for key in each[0]}
        for each in ([r.figures for r in replications], [r.counts for r in replications])
    )
    if network["energy_kwh"] > 0.0:
        return None
    if not network["visits"]:
        drawn = trips["drawn"] / len(replications)
        why = found("nobody.needs", trips=drawn) if drawn else found("nobody.passes")
        return found("nobody.stops", name=Given(name), why=why)
    return found(
        "nobody.charges_in", name=Given(name), visits=network["visits"] / len(replications),
        ends=_ends({outcome: network[outcome.name.lower()] for outcome in ENDS}),
    )  # fmt: skip


def said(name: str, replications: Sequence[Replication]) -> str:
    """The same as an English sentence; empty where somebody charged."""
    own = finding(name, replications)
    return Words("en")(own) if own else ""


def of_visits(where: Term, visits: float, counts: Mapping[Outcome, float]) -> Finding:
    """About visits in which nobody charged, and what became of them instead."""
    return found("nobody.charges", where=where, visits=visits, ends=_ends(counts))


def _ends(counts: Mapping[Outcome, float]) -> list[Finding]:
    total = sum(counts.values()) or 1.0
    return [
        found(f"nobody.{outcome.name.lower()}", share=count / total)
        for outcome, count in counts.items()
        if count and outcome in ENDS
    ]
