"""One EV drawing power, from power on to power off."""

from collections.abc import Callable
from math import inf

from sim.lifecycle import Kind
from sim.model import Vehicle
from sim.tariff import Tariff
from tests.reference.clock import Clock, Due
from tests.reference.money import fee_cny
from tests.reference.nanoseconds import HOUR, NEVER, hours, nearest


class Session:
    """The energy of an EV that charges at constant power from one change to the next.

    It held `kwh` at `since_ns` + `beside`, the computed instant of the last change and not the
    whole nanosecond next to it, so that the end of the whole is rounded once, through however many
    steps and changes.

    `over` is the SimPy event of its end; its value says whether the goal was reached.
    """

    def __init__(
        self, clock: Clock, at: tuple[int, int], vehicle: Vehicle, most_kw: float,
        kwh: float, goal_kwh: float, limit_ns: int, stepped: Callable[[], None],
        tariff: Tariff | None = None,
    ) -> None:  # fmt: skip
        self.clock, self.at = clock, at  # at: numbers of station and EVSE
        self.ends = [soc * vehicle.battery_kwh for soc, _ in vehicle.steps[:-1]] + [inf]
        self.kws = [min(kw, most_kw) for _, kw in vehicle.steps]
        self.step = next(n for n, end in enumerate(self.ends) if kwh < end)
        self.goal_kwh, self.limit_ns, self.on_ns = goal_kwh, limit_ns, clock.now
        self.kwh, self.kw, self.since_ns, self.beside = kwh, 0.0, clock.now, clock.beside
        # the next goal or step, and when
        self.mark_kwh, self.mark_ns, self.mark_beside = inf, NEVER, 0.0
        self.stepped = stepped  # the station shares again
        self.tariff, self.fee_cny = tariff, 0.0  # up to `since_ns`
        self.over = clock.event()
        self.due: Due | None = None

    @property
    def wanted_kw(self) -> float:
        return self.kws[self.step]

    def kwh_at(self, time_ns: int, beside: float = 0.0) -> float:
        """Energy in the battery; exact at the mark, so that nothing misses it by rounding."""
        if time_ns >= self.mark_ns:
            return self.mark_kwh
        if time_ns == self.since_ns:
            return self.kwh
        return self.kwh + self.kw * hours(time_ns - self.since_ns + (beside - self.beside))

    def fee_at(self, time_ns: int, beside: float = 0.0) -> float:
        """What its energy costs up to then."""
        kwh = self.kwh_at(time_ns, beside) - self.kwh
        return self.fee_cny + fee_cny(self.tariff, self.since_ns, time_ns, kwh)

    def feed(self, kw: float) -> None:
        """From now on it gets `kw`."""
        if kw == self.kw and self.due:
            return
        self._settle()
        self.kw = kw
        self._plan()

    def stop(self) -> float:
        """Power off: the energy in the battery."""
        self._settle()
        if self.due:
            self.due.cancel()
        return self.kwh

    def _settle(self) -> None:
        """What it holds now, which is where it counts on from.  Within an instant it goes on
        counting from the same: only the last of several changes of power holds."""
        now = self.clock.now
        self.fee_cny = self.fee_at(now, self.clock.beside)
        self.kwh = self.kwh_at(now, self.clock.beside)
        if now >= self.mark_ns:
            self.beside = self.mark_beside
        elif now > self.since_ns:
            self.beside = self.clock.beside
        self.since_ns = now

    def _plan(self) -> None:
        """What comes first: the goal, the end of the step, or the time limit."""
        if self.due:
            self.due.cancel()
        self.mark_kwh = min(self.goal_kwh, self.ends[self.step])
        self.mark_ns, self.mark_beside = self._when(self.mark_kwh - self.kwh)
        reached = self.mark_kwh == self.goal_kwh and self.mark_ns <= self.limit_ns
        if reached or self.limit_ns <= self.mark_ns:
            end_ns, beside = self.limit_ns, 0.0
            if reached:
                end_ns, beside = self.mark_ns, self.mark_beside
            self.due = self.clock.at(end_ns, Kind.SESSION_END, *self.at, beside)
            self.due.callbacks.append(lambda _: self.over.succeed(reached))
        else:
            self.due = self.clock.at(self.mark_ns, Kind.POWER, *self.at, self.mark_beside)
            self.due.callbacks.append(lambda _: self._next_step())

    def _when(self, missing_kwh: float) -> tuple[int, float]:
        """The nanosecond in which it has gained so much, and by how much the computed instant is
        later."""
        if missing_kwh <= 0.0:
            return self.since_ns, self.beside
        if self.kw <= 0.0:
            return NEVER, 0.0
        span = missing_kwh / self.kw * HOUR + self.beside
        if self.since_ns + span >= NEVER:
            return NEVER, 0.0
        return self.since_ns + nearest(span), span - nearest(span)

    def _next_step(self) -> None:
        self._settle()
        self.step += 1
        self.due, self.mark_ns = None, NEVER
        self.stepped()
