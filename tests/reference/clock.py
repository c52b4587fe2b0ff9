"""A SimPy environment in whole nanoseconds, whose model events have the model's own order."""

from collections.abc import Callable

import simpy

from sim.lifecycle import Kind


class Due(simpy.Event):
    """A model event that is due at an absolute time; `beside`: the computed instant lies by so
    much [ns] after the whole nanosecond that it was rounded to."""

    beside: float

    def cancel(self) -> None:
        """Take back its effect: it stays in SimPy's queue and happens to nobody."""
        if self.callbacks:
            self.callbacks.clear()


class Clock(simpy.Environment):
    """SimPy's clock, which also knows when the last event that mattered happened.

    `now` is an int, in nanoseconds from the start of the run: comparisons are exact.  What an event
    sets off counts from the computed instant, `now` + `beside`: roundings do not add up.
    """

    def __init__(self) -> None:
        super().__init__(initial_time=0)
        self.last_ns, self.beside = 0, 0.0

    def at(
        self, time_ns: int, kind: Kind, station: int, number: int, beside: float | None = None
    ) -> Due:
        """An event at `time_ns`, which precedes others of that time by kind, station, number.  It
        lies beside its instant as the present event does (a span of time later), or by `beside`.

        SimPy's own events (a process starts, is interrupted, or is called) have priorities 0 and
        1 and therefore precede every model event of the same time: what an event sets off is
        complete before the next one.
        """
        event = Due(self)
        event._ok, event._value = True, None
        event.beside = self.beside if beside is None else beside
        priority = 2 + (((kind << 24) + station + 1) << 32) + number
        self.schedule(event, priority, delay=time_ns - self.now)
        return event

    def run_to(self, horizon_ns: int, settled: Callable[[], None] | None = None) -> None:
        """Let everything happen that is due before `horizon_ns`; `settled` is called after each
        model event, when all that it set off is done."""
        happened = False
        while self._queue and self._queue[0][0] < horizon_ns:
            time_ns, priority, _, event = self._queue[0]
            if priority > 1 and event.callbacks:  # not one that was cancelled
                self.last_ns, self.beside, happened = time_ns, event.beside, True
            self.step()
            if settled and happened and not self._within_an_event():
                settled()
                happened = False

    def _within_an_event(self) -> bool:
        return bool(self._queue) and self._queue[0][0] == self.now and self._queue[0][1] <= 1
