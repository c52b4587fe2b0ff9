"""The whole config of a question: what is simulated, how, and the question's own settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

import experiments
from sim.config import sections
from sim.config.problems import InputError
from sim.config.section import Section
from sim.config.table import Text
from sim.freight.schema import CorridorSection
from sim.metrics.schema import KpisSection, unpriced
from sim.region.prices import TariffSection
from sim.region.retrofit import RetrofitRule
from sim.region.schema import RegionSection
from sim.report.schema import ReportSection
from sim.roads.scenario import Scenario
from sim.roads.schema import Config
from sim.study.schema import SweepSection

if TYPE_CHECKING:
    from experiments.question import Question


class Whole(Config):
    """What all questions have in their config; their own settings come beside it."""

    kpis: KpisSection
    report: ReportSection
    sweep: Annotated[SweepSection, Field(exclude=True)] = SweepSection()
    corridor: CorridorSection | None = None
    region: RegionSection | None = None
    tariff: TariffSection | None = None
    retrofit_rule: RetrofitRule | None = None
    experiment: Text
    out: Text
    overwrite: bool


@lru_cache(maxsize=32)
def schema(section: str | None, own: type[Section] | None) -> type[Whole]:
    """That of a question whose `own` settings are in a `section`."""
    if section is None or own is None:
        return Whole
    name = f"Whole with {section}"  # an error is looked up by the name of its model
    return create_model(name, __base__=Whole, own_=(own, Field(alias=section)))


@dataclass(frozen=True)
class Checked:
    """A config that holds what it may, and what it describes."""

    config: Whole
    case: Any  # what the question simulates, if it is there before anything is read or drawn

    @property
    def own(self) -> Any:
        """The question's own settings, if it has any."""
        return getattr(self.config, "own_", None)

    @property
    def plain(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.config.model_dump_json(by_alias=True))
        return found

    def idle(self) -> dict[str, str]:
        """A sentence for every key that leaves a station as it stands."""
        return self.case.idle_overrides() if isinstance(self.case, Scenario) else {}


def check(question: Question, plain: Mapping[str, Any]) -> Checked:
    """Raises `InputError` with a sentence for every problem of a resolved config and its tables."""
    own = schema(question.section, question.config)
    plain = _without_others(plain, own)
    problems: list[str] = []
    right = sections.right(own, plain, problems)
    case = question.load(right, problems)
    shows_kpis = any(place.startswith("kpis") for place in question.reads)
    if shows_kpis and "kpis" in right and "tariff" not in question.reads:
        problems += unpriced(right["kpis"])
    if problems:
        raise InputError(dict.fromkeys(problems))
    return Checked(own.model_validate(plain), case)


def _without_others(plain: Mapping[str, Any], own: type[Whole]) -> dict[str, Any]:
    """Without settings of other questions: whoever gave them is told that they have no effect."""
    known = {field.alias or name for name, field in own.model_fields.items()}
    if not plain.keys() - known:
        return dict(plain)
    others = {other.section for other in experiments.every().values()} - known
    return {key: value for key, value in plain.items() if key not in others}
