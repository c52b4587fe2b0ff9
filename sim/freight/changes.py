"""Single changes of a corridor: causes of peaks taken away, appointments, other trucks."""

from collections.abc import Callable

from sim.config.problems import InputError
from sim.freight import checks
from sim.freight.corridor import Corridor
from sim.freight.schema import DutySection

EVENLY = [float(h) for h in range(-12, 12)]


def with_duties(corridor: Corridor, change: Callable[[DutySection], DutySection]) -> Corridor:
    """Every duty changed."""
    return corridor.with_(duties={n: change(own) for n, own in corridor.section.duties.items()})


# ---- peaks -----------------------------------------------------------------------------------


def without_causes(corridor: Corridor) -> dict[str, Corridor]:
    """The corridor without each of the causes of peaks that it has."""
    section = corridor.section
    out = {
        "vessels": corridor.with_(berths=[]),
        "shifts": corridor,
        "meals": with_duties(corridor, _without_meals),
        "nights": with_duties(corridor, _without_nights),
    }
    if any(duty.shift for duty in section.duties.values()):
        out["shifts"] = corridor.with_(shift_offsets_h=EVENLY)
    return {name: own for name, own in out.items() if own.section != section}


def _without_meals(duty: DutySection) -> DutySection:
    rests = [[step for step in block.steps if not step.charge] for block in duty.breaks]
    breaks = [
        block.model_copy(update={"steps": rest})
        for block, rest in zip(duty.breaks, rests, strict=True)
        if rest
    ]
    return duty.model_copy(update={"breaks": breaks})


def _without_nights(duty: DutySection) -> DutySection:
    after = [step for step in duty.after_shift if not step.charge]
    return duty.model_copy(update={"after_shift": after})


def booked(corridor: Corridor, share: float) -> Corridor:
    """A share of the trucks has appointments: called first at the gate and at the hub."""
    first = {f"places.{corridor.section.gate}.discipline": "priority"}
    own = corridor.with_(appointment_share=share, **first)
    return own.with_site(corridor.section.hub, discipline="priority")


# ---- trucks ----------------------------------------------------------------------------------


def pack_kwh(corridor: Corridor, truck: str) -> float:
    return corridor.curves[corridor.section.trucks[truck].curve][0].battery_kwh


def smallest_truck(corridor: Corridor) -> str:
    """The type with two guns and the smallest pack with which every leg of the trucks that charge
    at the hub can be driven.  Raises `InputError` if there is none."""
    types = [name for name, truck in corridor.section.trucks.items() if truck.guns > 1]
    for name in sorted(types, key=lambda name: pack_kwh(corridor, name)):
        if not checks.check(with_truck(corridor, name).section, corridor.curves):
            return name
    raise InputError("no truck with two guns has a pack with which all legs can be driven")


def with_truck(corridor: Corridor, truck: str) -> Corridor:
    """One type for all duties that charge at the hub and swap nowhere else."""
    section = corridor.section
    swaps = [name for name, site in section.sites.items() if site.swap and name != section.hub]

    def own(duty: DutySection) -> DutySection:
        is_bound = any(charges(duty, name) for name in swaps)
        if is_bound or not charges(duty, section.hub):
            return duty
        return duty.model_copy(update={"truck": truck})

    return with_duties(corridor, own)


def charges(duty: DutySection, site: str) -> bool:
    """Whether any of its steps charges there."""
    return _charge(site) in duty.model_dump_json()


def moved(duty: DutySection, site: str, to: str) -> DutySection:
    """The duty charging at another site instead."""
    text = duty.model_dump_json().replace(_charge(site), _charge(to))
    return DutySection.model_validate_json(text)


def _charge(site: str) -> str:
    return f'"charge":{{"at":"{site}"'
