"""Searches over runs of a corridor: how many trucks it can carry, and the least that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sim import audit
from sim.freight.case import Freight
from sim.ledger import Ledger
from sim.stats import root
from sim.study.case import Replication


@dataclass(frozen=True)
class Criteria:
    """What a corridor must give its trucks: P95 waits for charging (on shift) and at the gate of at
    most `wait_p95_min`, `energy_share` of the energy they want, and nobody stranded."""

    wait_p95_min: float
    energy_share: float

    def margin(self, found: Mapping[str, float]) -> float:
        """No more than 0 if all holds; grows with what is worst."""
        waits = max(found["wait_min_p95"], found["gate_wait_min_p95"])
        lost, allowed = 1.0 - found["energy_served_share"], 1.0 - self.energy_share
        return max(
            waits / self.wait_p95_min - 1.0,
            lost / allowed - 1.0 if allowed > 0.0 else lost,
            found["stranded"] or -1.0,
        )

    def failing(self, found: Mapping[str, float]) -> str:
        """The criterion that is missed most, or comes nearest to it."""
        return max(
            ("wait", found["wait_min_p95"] / self.wait_p95_min),
            ("gate", found["gate_wait_min_p95"] / self.wait_p95_min),
            ("energy", (1.0 - found["energy_served_share"]) / max(1e-9, 1.0 - self.energy_share)),
            ("stranding", 2.0 * found["stranded"]),
            key=lambda pair: pair[1],
        )[0]


def capacity(
    freight: Freight, replication: int, wait_p95_min: float, energy_share: float, most: int,
    resolution: float,
) -> Replication:  # fmt: skip
    """The greatest fleet for which the criteria hold (`capacity`), and its figures; the trucks of
    the case are the first guess.  `more` says what `breaks` with more of them.

    Of the runs of a search only the one at its end is audited.
    """
    freight = freight.of(replication)
    criteria, seen = Criteria(wait_p95_min, energy_share), dict[int, dict[str, float]]()
    holds: dict[int, Ledger] = {}  # the last one

    def margin(trucks: int) -> float:
        measured = freight.run(replication, trucks)
        seen[trucks] = measured.summary()
        found = criteria.margin(seen[trucks])
        if found <= 0.0:
            holds.clear()
            holds[trucks] = measured.ledger
        return found

    found = root.greatest(margin, freight.trucks, most, resolution)
    for ledger in holds.values():
        audit.check(ledger)
    above = min((n for n in seen if n > found.value), default=None)
    at = seen.get(found.value) or dict.fromkeys(next(iter(seen.values())), 0.0)
    breaks = criteria.failing(seen[above]) if above else "none"
    return Replication(
        {**at, "capacity": found.value},
        counts={"runs": len(seen)},
        more={"is_most": found.is_most, "breaks": breaks},
    )


def fewest(
    freight: Freight, replication: int, wait_p95_min: float, energy_share: float,
    of: Literal["cabinets", "kva"], site: str, guess: int, most: int,
) -> Replication:  # fmt: skip
    """The fewest cabinets of a site (its transformer unlimited), or the least step of kVA, with
    which the criteria hold (`least`); None: not even the most are enough."""
    corridor, runs = freight.of(replication).corridor, 0
    criteria, steps = Criteria(wait_p95_min, energy_share), corridor.section.transformers.kva

    def margin(n: int) -> float:
        nonlocal runs
        runs += 1
        if of == "kva":
            changed = corridor.with_site(site, kva=steps[n - 1])
            if min(changed.caps_kw(site)) <= corridor.section.module_kw:
                return 1e3  # not one truck could charge at every hour
        else:
            (kind,) = corridor.section.sites[site].cabinets
            changed = corridor.with_site(site, cabinets={kind: n}, kva=None)
        return criteria.margin(Freight(changed, freight.seed).run(replication).summary())

    least = root.fewest(margin, guess, min(most, len(steps)) if of == "kva" else most)
    if of == "kva" and least is not None:
        return Replication({"least": steps[least - 1]}, counts={"runs": runs})
    return Replication({"least": least}, counts={"runs": runs})
