"""What is asked of key figures: weights of satisfaction, how a platform looks, what is priced."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import model_validator

from sim.config import limits
from sim.config.section import Hour, Section
from sim.config.table import number

Weight = Annotated[float, number(limits.RELATIVE)]


class Weights(Section):
    prompt: Weight
    served: Weight
    first_try: Weight
    price: Weight

    @model_validator(mode="after")
    def _weigh_something(self) -> Self:
        if not any(self.model_dump().values()):
            raise ValueError("all weights are 0, so there is nothing to weigh")
        return self


class StandardSession(Section):
    kwh: Annotated[float, number(limits.SESSION_KWH)]
    hour: Hour


class KpisSection(Section):
    """`sample_min`, `lost_messages`: see `platform.py`."""

    weights: Weights
    sample_min: Annotated[float, number(limits.SAMPLE_MIN)]
    lost_messages: Annotated[float, number(limits.LOST_MESSAGES)]
    standard_session: StandardSession


def unpriced(kpis: KpisSection) -> Iterator[str]:
    """What is asked about fees where no station has a tariff."""
    if kpis.weights.price:
        yield (
            f"`kpis.weights.price` is {kpis.weights.price:g}, but no station here has a tariff, so "
            "nobody is charged: it must be 0"
        )
