"""The holidays that the study of the 40 % rule simulates, each with its ordinary week."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.forty_percent_rule.case import Ruled
from sim.config.problems import InputError
from sim.report.finding import Finding, found
from sim.roads.scenario import Scenario
from sim.stats.streams import Distribution

BASE = "base"
WEEK = "_week"  # the ordinary week of a design: `base_week`


def of(scenario: Ruled) -> dict[str, Scenario]:
    """The designs by name: holidays, and after each the ordinary week with the same change.

    Raises `InputError` where a change makes what cannot be.
    """
    holidays = {BASE: scenario} | {
        name: _changed(scenario, changes) for name, changes in _changes(scenario).items()
    }
    return {
        name: design
        for holiday, own in holidays.items()
        for name, design in ((holiday, own), (holiday + WEEK, own.reference()))
    }


def labels(scenario: Ruled) -> dict[str, Finding]:
    """What the holidays are called."""
    study = scenario.own
    values: dict[str, dict[str, Any]] = {
        BASE: {},
        "less": {"change": study.demand_change},
        "more": {"change": study.demand_change},
        "growth": {"change": study.ev_share_growth},
        "overstay": {"mean_min": _mean(study.overstay_min)},
        "site_rule": study.site_rule.model_dump(),
    }
    return {name: found(f"rule.holidays.{name}", **own) for name, own in values.items()}


def _mean(distribution: Distribution) -> float:
    return float(distribution.quantile((np.arange(10_000) + 0.5) / 10_000).mean())


def _changes(scenario: Ruled) -> dict[str, dict[str, Any]]:
    """Sections of the config by design, with what is different there."""
    config, study = scenario.config, scenario.own
    growth = 1.0 + study.ev_share_growth
    shares = {name: getattr(config, name).ev_share * growth for name in ("demand", "reference")}
    if max(shares.values()) > 1.0:
        raise InputError(
            f"`rule_study.ev_share_growth` makes the EV share {max(shares.values()):.3g}, but it "
            "must be at most 1"
        )
    scale = config.demand.scale
    return {
        "less": {"demand": {"scale": scale * (1.0 - study.demand_change)}},
        "more": {"demand": {"scale": scale * (1.0 + study.demand_change)}},
        "growth": {name: {"ev_share": share} for name, share in shares.items()},
        "overstay": {"fleet": {"overstay_min": study.overstay_min.model_dump(mode="json")}},
        "site_rule": {"policy": {"when": "holidays", **study.site_rule.model_dump()}},
    }


def _changed(scenario: Ruled, changes: Mapping[str, Mapping[str, Any]]) -> Scenario:
    cfg = scenario.config.model_dump(mode="json", by_alias=True)
    for section, values in changes.items():
        cfg[section] |= values
    return scenario.loaded(cfg)
