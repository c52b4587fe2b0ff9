"""A corridor as it is planned for 2028: its trucks, its stations, and so many times what it has."""

from typing import Any

from sim.freight.corridor import Corridor


def planned(corridor: Corridor) -> int:
    """Its trucks of 2028."""
    target = corridor.section.target_2028
    return max(1, round(target.share * target.trucks))


def grown(corridor: Corridor) -> float:
    """How many times its stations of today are those of 2028."""
    target = corridor.section.target_2028
    return max(1.0, target.share * target.stations) / len(corridor.section.sites)


def scaled(corridor: Corridor, times: float) -> Corridor:
    """So many times the sites, servers and berths, each kind of them in one place."""
    section = corridor.section
    for name, site in section.sites.items():
        more: dict[str, Any] = {
            "cabinets": {kind: _whole(count * times) for kind, count in site.cabinets.items()},
            "kva": site.kva and site.kva * times,
            "other_load_kw": site.other_load_kw * times,
            "pv_kw": site.pv_kw * times,
            "storage": [s.model_copy(update={"kwh": s.kwh * times, "kw": s.kw * times})
                        for s in site.storage],
        }  # fmt: skip
        if swap := site.swap:
            more |= {
                "swap.bays": _whole(swap.bays * times),
                "swap.packs": _whole(swap.packs * times),
            }
        if site.cars:
            more["cars.per_day"] = site.cars.per_day * times
        corridor = corridor.with_site(name, **more)
    berths = [berth for berth in section.berths for _ in range(_whole(times))]
    servers = {}
    for name, place in section.places.items():
        # Rounding must not leave berths with more cranes than there are servers.
        cranes = sum(berth.cranes for berth in berths if berth.place == name)
        least = cranes + 1 if cranes else 1
        servers[f"places.{name}.servers"] = max(least, _whole(place.servers * times))
    return corridor.with_(berths=berths, **servers)


def _whole(count: float) -> int:
    return max(1, round(count))
