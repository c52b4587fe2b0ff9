"""From what trucks do, as it is written in a corridor, to the program that the kernels run.

Only steps of the turn that are always done are drawn at random, so that the random factors of a
truck come round in step with its turns; what is done in some hours only takes its mean time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sim.config.section import HOURS
from sim.freight.schema import Between, CorridorSection, Drive, DutySection, PlainStep, TruckType
from sim.lifecycle import Opportunity
from sim.lifecycle import Step as Kind
from sim.model import Duty, Step

DRIVE = "drive"


@dataclass(frozen=True)
class Program:
    """What the trucks of one duty do whose shifts begin `offset_h` later than it says.

    `labels` has a word for each step: `drive`, `rest`, `deliver`, or the name of a place or site.
    `drawn` has the label of each drawn step, in the order in which they take random factors.
    """

    name: str
    offset_h: float
    own: DutySection
    duty: Duty
    labels: tuple[str, ...]
    drawn: tuple[str, ...]

    @property
    def turn_h(self) -> float:
        """A turn without lines, charging and breaks."""
        return _turn_h(self.duty.steps, self.labels.index(SHIFT) if self.own.shift else None)


SHIFT = "shift"  # label of the question whether the shift is over


def _turn_h(steps: Sequence[Step], end: int | None) -> float:
    hours, left = 0.0, 0
    for step in steps[:end]:
        if left:
            left -= 1
        elif step.kind == Kind.SKIP:
            left = step.skip
        elif step.kind in (Kind.DRIVE, Kind.SERVE):
            hours += step.h
    return hours


class Compiler:
    """`station`: number of each place and site; `mean_h`: mean time of each place; `random`: the
    places, and `drive`, whose times vary."""

    def __init__(
        self,
        section: CorridorSection,
        station: Mapping[str, int],
        mean_h: Mapping[str, float],
        random: frozenset[str],
    ) -> None:
        self._section, self._station, self._mean_h = section, station, mean_h
        self._random = random

    def program(self, name: str, own: DutySection, offset_h: float) -> Program:
        truck = self._section.trucks[own.truck]
        steps: list[tuple[Step, str]] = []
        for step in own.turn:
            if step.between:
                steps += self._block(step.between, truck, offset_h)
            else:
                steps.append(self._step(step, truck, offset_h))
        steps = [(replace(step, drawn=label in self._random and _varies(step)), label)
                 for step, label in steps]  # fmt: skip
        steps = _as_planned(steps)
        for pause in own.breaks:
            steps += self._block(pause, truck, offset_h)
        if own.shift:
            begin, end = (_moved(h, offset_h) for h in (own.shift.begin_h, own.shift.end_h))
            after = [self._step(step, truck, offset_h) for step in own.after_shift]
            after.append((Step(Kind.UNTIL, from_h=begin), "rest"))
            steps.append((Step(Kind.SKIP, from_h=begin, to_h=end, skip=len(after)), SHIFT))
            steps += after
        section = self._section
        return Program(
            name,
            offset_h,
            own,
            Duty(
                name if not offset_h else f"{name}{offset_h:+g}h",
                tuple(step for step, _ in steps),
                section.drive_limit_h,
                section.rest_min / 60,
            ),
            tuple(label for _, label in steps),
            tuple(label for step, label in steps if step.drawn),
        )

    def _block(self, block: Between, truck: TruckType, offset_h: float) -> list[tuple[Step, str]]:
        """Left out from its end to its begin."""
        inside = [self._step(step, truck, offset_h) for step in block.steps]
        begin, end = (_moved(h, offset_h) for h in (block.from_h, block.to_h))
        return [(Step(Kind.SKIP, from_h=end, to_h=begin, skip=len(inside)), "if"), *inside]

    def _step(self, step: PlainStep, truck: TruckType, offset_h: float) -> tuple[Step, str]:
        if step.drive:
            return self._drive(step.drive, truck), DRIVE
        if step.serve:
            at = step.serve.at
            return Step(Kind.SERVE, h=self._mean_h[at], station=self._station[at]), at
        if step.charge:
            at = step.charge.at
            rule = Opportunity[step.charge.rule.upper()]
            number = self._station[at]
            return Step(Kind.CHARGE, station=number, rule=rule, soc=step.charge.soc), at
        if step.pause:
            return Step(Kind.PAUSE, h=step.pause.min / 60), "rest"
        if step.until:
            return Step(Kind.UNTIL, from_h=_moved(step.until.clock_h, offset_h)), "rest"
        return Step(Kind.DELIVER), "deliver"

    def _drive(self, drive: Drive, truck: TruckType) -> Step:
        """An EV's kWh/km are those of the loaded truck: an empty one has less load."""
        load = drive.grade
        if drive.load == "empty":
            load *= truck.kwh_per_km_empty / truck.kwh_per_km_loaded
        return Step(Kind.DRIVE, h=drive.h, km=drive.km, load=load)


def _varies(step: Step) -> bool:
    return step.kind in (Kind.DRIVE, Kind.SERVE) and step.h > 0.0


def _as_planned(steps: Sequence[tuple[Step, str]]) -> list[tuple[Step, str]]:
    """What may be left out takes its mean time."""
    out, left = [], 0
    for step, label in steps:
        out.append((replace(step, drawn=step.drawn and not left), label))
        left = step.skip if step.kind == Kind.SKIP else max(0, left - 1)
    return out


def _moved(clock_h: float, offset_h: float) -> float:
    return (clock_h + offset_h) % HOURS
