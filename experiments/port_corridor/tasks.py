"""The work on one replication of a corridor: a run, or a search over runs; and where it is kept.

A task is a pure function of what it says.  Replication r of every corridor draws from the same
named streams, and a fleet of N trucks is the first N of any greater one.
"""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, Self

import numpy as np

import sim
from sim import audit
from sim.config.section import HOURS, CurvePoint
from sim.engine import simulate
from sim.freight.corridor import Corridor
from sim.freight.fleet import Drawn, Fleet
from sim.freight.metrics import Freight
from sim.freight.schema import CorridorSection
from sim.ledger import Ledger
from sim.model import Model
from sim.stats import root as port_root
from sim.study import cluster, store, study
from sim.study.schema import EngineSection

MOST_AT_ONCE = 8  # tasks of one batch for a worker
BOOKED = 0.0  # priority of a truck with an appointment
Found = dict[str, Any]


@dataclass(frozen=True)
class Criteria:
    """What a corridor must give its trucks: P95 waits for charging (on shift) and at the gate of at
    most `wait_p95_min`, `energy_share` of the energy they want, and nobody stranded."""

    wait_p95_min: float
    energy_share: float

    def margin(self, found: Mapping[str, float]) -> float:
        """No more than 0 if all holds; grows with what is worst."""
        waits = max(found["wait_min_p95"], found["gate_wait_min_p95"])
        lost, allowed = 1.0 - found["energy_served_share"], 1.0 - self.energy_share
        return max(
            waits / self.wait_p95_min - 1.0,
            lost / allowed - 1.0 if allowed > 0.0 else lost,
            found["stranded"] or -1.0,
        )

    def failing(self, found: Mapping[str, float]) -> str:
        """The criterion that is missed most, or comes nearest to it."""
        return max(
            ("wait", found["wait_min_p95"] / self.wait_p95_min),
            ("gate", found["gate_wait_min_p95"] / self.wait_p95_min),
            ("energy", (1.0 - found["energy_served_share"]) / max(1e-9, 1.0 - self.energy_share)),
            ("stranding", 2.0 * found["stranded"]),
            key=lambda pair: pair[1],
        )[0]


@dataclass(frozen=True)
class Task:
    """`kind` of `WORK` on a corridor (as `packed`) with so many trucks; in searches, those are the
    first guess.  `asked` are the further arguments of the kind."""

    kind: str
    corridor: str
    seed: int
    replication: int
    trucks: int
    asked: tuple[Any, ...] = ()

    @property
    def key(self) -> str:
        own = [self.kind, self.corridor, self.seed, self.replication, self.trucks, self.asked]
        return store.digest([own, _program()])


def packed(corridor: Corridor) -> str:
    """All of a corridor, as text."""
    curves = {k: [p.model_dump() for p in own] for k, own in corridor.curves.items()}
    section = json.loads(corridor.section.model_dump_json())
    return json.dumps([section, curves, corridor.bin_h, corridor.curve_tolerance])


@lru_cache(maxsize=32)
def unpacked(text: str) -> Corridor:
    section, curves, bin_h, tolerance = json.loads(text)
    return Corridor(
        CorridorSection.model_validate_json(json.dumps(section)),
        {k: tuple(CurvePoint.model_validate(p) for p in own) for k, own in curves.items()},
        bin_h,
        tolerance,
    )


def run(corridor: Corridor, seed: int, replication: int, trucks: int, logged: int = 0) -> Freight:
    """One replication."""
    model, own = drawn(corridor, seed, replication, trucks, logged)
    return Freight(corridor, simulate(model, own.evs, own.factors))


def drawn(
    corridor: Corridor, seed: int, replication: int, trucks: int, logged: int = 0
) -> tuple[Model, Drawn]:
    """What a replication is run from."""
    own = Fleet(corridor).draw(seed, replication, trucks, logged)
    return corridor.model.with_changes(own.changes), own


# ---- kinds of work ---------------------------------------------------------------------------


def figures(task: Task) -> Found:
    """Summary of one replication, of every site, and of the hours of the hub's day."""
    corridor = unpacked(task.corridor)
    freight = run(corridor, task.seed, task.replication, task.trucks)
    audit.check(freight.ledger)
    hub = corridor.number[corridor.section.hub]
    sites = freight.sites().set_index("site").to_dict("index")
    hours = {name: own[hub].tolist() for name, own in freight.hourly().items()}
    peak = {"hub_grid_peak_kw": _grid_peak(corridor, hours["power_max_kw"])}
    found = {**freight.summary(), **_booked(freight), **peak}
    return {**found, "sites": _plain(sites), "hours": hours}


