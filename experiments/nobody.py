"""What is said first, and alone, where nobody charged: figures of nothing are no answer."""

from collections.abc import Mapping, Sequence

from sim.lifecycle import Outcome
from sim.study.case import Replication

WORDS = {
    Outcome.SERVED: "need nothing", Outcome.SERVED_PARTLY: "leave before power flows",
    Outcome.BALKED: "balk at the line",
    Outcome.RENEGED: "give up waiting", Outcome.REROUTED: "drive on",
    Outcome.IN_SYSTEM_AT_END: "are still there at the end",
}  # fmt: skip


def said(name: str, replications: Sequence[Replication]) -> str:
    """The sentence about a design of that name; empty where somebody charged."""
    network, trips = (
        {key: sum(own[key] for own in each) for key in each[0]}
        for each in ([r.figures for r in replications], [r.counts for r in replications])
    )
    if network["energy_kwh"] > 0.0:
        return ""
    if not network["visits"]:
        drawn = trips["drawn"] / len(replications)
        why = (
            f"{drawn:,.0f} EV trips pass one, but none needs it"
            if drawn
            else "no EV is on a route that passes one"
        )
        return f"No EV stops at any station in {name}: {why}. There is nothing to judge."
    counts = {outcome: network[outcome.name.lower()] for outcome in WORDS}
    return of_visits(f"in {name}", network["visits"] / len(replications), counts)


def of_visits(where: str, visits: float, counts: Mapping[Outcome, float]) -> str:
    """The sentence about visits in which nobody charged, and what became of them instead."""
    total = sum(counts.values()) or 1.0
    ends = [
        f"{100 * count / total:.0f} % {WORDS[outcome]}"
        for outcome, count in counts.items()
        if count and outcome in WORDS
    ]
    return f"Nobody charges {where}: of {visits:,.0f} visits {', '.join(ends)}."
