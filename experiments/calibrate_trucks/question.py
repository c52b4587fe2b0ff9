"""Which values of what is not known of trucks agree with what is reported of their stations?

Sites of which something is reported are run at points that fill the space of the inputs; each point
is weighed by how well it explains the reports, and points of the posterior are kept.  No emulator
stands between: a run of a site takes less than a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from experiments.calibrate_trucks.page import page
from experiments.calibrate_trucks.verdict import verdict
from experiments.question import UNCOUNTED, Answer, Asked, Question, in_folder
from sim.config import limits, table
from sim.config.folder import configs_dir
from sim.config.problems import InputError
from sim.config.section import CriterionMin, Section, SomeShare
from sim.config.table import Name, Text, number, repeated
from sim.freight import changes
from sim.freight.capacity import capacity
from sim.freight.case import Freight
from sim.freight.corridor import Corridor
from sim.freight.inputs import INPUTS
from sim.freight.network import corridor_of
from sim.freight.posterior import Posterior
from sim.report.finding import Given, Term
from sim.report.finding import Name as Called
from sim.stats import inputs
from sim.stats import posterior as weighed
from sim.stats.estimate import Estimate
from sim.stats.posterior import ENDS, Likelihood, Observation
from sim.stats.prior import Prior, sobol
from sim.stats.streams import stream
from sim.study import store
from sim.study.case import Replication
from sim.study.schema import Replications

QUICK_POINTS, QUICK_KEPT = 32, 8
NO_DISCREPANCY = 0.0  # no level is common to what is reported


class CalibrateTrucksSection(Section):
    inputs: Text
    observations: Text
    points: Annotated[int, number(limits.DESIGN_POINTS)]
    kept: Annotated[int, number(limits.KEPT_POINTS)]
    luck: Replications
    wait_p95_min: CriterionMin
    energy_share: SomeShare
    quick: bool


class Report(table.Row):
    """What is reported of a site: `mwh_a_day`, or `served`: so many trucks, at least."""

    network: Name
    figure: Literal["mwh_a_day", "served"]
    observed: float
    low: float
    high: float
    source: Text

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low is {self.low:g}, but must be below high, {self.high:g}")
        if self.figure == "served" and round(self.observed) < 1:
            raise ValueError(f"observed is {self.observed:g}, but at least one truck is served")
        return self


@dataclass(frozen=True)
class Trucks:
    """The sites of which something is reported, as they are assumed."""

    sites: Mapping[str, Corridor]
    reports: tuple[Report, ...]
    priors: Mapping[str, Prior]

    def input_hashes(self) -> dict[str, str]:
        return {k: v for own in self.sites.values() for k, v in own.input_hashes().items()}


def load(right: Mapping[str, Any], problems: list[str]) -> Trucks | None:
    """Sites without the posterior, which is to be made; the corridor of the config is none."""
    own, engine = right.get("calibrate_trucks"), right.get("engine")
    if own is None or engine is None:
        return None
    engine = engine.model_copy(update={"uncertainty": "none"})
    priors = inputs.read(own.inputs, Prior, INPUTS, problems)
    rows = table.read(configs_dir() / own.observations, own.observations, Report, problems)
    problems += repeated(own.observations, "network", [row.network for row in rows])
    sites = {}
    for row in rows:
        try:
            sites[row.network] = _reported(corridor_of(row.network, engine), row)
        except InputError as error:
            problems += [f"{own.observations}: {text}" for text in error.problems]
    if own.kept > own.points and not own.quick:
        problems.append("`calibrate_trucks.kept` is more than `calibrate_trucks.points`")
    if not problems:
        problems += _impossible(own.inputs, sites, priors)
    return None if problems else Trucks(sites, tuple(rows), priors)


def _reported(corridor: Corridor, row: Report) -> Corridor:
    """Only who charges at the hub; as many trucks as are reported."""
    section = corridor.section
    duties = {k: own for k, own in section.duties.items() if changes.charges(own, section.hub)}
    own = corridor.with_(duties=duties)
    return own.with_(trucks_in_fleet=round(row.observed)) if row.figure == "served" else own


def _impossible(name: str, sites: Mapping[str, Corridor], priors: Mapping[str, Prior]) -> list[str]:
    problems = []
    for key, prior in priors.items():
        for end in prior.ends:
            for corridor in sites.values():
                try:
                    corridor.at({key: end})
                except InputError as error:
                    problems.append(f"{name}: `{key}` cannot be {end:g}: {error.problems[0]}")
    return list(dict.fromkeys(problems))


def answer(asked: Asked) -> Answer:
    """Run the points, weigh them, keep some."""
    case: Trucks = asked.case
    own: CalibrateTrucksSection = asked.config
    points, kept = (QUICK_POINTS, QUICK_KEPT) if own.quick else (own.points, own.kept)
    seed = asked.engine.seed
    # As many digits as are kept: what is kept is what was run.
    prior = np.char.mod("%.9g", sobol(case.priors, points, seed)).astype(float)
    names = list(case.priors)
    where = [dict(zip(names, row, strict=True)) for row in prior.tolist()]
    predicted = np.array(
        [_run(asked, row, [case.sites[row.network].at(at) for at in where]) for row in case.reports]
    ).T
    lucky = np.array([_run(asked, r, [case.sites[r.network]] * own.luck) for r in case.reports])
    observed = [Observation(row.low, row.high) for row in case.reports]
    unexplained = np.diag(lucky.var(axis=1, ddof=1))
    likelihood = Likelihood.of(observed, unexplained, NO_DISCREPANCY)
    found = weighed.Posterior.of(prior, likelihood.log(predicted))
    taken = found.accepted(stream(seed, 0, "calibrate", "trucks"))[:kept]
    if len(taken) < kept:
        raise InputError(
            f"only {len(taken)} of {points} points agree with what is reported, fewer than "
            f"`calibrate_trucks.kept` = {kept}: ask for more points"
        )
    assumed = next(iter(case.sites.values())).cfg
    made = {
        "inputs": {"table": own.inputs, "digest": store.file_digest(configs_dir() / own.inputs)},
        "observations": {"table": own.observations,
                         "digest": store.file_digest(configs_dir() / own.observations)},
        "points": points, "seed": seed, "effective": found.effective,
    }  # fmt: skip
    expected = {name: INPUTS[name].value(assumed) for name in names}
    Posterior(tuple(names), prior[taken], expected, made).write(asked.output.place)
    numbers = {
        "points": points, "kept": kept, "effective": found.effective,
        "inputs": [_input(name, n, case.priors[name], found, expected[name])
                   for n, name in enumerate(names)],
        "reports": [
            _report(_called(case, row), row, predicted[:, n], predicted[taken, n], lucky[n])
            for n, row in enumerate(case.reports)
        ],
    }  # fmt: skip
    made_by = {"tasks": asked.study.counts, "cpu_s": asked.study.cpu_s}
    return Answer(verdict(numbers), numbers, {"effective": found.effective}, {}, made_by)


def _run(asked: Asked, row: Report, corridors: list[Corridor]) -> list[float]:
    """What is predicted of a report, a replication each: of the trucks that are reported those that
    the site can serve, or the energy that its hub gives."""
    seed, own = asked.engine.seed, asked.config
    designs = [(n, Freight(corridor, seed), n) for n, corridor in enumerate(corridors)]
    section, told = corridors[0].section, {"site": _called(asked.case, row)}
    if row.figure == "served":
        found = asked.study.ask(
            designs, "doing.report", capacity, told, wait_p95_min=own.wait_p95_min,
            energy_share=own.energy_share, most=round(row.observed), resolution=0.0,
        )  # fmt: skip
        return [float(one.figures["capacity"]) for one in found]
    found = asked.study.ask(designs, "doing.report", told=told)
    return [_kwh(one, section.hub) / 1e3 for one in found]


def _called(case: Trucks, row: Report) -> Called:
    section = case.sites[row.network].section
    return Called(section.name, section.name_zh)


def _kwh(found: Replication, hub: str) -> float:
    at = found.stations["station"] == hub
    return float(found.stations["kwh_per_day"].to_numpy(float)[at.to_numpy()][0])


def _middle(values: np.ndarray) -> Estimate:
    low, mid, high = np.quantile(values, [ENDS[0], 0.5, ENDS[1]]).tolist()
    return Estimate(mid, low, high)


def _report(
    called: Called, row: Report, before: np.ndarray, after: np.ndarray, lucky: np.ndarray
) -> dict[str, Any]:
    return {
        "name": called, "figure": Term(f"figures.{row.figure}"),
        "reported": Estimate(row.observed, row.low, row.high), "assumed": _middle(lucky),
        "prior": _middle(before), "posterior": _middle(after), "source": Given(row.source),
    }  # fmt: skip


def _input(
    name: str, n: int, prior: Prior, found: weighed.Posterior, expected: float
) -> dict[str, Any]:
    low, mid, high = (float(v) for v in prior.quantile(np.array([ENDS[0], 0.5, ENDS[1]])))
    after = found.quantiles(found.points[:, n], [ENDS[0], 0.5, ENDS[1]])
    return {
        "label": Term(f"inputs.{name}"), "unit": INPUTS[name].unit, "assumed": expected,
        "prior": Estimate(mid, low, high), "posterior": Estimate(after[1], after[0], after[2]),
        "narrower": 1.0 - (after[2] - after[0]) / (high - low), "source": Given(prior.source),
    }  # fmt: skip


QUESTION = Question(
    answer,
    reads=("calibrate_trucks", *UNCOUNTED),
    section="calibrate_trucks",
    config=CalibrateTrucksSection,
    load=load,
    page=page,
    study=in_folder,
    works="sim.freight.case",
    files=("trucks_posterior.csv", "trucks_posterior.json"),
    tables=("inputs", "observations"),
    figures=lambda checked: ("effective",),
)