def day(task: Task) -> Found:
    """What the first trucks of one replication did on the first day that counts."""
    corridor = unpacked(task.corridor)
    (logged,) = task.asked
    freight = run(corridor, task.seed, task.replication, task.trucks, logged)
    audit.check(freight.ledger)
    steps = freight.steps()
    begin, end = freight.begin_h, freight.begin_h + 24.0
    steps = steps[(steps["end_h"] > begin) & (steps["begin_h"] < end)].copy()
    for name in ("begin_h", "end_h"):
        steps[name] = steps[name].clip(begin, end) - begin
    steps["ev"] -= steps["ev"].min() if len(steps) else 0
    return {"steps": steps.to_dict("records"), "hours": freight.hours_per_truck_day()}


def capacity(task: Task) -> Found:
    """The greatest fleet for which the criteria hold, and its figures.

    Of the runs of a search only the one at its end is audited.
    """
    corridor = unpacked(task.corridor)
    wait, share, most, resolution = task.asked
    criteria, seen = Criteria(wait, share), {}
    holds: dict[int, Ledger] = {}  # the last one

    def margin(trucks: int) -> float:
        freight = run(corridor, task.seed, task.replication, trucks)
        seen[trucks] = freight.summary()
        found = criteria.margin(seen[trucks])
        if found <= 0.0:
            holds.clear()
            holds[trucks] = freight.ledger
        return found

    root = port_root.greatest(margin, task.trucks, most, resolution)
    for ledger in holds.values():
        audit.check(ledger)
    above = min((n for n in seen if n > root.value), default=None)
    at = seen.get(root.value) or dict.fromkeys(next(iter(seen.values())), 0.0)
    return {
        **at,
        "capacity": root.value,
        "is_most": root.is_most,
        "breaks": criteria.failing(seen[above]) if above else "none",
        "runs": len(seen),
    }


def fewest(task: Task) -> Found:
    """The fewest cabinets of a site (its transformer unlimited), or the least step of kVA, with
    which the criteria hold for so many trucks; None: not even the most are enough."""
    corridor = unpacked(task.corridor)
    wait, share, what, site, guess, most = task.asked
    criteria, steps, seen = Criteria(wait, share), corridor.section.transformers.kva, [0]

    def margin(n: int) -> float:
        seen[0] += 1
        if what == "kva":
            changed = corridor.with_site(site, kva=steps[n - 1])
            if min(changed.caps_kw(site)) <= corridor.section.module_kw:
                return 1e3  # not one truck could charge at every hour
        else:
            (kind,) = corridor.section.sites[site].cabinets
            changed = corridor.with_site(site, cabinets={kind: n}, kva=None)
        found = run(changed, task.seed, task.replication, task.trucks).summary()
        return criteria.margin(found)

    least = port_root.fewest(margin, guess, min(most, len(steps)) if what == "kva" else most)
    if what == "kva" and least is not None:
        return {"least": steps[least - 1], "runs": seen[0]}
    return {"least": least, "runs": seen[0]}


def _grid_peak(corridor: Corridor, power_max_kw: Sequence[float]) -> float:
    """What the hub takes from the grid at most, its storage and sun giving and taking [kW]."""
    section = corridor.section
    site = section.sites[section.hub]
    sun = section.shapes[site.pv_shape].hours if site.pv_shape else [0.0] * HOURS
    gives = [
        site.pv_kw * sun[h] + sum(store.lift_kw[h] for store in site.storage) for h in range(HOURS)
    ]
    return max(max(0.0, kw - give) for kw, give in zip(power_max_kw, gives, strict=True))


def _booked(freight: Freight) -> dict[str, float]:
    """P95 wait at the hub of trucks with an appointment, and of the others."""
    hub = freight.corridor.number[freight.corridor.section.hub]
    visits = freight.visits[freight.visits["station"] == hub]
    booked = freight.ledger.evs["priority"][visits["ev"]] == BOOKED
    return {
        name: float(np.quantile(own["wait_h"], 0.95) * 60.0) if len(own) else 0.0
        for name, own in (
            ("booked_wait_min_p95", visits[booked]), ("others_wait_min_p95", visits[~booked])
        )
    }  # fmt: skip


