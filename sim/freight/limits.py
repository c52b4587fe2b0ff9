"""The limits of a corridor: each with more of it, and which of them binds."""

from math import ceil
from typing import Any

from sim.freight.corridor import Corridor
from sim.study.results import Results

FLOW = "deliveries_per_day"  # what a limit is judged by: trucks that wait for docks fill a fleet
LEAST_GAIN = 0.02  # of the flow, and shown to be one: else it does not bind
PARTS = ("EVSEs", "stacks", "transformer", "packs", "bays", "gate")  # rather than all together


def relaxed(corridor: Corridor, step: float) -> dict[str, Corridor]:
    """The corridor with that much more of each of its limits, one at a time.

    More EVSEs at the same stack power in all; more power of stacks and guns; a bigger transformer;
    more servers at gates, cranes and docks; and all that the hub has.
    """
    section, hub, more = corridor.section, corridor.section.hub, 1.0 + step
    site = section.sites[hub]
    out = {}
    if site.cabinets:
        (name, count), *_ = site.cabinets.items()
        kind, number = section.cabinet_types[name], ceil(count * more)
        guns = {e: section.evse_classes[e] for e in kind.evses}
        wide = kind.model_copy(update={"kw": kind.kw * count / number})
        strong = kind.model_copy(
            update={"kw": kind.kw * more, "evses": {f"{e}+": n for e, n in kind.evses.items()}}
        )
        out["EVSEs"] = corridor.with_(**{"cabinet_types.wide": wide})
        out["EVSEs"] = out["EVSEs"].with_site(hub, cabinets={"wide": number})
        stronger: dict[str, Any] = {"cabinet_types.strong": strong} | {
            f"evse_classes.{e}+": gun.model_copy(
                update={"kw": gun.kw * more, "amps": gun.amps * more}
            )
            for e, gun in guns.items()
        }
        out["stacks"] = corridor.with_(**stronger).with_site(hub, cabinets={"strong": count})
    elif site.swap:
        out["packs"] = corridor.with_site(hub, **{"swap.packs": ceil(site.swap.packs * more)})
        out["bays"] = corridor.with_site(hub, **{"swap.bays": site.swap.bays + 1})
    if site.kva:
        out["transformer"] = corridor.with_site(hub, kva=site.kva * more)
    servers = {f"places.{n}.servers": ceil(p.servers * more) for n, p in section.places.items()}
    out["gate"] = corridor.with_(**servers)
    if site.cabinets and site.kva:
        out["hub"] = out["transformer"].with_site(hub, cabinets={name: number})
    return out


def ample(corridor: Corridor, besides: str) -> Corridor:
    """All other sites have more than they need, so that only `besides` is in question."""
    for name, site in corridor.section.sites.items():
        if name == besides:
            continue
        more: dict[str, Any] = {"cabinets": {kind: 4 * n for kind, n in site.cabinets.items()}}
        if site.swap:
            more = {"swap.bays": 3 * site.swap.bays, "swap.packs": 4 * site.swap.packs}
        corridor = corridor.with_site(name, **more, kva=None)
    return corridor


def bound(found: Results) -> dict[str, Any]:
    """Which of the relaxed limits, the designs after the base, binds: the one that raises the flow
    at capacity most, by at least 2 % and shown by its interval; if none does alone, the hub as a
    whole or the other sites, by the same rule.  `drivers`, where all are shown to bring less than
    that; else `unsure`.

    `alike` are all limits that may be the one, because their gains are not told apart from its.
    `gains` are in loads a day.
    """
    _, *names = found
    gains = {name: found.change(FLOW, name) for name in names}
    least = LEAST_GAIN * float(found.values(FLOW).mean())
    binding = [name for name, own in gains.items() if own.sign > 0 and _over(own.mean, least)]
    alone = [name for name in binding if name in PARTS] or binding
    leading = found.best(FLOW, alone) if alone else []
    if not leading:
        is_none = not any(_over(own.high, least) for own in gains.values())
        leading = ["drivers" if is_none else "unsure"]
    return {
        "capacity": found.estimate("capacity"), "flow": found.estimate(FLOW),
        "binds": leading[0], "alike": leading, "gains": gains,
    }  # fmt: skip


def by_world(found: Results) -> dict[str, float]:
    """In which share of the replications which of the relaxed limits binds: the one that raises the
    flow at capacity most there, by at least 2 %; `drivers`, where none does.  By falling share."""
    _, *names = found
    parts = [name for name in names if name in PARTS]
    others = [name for name in names if name not in PARTS]
    flow = found.values(FLOW)
    gains = {name: found.values(FLOW, name) - flow for name in names}
    count: dict[str, int] = {}
    for r, least in enumerate(LEAST_GAIN * flow):
        own = "drivers"
        for group in (parts, others):  # all together only where none does alone
            best = max(group, key=lambda name: gains[name][r], default=None)
            if best is not None and gains[best][r] > least:
                own = best
                break
        count[own] = count.get(own, 0) + 1
    return {name: n / len(flow) for name, n in sorted(count.items(), key=lambda pair: -pair[1])}


def _over(value: float | None, least: float) -> bool:
    return value is not None and value > least
