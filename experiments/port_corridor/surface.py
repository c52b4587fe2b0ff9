"""Question 2: the capacity over cabinets, their power and the transformer, and what binds where.

The hub is in question: other sites are ample, as is said on the page.
"""

from collections.abc import Mapping
from math import ceil
from typing import Any

from experiments.port_corridor.capacity import WORDS, bound, named, relaxed
from experiments.port_corridor.study import PortStudy, ample
from sim.freight.corridor import Corridor
from sim.report.words import signed, span
from sim.study.results import Results

Point = tuple[str, int, float]  # type of cabinet, how many, kVA
QUICK_KVA = slice(None, None, 2)


def answer(study: PortStudy) -> dict[str, Any]:
    """At every point the capacity, and what raises it most if there is more of it."""
    base = ample(study.corridor, study.corridor.section.hub)
    points = grid(study, base)
    first = study.capacities(
        {point: at(base, point) for point in points}, study.fewer, "the capacity surface",
        {point: _guess(study, point) for point in points},
    )  # fmt: skip
    changed: dict[tuple[Point, str], Corridor] = {}
    for point in points:
        for name, other in relaxed(at(base, point), study.own.step).items():
            changed[point, name] = other
    found = study.capacities(
        changed, study.fewer, "what binds where",
        {key: max(1, round(float(first.values("capacity", key[0]).mean()))) for key in changed},
    )  # fmt: skip
    rows = []
    for point in points:
        kind, count, kva = point
        others = {name: own for (p, name), own in found.items() if p == point}
        own = Results({"": first[point], **others}, first.metrics)
        rows.append({"type": kind, "cabinets": count, "kva": kva, **named(own)})
    out: dict[str, Any] = {
        "question": "How does the capacity depend on chargers, power and transformer?",
        "rows": rows, "step": study.own.step,
        "types": list(dict.fromkeys(p[0] for p in points)),
        "cabinets": sorted({p[1] for p in points}),
        "kva": sorted({p[2] for p in points}),
    }  # fmt: skip
    out["plain"], out["verdict"] = plain(out), verdict(out)
    return out


def grid(study: PortStudy, base: Corridor) -> list[Point]:
    """Factors on what the hub has, at least one cabinet; kVA at the next step that there is."""
    own, site = study.own.surface, base.section.sites[base.section.hub]
    count, kva = sum(site.cabinets.values()), site.kva or base.section.transformers.kva[-1]
    factors = own.kva[QUICK_KVA] if study.own.quick else own.kva
    numbers = own.cabinets[QUICK_KVA] if study.own.quick else own.cabinets
    steps = base.section.transformers.kva
    kvas = sorted({next((s for s in steps if s >= f * kva), steps[-1]) for f in factors})
    counts = sorted({max(1, round(f * count)) for f in numbers})
    return [(kind, n, kva) for kind in own.types for kva in kvas for n in counts]


def at(base: Corridor, point: Point) -> Corridor:
    kind, count, kva = point
    return base.with_site(base.section.hub, cabinets={kind: count}, kva=kva)


def _guess(study: PortStudy, point: Point) -> int:
    """Where to begin: power that the hub has, over what a truck takes of it on average, roughly."""
    kind, count, kva = point
    section = study.corridor.section
    cabinet = section.cabinet_types[kind]
    kw = min(count * min(cabinet.kw, 330.0 * sum(cabinet.evses.values())), 0.8 * kva)
    return max(1, ceil(kw / 35.0))


# ---- in words --------------------------------------------------------------------------------


def plain(found: Mapping[str, Any]) -> list[str]:
    rows = found["rows"]
    names = [bound(row) for row in rows]
    counts = sorted({n: names.count(n) for n in names}.items(), key=lambda pair: -pair[1])
    low, high = (f(rows, key=_flow) for f in (min, max))
    told = ", ".join(f"{name} at {count}" for name, count in counts)
    return [
        f"Of {len(rows)} ways to build the hub, the least carries {span(low['flow'], 0)} loads a "
        f"day, the most {span(high['flow'], 0)}; what binds: {told}."
    ]


def _flow(row: Mapping[str, Any]) -> float:
    return float(row["flow"]["mean"])


def verdict(found: Mapping[str, Any]) -> list[str]:
    lines = []
    for end, row in (
        ("least", min(found["rows"], key=_flow)),
        ("most", max(found["rows"], key=_flow)),
    ):
        gains = ", ".join(
            f"{WORDS[n]} {signed(g, 0)}"
            for n, g in sorted(row["gains"].items(), key=lambda pair: -pair[1]["mean"])
        )
        lines.append(
            f"The {end}, {span(row['flow'], 0)} loads a day with {span(row['capacity'], 0)} "
            f"trucks, with {row['cabinets']} {row['type']} on {row['kva']:,.0f} kVA: "
            f"{100 * found['step']:g} % more of a limit brings {gains} loads a day, paired."
        )
    return lines
