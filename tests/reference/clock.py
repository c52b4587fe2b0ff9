"""A SimPy environment whose model events are due at absolute times, in the model's own order."""

from collections.abc import Callable
from heapq import heappush

import simpy

from sim.lifecycle import Kind


class Due(simpy.Event):
    """A model event that is due at an absolute time."""

    def cancel(self) -> None:
        """Take back its effect: it stays in SimPy's queue and happens to nobody."""
        if self.callbacks:
            self.callbacks.clear()


class Clock(simpy.Environment):
    """SimPy's clock, which also knows when the last event that mattered happened."""

    def __init__(self) -> None:
        super().__init__(initial_time=0.0)
        self.last_h = 0.0

    def at(self, h: float, kind: Kind, station: int, number: int) -> Due:
        """An event at `h` hours, which precedes others of that time by kind, station, number.

        SimPy schedules by delay, and now + (h - now) is not always h in floating point: so this
        goes into the queue directly.  SimPy's own events (a process starts, is interrupted, or
        is called) have priorities 0 and 1 and therefore precede every model event of the same
        time: what an event sets off is complete before the next one.
        """
        event = Due(self)
        event._ok, event._value = True, None
        priority = 2 + (((kind << 24) + station + 1) << 32) + number
        heappush(self._queue, (h, priority, next(self._eid), event))
        return event

    def run_to(self, horizon_h: float, settled: Callable[[], None] | None = None) -> None:
        """Let everything happen that is due before `horizon_h`; `settled` is called after each
        model event, when all that it set off is done."""
        happened = False
        while self._queue and self._queue[0][0] < horizon_h:
            h, priority, _, event = self._queue[0]
            if priority > 1 and event.callbacks:  # not one that was cancelled
                self.last_h, happened = h, True
            self.step()
            if settled and happened and not self._within_an_event():
                settled()
                happened = False

    def _within_an_event(self) -> bool:
        return bool(self._queue) and self._queue[0][0] == self.now and self._queue[0][1] <= 1
