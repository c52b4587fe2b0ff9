"""What the second core gives to a study, against what it gives to a bare loop."""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from experiments.speed.rounds import seconds
from sim.roads import case
from sim.roads.scenario import Scenario
from sim.study.case import Work
from sim.study.study import Study


def gains(scenario: Scenario, replications: int, progress: Any) -> dict[str, Any]:
    """Replications on one worker and on two, and the same replications in bare loops in one process
    and in two, in turn: the gain of a study in that of the loops."""
    numbers = list(range(replications))
    halves = [numbers[::2], numbers[1::2]]
    one_s, two_s = (studied(scenario, replications, n, progress) for n in (1, 2))
    loop_s, loops_s = (
        looped(case.figures, [[(scenario, n) for n in part] for part in parts])
        for parts in ([numbers], halves)
    )
    gain, bare = one_s / two_s, loop_s / loops_s
    return {
        "ratio": gain / bare, "replications": replications, "gain": gain, "bare_gain": bare,
        "one_s": one_s, "two_s": two_s, "loop_s": loop_s, "loops_s": loops_s,
    }  # fmt: skip


def studied(scenario: Scenario, replications: int, workers: int, progress: Any) -> float:
    """Seconds of a study that keeps nothing."""
    engine = scenario.engine.model_copy(update={"workers": workers})

    def run() -> None:
        with Study(engine, None, progress) as study:
            study.run({"": scenario}, replications)

    return seconds(run)


def looped(work: Work, parts: Sequence[Sequence[tuple[Any, int]]]) -> float:
    """Seconds until the last of as many processes is through its part, cases with the numbers of
    replications; they are ready before."""
    context = multiprocessing.get_context("spawn")
    pipes = [context.Pipe() for _ in parts]
    processes = [
        context.Process(target=_loop, args=(theirs, work, part), daemon=True)
        for (_, theirs), part in zip(pipes, parts, strict=True)
    ]
    for process in processes:
        process.start()
    for ours, theirs in pipes:
        theirs.close()
        ours.recv()
    began = time.perf_counter()
    for ours, _ in pipes:
        ours.send("go")
    for ours, _ in pipes:
        ours.recv()
    took = time.perf_counter() - began
    for process in processes:
        process.join()
    return took


def _loop(pipe: Connection, work: Work, part: Sequence[tuple[Any, int]]) -> None:
    first, number = part[-1]
    work(first, number + 1)  # what all of them need is loaded and built
    pipe.send("ready")
    pipe.recv()
    for own, number in part:
        work(own, number)
    pipe.send("done")
