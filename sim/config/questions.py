"""Which question reads which part of the config: what has no effect on an answer is refused.

`READS` is the one table of it; its keys are the modules of `experiments/`, and no other is run.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.config.overrides import Given
from sim.config.problems import did_you_mean

# A place stands for all that is under it, `-` takes a part of it away again.
COUNTED = ("engine.replications", "engine.half_width", "engine.most_replications")
UNCOUNTED = ("engine", *(f"-{key}" for key in COUNTED))
SITE_RULE = ("policy", "-policy.upgrade_rule")
ROADS = ("network", "demand", "fleet", "station")
REFERENCE = ("reference", "-reference.scale")  # it grows with `demand.scale`

READS: dict[str, tuple[str, ...]] = {
    "forty_percent_rule": (*ROADS, *REFERENCE, "policy", "engine", "rule_study"),
    "holiday_highway": (*ROADS, *REFERENCE, *SITE_RULE, "engine", "report"),
    "port_corridor": ("corridor", "port_study", *UNCOUNTED),
    "replay": ("replay", *UNCOUNTED, "-engine.seed", "-engine.workers", "-engine.bin_min"),
    "speed": (*ROADS, *SITE_RULE, *UNCOUNTED, "-engine.workers"),
    "validate": ("validate", "engine.seed", "engine.workers"),
    "verify": ("verify", "engine.workers"),
}
EVERY = ("experiment", "out", "overwrite")
FILLS = {"network": ("network", "corridor")}  # of a choice: by itself it fills its own section
# Parts of a port study that only some of its questions read.
PORT = {
    "port_study.surface": ("surface",),
    "port_study.money": ("swap",),
    "port_study.levers": ("peaks",),
    "port_study.plan": ("plan",),
    "port_study.outside": ("outside",),
    "port_study.step": ("capacity", "surface"),
    "port_study.replications": ("capacity", "peaks"),
    "port_study.resolution": ("surface", "swap", "peaks", "plan", "outside"),
}


def unknown(experiment: object) -> str:
    """A sentence about an experiment that there is not; empty where there is."""
    if experiment in tuple(READS):  # it may be anything
        return ""
    return f"unknown experiment `{experiment}`{did_you_mean(experiment, READS)}"


def vain(given: Sequence[Given], config: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that somebody asked for in vain.

    `config`: the whole of it, resolved and checked.
    """
    name = config["experiment"]
    for own in given:
        if own.path[0] in EVERY:
            continue
        fills = FILLS.get(own.key, (own.key,)) if own.is_choice else (own.key,)
        if own.is_choice and own.key == "network" and config.get("corridor"):
            fills = ("corridor",)  # the expressways stay what they were
        if reason := _overruled(own, config):
            yield f"`{own.text}` has no effect {reason}"
        elif not any(_reads(name, place) for place in fills):
            belongs = [other for other in READS if any(_reads(other, place) for place in fills)]
            whose = f": it belongs to experiment={' or '.join(belongs)}" if belongs else ""
            yield f"`{own.text}` has no effect on experiment={name}{whose}"


def _reads(experiment: str, place: str) -> bool:
    """Whether any of a place is read."""
    entries = READS[experiment]
    if any(_under(place, entry[1:]) for entry in entries if entry.startswith("-")):
        return False
    return any(_under(place, entry) or _under(entry, place) for entry in entries)


def _under(place: str, above: str) -> bool:
    return place == above or place.startswith(f"{above}.")


def _overruled(own: Given, config: Mapping[str, Any]) -> str:
    """Why another value of the same question makes this one idle; empty where none does."""
    match config["experiment"]:
        case "replay" if own.key == "replay.out" and config["out"] != config["replay"]["out"]:
            return f"beside `out` = {config['out']}: keep one of them"
        case "forty_percent_rule" if config["rule_study"]["quick"] and own.key in COUNTED:
            return "with rule_study.quick=true: keep one of them"
        case "forty_percent_rule" | "holiday_highway" if own.key == "reference.scale":
            return "since the week of reference grows with `demand.scale`: set that"
        case "port_corridor":
            asked = config["port_study"]["questions"]
            for place, questions in PORT.items():
                if _under(own.key, place) and not set(questions) & set(asked):
                    return (
                        f"on port_study.questions=[{','.join(asked)}]: it belongs to "
                        f"{' or '.join(questions)}"
                    )
    return ""
