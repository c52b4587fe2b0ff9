"""The limits of a corridor: each with more of it, and which of them binds."""

from collections.abc import Iterable
from math import ceil
from typing import Any

from experiments.port_corridor.study import PortStudy, ample
from sim.freight.corridor import Corridor
from sim.report.finding import Term
from sim.study.results import Results

FLOW = "deliveries_per_day"  # what a limit is judged by: trucks that wait for docks fill a fleet
LEAST_GAIN = 0.02  # of the flow, and shown to be one: else it does not bind
PARTS = ("EVSEs", "stacks", "transformer", "packs", "bays", "gate")  # rather than all together


def relaxed(corridor: Corridor, step: float) -> dict[str, Corridor]:
    """The corridor with that much more of each of its limits, one at a time.

    More EVSEs at the same stack power in all; more power of stacks and guns; a bigger transformer;
    more servers at gates, cranes and docks; and all of that at the other sites.
    """
    section, hub = corridor.section, corridor.section.hub
    site = section.sites[hub]
    out = {}
    if site.cabinets:
        (name, count), more = next(iter(site.cabinets.items())), 1.0 + step
        kind = section.cabinet_types[name]
        number = ceil(count * more)
        wide = kind.model_copy(update={"kw": kind.kw * count / number})
        strong = kind.model_copy(
            update={"kw": kind.kw * more, "evses": {f"{e}+": n for e, n in kind.evses.items()}}
        )
        guns = {
            f"{e}+": section.evse_classes[e].model_copy(
                update={x: getattr(section.evse_classes[e], x) * more for x in ("kw", "amps")}
            )
            for e in kind.evses
        }
        types = {**section.cabinet_types, "wide": wide, "strong": strong}
        out["EVSEs"] = corridor.with_(cabinet_types=types).with_site(hub, cabinets={"wide": number})
        out["stacks"] = corridor.with_(
            cabinet_types=types, evse_classes={**section.evse_classes, **guns}
        ).with_site(hub, cabinets={"strong": count})
    elif site.swap:
        packs = ceil(site.swap.packs * (1.0 + step))
        out["packs"] = corridor.with_site(hub, **{"swap.packs": packs})
        out["bays"] = corridor.with_site(hub, **{"swap.bays": site.swap.bays + 1})
    if site.kva:
        out["transformer"] = corridor.with_site(hub, kva=site.kva * (1.0 + step))
    places = {
        name: place.model_copy(update={"servers": ceil(place.servers * (1.0 + step))})
        for name, place in section.places.items()
    }
    out["gate"] = corridor.with_(places=places)
    if site.cabinets and site.kva:
        both = corridor.with_site(hub, kva=site.kva * (1.0 + step))
        out["hub"] = both.with_site(hub, cabinets={name: ceil(count * (1.0 + step))})
    return out


def binding(study: PortStudy, base: Corridor, guess: int) -> dict[str, Any]:
    """The limit whose relaxation raises the flow at capacity most; see `bound`."""
    changed = relaxed(base, study.own.step)
    changed["others"] = ample(base, base.section.hub)
    found = study.capacities(
        {"": base, **changed}, study.fewer, "what binds", dict.fromkeys(["", *changed], guess)
    )
    return bound(found)


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


def _over(value: float | None, least: float) -> bool:
    return value is not None and value > least


def limits(names: Iterable[str]) -> list[Term]:
    return [Term(f"limits.{name}") for name in names]