def _plain(table: Mapping[Any, Mapping[Any, Any]]) -> Found:
    """Without what strict JSON does not know: None for NaN and infinity."""
    return {
        str(name): {str(k): float(v) if isfinite(v) else None for k, v in row.items()}
        for name, row in table.items()
    }


WORK: dict[str, Callable[[Task], Found]] = {
    "figures": figures, "day": day, "capacity": capacity, "fewest": fewest,
}  # fmt: skip


# ---- rounds of tasks -------------------------------------------------------------------------


def work(tasks: Sequence[tuple[Task, Path | None]]) -> list[tuple[Found, float]]:
    """Do some tasks and keep what they find; with the seconds of processor time of each."""
    done = []
    for task, path in tasks:
        began = time.process_time()
        found = WORK[task.kind](task)
        seconds = time.process_time() - began
        if path:
            # Apart, so that the same result has the same bytes.
            store.write_facts(_cost_of(path), seconds, task.key)
            store.write_facts(path, found, task.key)
        done.append((found, seconds))
    return done


def _cost_of(kept: Path) -> Path:
    return kept.with_suffix(".cost.json")


def _kept(task: Task, path: Path | None) -> tuple[Found, float] | None:
    """What an earlier run found, and the seconds that it took.

    Raises `store.Damaged` if it is not as it was written, with a sentence that names it.
    """
    if path is None or not path.exists():
        return None
    place = path
    try:
        found = store.read_facts(place, task.key)
        place = _cost_of(path)
        return found, store.read_facts(place, task.key)
    except FileNotFoundError:
        raise store.Damaged(f"`{place}` is missing: its task is done again") from None
    except store.Damaged as error:
        raise store.Damaged(f"`{place}` {error}: its task is done again") from None


class Runs:
    """Tasks in rounds, none of them done twice: kept in a folder, whoever asks.

    Attributes
    ----------
    counts : tasks that were `used`, and `run` for that; `replications` simulated in all.
    cpu_s : processor time spent on them, by kind, in whichever run.
    """

    def __init__(self, engine: EngineSection, folder: Path | None, progress: Any) -> None:
        self._workers = engine.workers or len(os.sched_getaffinity(0))
        self._folder, self._progress = folder, progress
        self._pool = cluster.Pool(self._workers)
        self.counts = {"used": 0, "run": 0, "replications": 0}
        self.cpu_s = dict.fromkeys(WORK, 0.0)
        self._paid: set[Task] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: Any) -> None:
        self._pool.__exit__(*failure)

    def ask(self, tasks: Sequence[Task], what: str) -> list[Found]:
        """What the tasks find, in their order: from disk, or done now."""
        paths = [self._folder and self._folder / _program() / f"{t.key}.json" for t in tasks]
        found: dict[Task, Found] = {}
        missing: dict[Task, Path | None] = {}
        damaged: list[str] = []
        for task, path in dict(zip(tasks, paths, strict=True)).items():
            try:
                kept = _kept(task, path)
            except store.Damaged as error:
                kept = None
                damaged.append(str(error))
            if kept:
                self._pay(task, *kept)
                found[task] = kept[0]
            else:
                missing[task] = path
        study.tell(damaged, self._progress)
        left = list(missing.items())
        size = max(1, min(MOST_AT_ONCE, len(left) // (4 * self._workers)))
        batches = [left[n : n + size] for n in range(0, len(left), size)]
        self._progress.start(len(left), f"{what}: {len(left)} tasks on {self._workers} cores")
        for number, results in self._pool.run(work, [(batch,) for batch in batches]):
            for (task, _), (result, seconds) in zip(batches[number], results, strict=True):
                found[task] = result
                self._pay(task, result, seconds)
                self._progress.advance()
        self.counts["used"] += len(tasks)
        self.counts["run"] += len(left)
        return [found[task] for task in tasks]

    def _pay(self, task: Task, found: Found, seconds: float) -> None:
        """What a task cost, once, whoever did it."""
        if task not in self._paid:
            self._paid.add(task)
            self.cpu_s[task.kind] += seconds
            self.counts["replications"] += found.get("runs", 1)


@lru_cache(maxsize=1)
def _program() -> str:
    """A hash of all that makes the figures, but for what a task says."""
    roots = [*Path(sim.__file__).parent.rglob("*.py"), Path(__file__), Path(port_root.__file__)]
    return store.digest(
        {p.name + str(n): store.file_digest(p) for n, p in enumerate(sorted(roots))}
    )
