"""The designs of a sweep: listed values, and points in intervals."""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sim.config import compose
from sim.config.designs import Design, Swept
from sim.config.overrides import plain
from sim.config.problems import InputError, explain
from sim.config.section import Section
from sim.stats.sampling import SAMPLERS
from sim.study.schema import SweepSection

Configured = Callable[[Design], Any]


class _Alone(Section):
    sweep: SweepSection


def settings(swept: Swept, config: Configured) -> SweepSection:
    """What is said of all designs.  Raises `InputError` where that cannot be."""
    plain_config = compose.plain(config(swept.first))
    try:
        return _Alone.model_validate({"sweep": plain_config.get("sweep", {})}).sweep
    except ValidationError as error:
        raise InputError(explain(error)) from None


def designs(swept: Swept, config: Configured) -> list[Design]:
    """Every one of them.  Raises `InputError` for too many, or for intervals without a sampler."""
    if not swept.spans and swept.count(0) == 1:
        return swept.designs()
    own = settings(swept, config)
    if swept.spans and own.sampler is None:
        names = " and ".join(f"`{plain(span.key.lstrip('+'))}`" for span in swept.spans)
        raise InputError(
            f"{names}: say how an interval is sampled, sweep.sampler=sobol or sweep.sampler=lhs, "
            f"and sweep.points (now {own.points})"
        )
    if own.sampler and not swept.spans:
        raise InputError(
            f"`sweep.sampler={own.sampler}` has no effect: no value is an interval(a,b)"
        )
    if (count := swept.count(own.points)) > own.most:
        raise InputError(
            f"these are {count:,} designs, more than {own.most:,}: say sweep.most={count} if they "
            "are meant"
        )
    if own.baseline and own.baseline > count:
        raise InputError(f"`sweep.baseline` is {own.baseline}, but there are {count:,} designs")
    points = SAMPLERS[own.sampler](own.points, len(swept.spans)).tolist() if own.sampler else []
    return swept.designs(points)
