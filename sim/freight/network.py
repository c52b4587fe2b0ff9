"""The corridors of the choices of `network`: what the command line would take for them."""

from functools import lru_cache

from sim.config import choices, compose
from sim.config.problems import InputError, did_you_mean
from sim.freight import corridor
from sim.freight.corridor import Corridor
from sim.freight.schema import CorridorSection
from sim.study.schema import EngineSection


@lru_cache(maxsize=32)
def corridor_of(network: str, engine: EngineSection) -> Corridor:
    """That of a choice of `network`, with this engine.  Raises `InputError` where there is none."""
    known = choices.names("network")
    if network not in known:
        raise InputError(f"there is no network `{network}`{did_you_mean(network, known)}")
    own = compose.plain(compose.config((f"network={network}",))).get("corridor")
    if own is None:
        raise InputError(f"network `{network}` has no freight corridor")
    problems: list[str] = []
    right = {"corridor": CorridorSection.model_validate(own), "engine": engine}
    found = corridor.check(right, problems)
    if found is None:
        raise InputError(problems)
    return found
