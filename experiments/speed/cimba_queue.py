"""M/M/20 in Cimba, to be run in a process of its own: there is none without Cimba."""

from typing import Any

import cimba

from experiments.speed.rounds import seconds

SERVERS, PER_H = 20, 18.0


class Queue(cimba.Model):
    """Servers that wait for somebody, as in Cimba's own benchmark."""

    gap: cimba.Input[float] = cimba.inputs.dist.exponential(mean=1.0 / PER_H)
    service: cimba.Input[float] = cimba.inputs.dist.exponential(mean=1.0)
    line: cimba.Container
    mean_line: cimba.Output[float]

    @cimba.process
    def arrivals(self):
        while True:
            cimba.hold(self.gap.next())
            self.line.put(1)

    @cimba.process(copies=SERVERS)
    def server(self):
        while True:
            self.line.get(1)
            cimba.hold(self.service.next())

    @cimba.on_end
    def measure(self):
        self.mean_line = self.line.mean_level()


def measured(customers: int) -> dict[str, Any]:
    """Seconds of a run, once its model is compiled, and the mean hours in line."""
    model = Queue()

    def run(customers: int) -> Any:
        window = cimba.Window(duration=customers / PER_H)
        return cimba.Experiment(model, replications=1, window=window, seed=1).run(workers=1)

    run(100)
    found: list[Any] = []
    took = seconds(lambda: found.append(run(customers)))
    line = found[0][model].mean_line.values.item()
    return {"seconds": took, "wait_h": line / PER_H}
