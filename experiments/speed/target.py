"""What is to be reached: the table of targets, and what was measured against them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sim.report.finding import Finding, found


class Target(NamedTuple):
    """A figure of a `part`, in a unit of the messages `measure`: at least or at most so much."""

    part: str
    unit: str
    bound: float
    is_least: bool = False
    dream: float | None = None  # what would be more than asked

    def reach(self, value: float) -> float:
        """How far it goes: 1 where the target is just met, more where it is better."""
        whole = 1.0 if self.unit == "more" else 0.0  # of what there is more
        times = (whole + value) / (whole + self.bound)
        return times if self.is_least else 1.0 / times

    def is_met(self, value: float) -> bool:
        return self.reach(value) >= 1.0

    def short(self, value: float) -> float:
        """By which share of the target it is missed; below 0 where it is met."""
        times = self.reach(value)
        return 1.0 - times if self.is_least else 1.0 / times - 1.0


TARGETS: Mapping[str, Target] = {
    "c_1x20": Target("witness", "times", 2.0, dream=1.3),
    "c_100x10": Target("witness", "times", 1.7, dream=1.3),
    "twin_1x20": Target("twin", "times", 400.0, is_least=True),
    "twin_100x10": Target("twin", "times", 300.0, is_least=True),
    "twin_holiday": Target("twin", "times", 300.0, is_least=True),
    "evses": Target("evses", "times", 4.0),
    "national_cost": Target("national", "times", 1.5),
    "national_memory": Target("national", "memory", 3.0),
    "national_time": Target("national", "time", 15.0, dream=10.0),
    "week_memory": Target("week", "memory", 4.0),
    "tick": Target("tick", "more", 0.10),
    "replication": Target("replication", "times", 1.5, dream=1.0),
    "compile": Target("compile", "time", 30.0, dream=15.0),
    "workers": Target("workers", "times", 0.9, is_least=True),
    "pool_rate": Target("pool", "share", 0.85, is_least=True),
    "pool_dispatch": Target("pool", "share", 0.05),
    "pool_memory": Target("pool", "times", 1.1),
    "simpy": Target("peers", "times", 60.0, is_least=True),
    "ciw": Target("peers", "times", 150.0, is_least=True),
    "cimba": Target("peers", "times", 3.0, is_least=True),
    "acn": Target("acn", "times", 1000.0, is_least=True),
    "port": Target("port", "time", 10.0),
}  # fmt: skip


class Row(NamedTuple):
    """What was measured for a target, or why it was not; as plain data for an answer."""

    key: str
    value: float | None
    detail: Finding

    @property
    def target(self) -> Target:
        return TARGETS[self.key]

    @property
    def outcome(self) -> str:
        """A key of the messages `outcome`."""
        if self.value is None:
            return "skipped"
        return "met" if self.target.is_met(self.value) else "missed"


def measured(key: str, value: float, message: str = "", **detail: Any) -> Row:
    """`detail` are the fields of a message under `detail`, that of the part if none is named."""
    return Row(key, value, found(f"detail.{message or TARGETS[key].part}", **detail))


def skipped(key: str, reason: str, **values: Any) -> Row:
    return Row(key, None, found(f"reason.{reason}", **values))


def shown(unit: str, value: float | None) -> Finding | None:
    """An amount with its unit, to be said."""
    return None if value is None else found(f"measure.{unit}", n=value)
