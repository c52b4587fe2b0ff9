"""How replications are drawn, how many of them there are, and who runs them."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sim.config import limits
from sim.config.section import Distinct, Section
from sim.config.table import Text, number
from sim.study import where
from sim.study.where import Tls, Where

Replications = Annotated[int, number(limits.REPLICATIONS)]
ADDRESS = re.compile(r"(?:tcp|tls)://[^\s/:@]+:\d{1,5}|(?:tcp|tls)://\[[0-9a-fA-F:]+\]:\d{1,5}")
WHERE = ("engine.workers", "engine.address", "engine.scheduler_file", "engine.tls")


class TlsSection(Section):
    """Files that a cluster behind TLS is reached with: all of them, or none."""

    ca: Text | None = None
    cert: Text | None = None
    key: Text | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        lacking = [name for name in Tls._fields if getattr(self, name) is None]
        if 0 < len(lacking) < len(Tls._fields):
            raise ValueError(f"tls lacks {', '.join(lacking)}: name all of ca, cert and key")
        return self

    @property
    def files(self) -> Tls | None:
        return Tls(self.ca, self.cert, self.key) if self.ca and self.cert and self.key else None


class EngineSection(Section):
    """Where tasks run is no part of what a manifest says: no number depends on it."""

    seed: int
    replications: Replications
    half_width: Annotated[float, number(limits.HALF_WIDTH)] | None
    most_replications: Replications
    most_memory: Annotated[float, number(limits.MEMORY_GB)] = 16.0
    workers: Annotated[int, number(limits.WORKERS)]
    bin_min: Literal[5, 60]
    curve_tolerance: Annotated[float, number(limits.TOLERANCE)]
    uncertainty: Literal["none", "layouts", "posterior"] = "none"
    posterior: Text = "calibration/posterior.csv"
    address: Annotated[Text | None, Field(exclude=True)] = None
    scheduler_file: Annotated[Text | None, Field(exclude=True)] = None
    tls: Annotated[TlsSection, Field(exclude=True)] = TlsSection()

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.address and not ADDRESS.fullmatch(self.address):
            raise ValueError("address must be that of a scheduler, such as tcp://scheduler:8786")
        if self.address and self.scheduler_file:
            raise ValueError("address and scheduler_file name a scheduler each: keep one of them")
        if self.workers and (self.address or self.scheduler_file):
            raise ValueError("workers are of this machine and the scheduler has its own: keep one")
        if self.tls.files and not (self.address or self.scheduler_file):
            raise ValueError("tls has no effect without address or scheduler_file")
        return self

    @property
    def where(self) -> Where:
        """Raises `InputError` for a file that is none."""
        return where.of(self.workers, self.address, self.scheduler_file, self.tls.files)


class SweepSection(Section):
    """What is said of all designs of a sweep together: no answer of one depends on it."""

    sampler: Literal["sobol", "lhs"] | None = None
    points: Annotated[int, number(limits.DESIGNS)] = 64
    most: Annotated[int, number(limits.DESIGNS)] = 500
    baseline: Annotated[int, number(limits.DESIGN)] | None = None
    front: Annotated[list[Text], Distinct] = Field(default_factory=list)

    @model_validator(mode="after")
    def _balanced(self) -> Self:
        if self.sampler == "sobol" and self.points & (self.points - 1):
            below = 1 << (self.points.bit_length() - 1)
            raise ValueError(
                f"points of sobol must be a power of 2: {below} or {2 * below}, not {self.points}"
            )
        if len(self.front) == 1:
            raise ValueError("front needs two figures or more: of one there is a best design")
        return self
