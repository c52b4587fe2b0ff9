"""The holidays that the study of the 40 % rule simulates, each with its ordinary week."""

from copy import copy
from typing import Any, NamedTuple, Self

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from sim import metrics
from sim.config.problems import InputError
from sim.report.finding import Finding, found
from sim.roads.scenario import Scenario
from sim.study.results import Results
from sim.study.schema import EngineSection
from sim.study.study import Study

BASE = "base"
WEEK = "_week"  # the ordinary week of a design: `base_week`


class Runs(Study):
    """Replications of the study.  Those of the holidays, which several parts ask for, are held."""

    engine: EngineSection
    _held: Results | None = None

    def of(self, replications: int) -> Self:
        """The same study, which asks for so many replications of whatever it asks for."""
        other = copy(self)  # with the same workers, and one account of what was run
        wanted = {"replications": replications, "half_width": None}
        other.engine, other._held = self.engine.model_copy(update=wanted), None
        return other

    def holidays(self, scenario: Ruled) -> Results:
        """As many of all holidays as the engine wants."""
        if self._held is None:
            self._held = self.enough(of(scenario), metrics.AIM)
        return self._held


class Holiday(NamedTuple):
    """What its name says of it, and the settings that differ there."""

    says: dict[str, Any]
    settings: dict[str, Any]


def of(scenario: Ruled) -> dict[str, Scenario]:
    """The designs by name: holidays, and after each the ordinary week with the same change.

    Raises `InputError` where a change makes what cannot be.
    """
    found: dict[str, Scenario] = {BASE: scenario}
    found |= {name: scenario.with_(**own.settings) for name, own in _changed(scenario).items()}
    return {
        name: design
        for holiday, own in found.items()
        for name, design in ((holiday, own), (holiday + WEEK, own.reference()))
    }


def labels(scenario: Ruled) -> dict[str, Finding]:
    """What the holidays are called."""
    says: dict[str, dict[str, Any]] = {BASE: {}}
    says |= {name: own.says for name, own in _changed(scenario).items()}
    return {name: found(f"rule.holidays.{name}", **own) for name, own in says.items()}


def _changed(scenario: Ruled) -> dict[str, Holiday]:
    """The holidays that are not as expected, by name."""
    config, study = scenario.config, scenario.own
    change, scale = study.demand_change, config.demand.scale
    growth, stay = study.ev_share_growth, study.overstay_min
    mean_min = float(stay.quantile((np.arange(10_000) + 0.5) / 10_000).mean())
    site_rule = study.site_rule.model_dump()
    policy = {f"policy.{key}": value for key, value in site_rule.items()}
    shares = {
        f"{name}.ev_share": getattr(config, name).ev_share * (1.0 + growth)
        for name in ("demand", "reference")
    }
    if (most := max(shares.values())) > 1.0:
        raise InputError(
            f"`rule_study.ev_share_growth` makes the EV share {most:.3g}, but it must be at most 1"
        )
    return {
        "less": Holiday({"change": change}, {"demand.scale": scale * (1.0 - change)}),
        "more": Holiday({"change": change}, {"demand.scale": scale * (1.0 + change)}),
        "growth": Holiday({"change": growth}, shares),
        "overstay": Holiday({"mean_min": mean_min}, {"fleet.overstay_min": stay}),
        "site_rule": Holiday(site_rule, {"policy.when": "holidays", **policy}),
    }
