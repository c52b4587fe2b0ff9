"""Single changes of a scenario, each a few settings that differ: their designs, and what they cost.

changes = {"evses": {"here.add": "dual_120*2"}, "rule": {"policy.soc_cap": 0.8}}
designs(scenario, changes, "my_study.changes", problems, here="fengdu_out")
"""

from collections.abc import Mapping
from typing import Any

from sim.config.problems import InputError, did_you_mean
from sim.config.reads import under
from sim.roads.scenario import Scenario
from sim.stations.costs import Cost, Price, priced, summed

HERE = "here"  # stands for `station.overrides.NAME` of the station at hand
PLACES = ("station", "policy", "fleet")  # what may differ: all designs meet the same EVs


def designs(
    base: Scenario, changes: Mapping[str, Mapping[str, Any]], place: str, problems: list[str],
    here: str = "",
) -> dict[str, Scenario]:  # fmt: skip
    """The scenario of each change, by its name.

    A sentence is added to the problems for each that cannot be, that leaves everything as it is,
    or that is the same as another one.

    Parameters
    ----------
    changes : settings by dotted path, by the name of the change.
    place : where the config has them, for the sentences.
    here : the station that the path `here` means.
    """
    if here and here not in base.hardware:
        problems.append(f"there is no station `{here}`{did_you_mean(here, base.hardware)}")
        return {}
    found: dict[str, Scenario] = {}
    for name, own in changes.items():
        try:
            found[name] = base.with_(**{_path(key, here): v for key, v in _dotted(own).items()})
        except InputError as error:
            problems += [f"`{place}.{name}`: {problem}" for problem in error.problems]
            continue
        idle = found[name].idle_overrides().items() - base.idle_overrides().items()
        problems += [f"`{place}.{name}`: {problem}" for _, problem in sorted(idle)]
    first = {base.key: ""}
    for name, design in found.items():
        same = first.setdefault(design.key, name)
        if same != name:
            said = f"is the same as `{same}`: keep one of them" if same else "changes nothing"
            problems.append(f"`{place}.{name}` {said}")
    return found


def _dotted(own: Mapping[str, Any]) -> dict[str, Any]:
    """The same with a section that is changed in part, `{"policy": {"soc_cap": 0.8}}`, by path."""
    found: dict[str, Any] = {}
    for key, value in own.items():
        is_section = key in (HERE, *PLACES) and isinstance(value, Mapping)
        found |= {f"{key}.{k}": v for k, v in value.items()} if is_section else {key: value}
    return found


def _path(key: str, here: str) -> str:
    """Raises `InputError` for a place that is none of a station, a rule or the drivers."""
    if here and under(key, HERE):
        return f"station.overrides.{here}{key.removeprefix(HERE)}"
    if not any(under(key, place) for place in PLACES):
        known = ", ".join([*([HERE] if here else []), *PLACES[:-1]])
        raise InputError(f"`{key}` is no place of a change: it begins with {known} or {PLACES[-1]}")
    return key


def cost(before: Scenario, after: Scenario, prices: Mapping[str, Price]) -> Cost:
    """What it costs to make one into the other, at all stations together: the money laid out, not
    spread over years.  Mobile units are paid for the days that count.  A rule, what drivers know,
    and a cap that is granted cost nothing."""
    days = len(after.counted_days()) if after.config.demand.holiday else 0
    pairs = zip(before.hardware.values(), after.hardware.values(), strict=True)
    return summed(priced(a.bill_of(b, days), prices) for a, b in pairs)
