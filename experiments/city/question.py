"""A region that people live in: does it agree with what is observed, and whom does the plan's
retrofit rule flag?

Each question is a module with its answer, from runs that it asks for, and its part of the page.
"""

from collections.abc import Mapping
from typing import Any

from experiments.city import backcast, cover, order, rule, sites
from experiments.city import page as pages
from experiments.city.plans import impossible
from experiments.city.settings import OF_BUILDING, OF_RULE, CitySection, read_observed, unknown
from experiments.city.study import CityStudy
from experiments.question import UNCOUNTED, Answer, Asked, Question, in_folder
from sim.config.overrides import Given as Said
from sim.config.reads import under
from sim.config.sources import assumed
from sim.region import retrofit
from sim.region.case import Inhabited
from sim.region.metrics import METRICS
from sim.region.prices import read_prices
from sim.region.region import Region
from sim.region.retrofit import flagged
from sim.report import kpis
from sim.report.blocks import Page, Section
from sim.report.finding import Finding, Given, Name, found
from sim.report.language import Words
from sim.stats import interval
from sim.study.results import means

PARTS: dict[str, Any] = {
    "backcast": backcast, "rule": rule, "order": order, "new_sites": sites, "cover": cover,
}  # fmt: skip


def load(right: Mapping[str, Any], problems: list[str]) -> "Ruled | None":
    """The case and the rule, and what is wrong with either and with what is asked of them."""
    section, tariff, asked, own, engine = (
        right.get(key) for key in ("region", "tariff", "retrofit_rule", "city_study", "engine")
    )
    prices = read_prices(tariff, problems) if tariff else None
    region = Region.of(section, problems) if section else None
    if own:
        read_observed(own, set(METRICS), problems)
    if section and section.charging.warm_up_days >= section.living.days:
        problems.append(
            f"`region.charging.warm_up_days` is {section.charging.warm_up_days}, but "
            f"`region.living.days` is {section.living.days}: no day would count"
        )
    if region and own:
        problems += unknown(own, region)
    if region and asked:
        problems += retrofit.check(asked, region)
    if problems or not (section and tariff and region and prices and asked and own and engine):
        return None
    case = Inhabited(section, tariff, own.of(region), engine.seed, engine.bin_min / 60.0,
                     engine.curve_tolerance)  # fmt: skip
    if own.builds:
        problems += impossible(case, asked, own)
    return None if problems else Ruled(case, asked)


class Ruled:
    """A case and the rule that is asked about."""

    def __init__(self, case: Inhabited, asked: Any) -> None:
        self.case, self.rule = case, asked

    def input_hashes(self) -> Mapping[str, str]:
        return self.case.input_hashes()


def answer(asked: Asked) -> Answer:
    """Simulate, and answer what is asked: a part by question, over worlds of regions and life."""
    own = asked.case
    study = CityStudy(own.case, asked.config, own.rule, asked.kpis, asked.study)
    with interval.over_points():
        parts: dict[str, dict[str, Any]] = {}
        lead: list[Finding] = []
        verdict: list[Finding | str] = []
        names = [name for name in PARTS if name in study.own.questions]
        for number, name in enumerate(asked.progress.questions(names), 1):
            part = PARTS[name]
            parts[name] = part.answer(study)
            plain, more = part.plain(parts[name]), part.verdict(parts[name])
            parts[name] |= {"plain": plain, "verdict": more}
            lead += plain
            heading = found("heading", number=number, question=parts[name]["question"])
            verdict += [heading, *plain, *more, ""]
        brackets = found("brackets", worlds=len(study.own.seeds) * study.own.runs,
                         seeds=len(study.own.seeds), replications=study.own.runs)  # fmt: skip
        luck, *others = (own for _, own in study.results.items())
        each = [*luck, *(run for own in others for run in own)]
        numbers = {
            "verdict": [*verdict, brackets], "lead": [*lead, brackets], **_first(study), **parts,
            "kpis": kpis.numbers(each, luck, asked.kpis),
        }  # fmt: skip
    kpis.keep(asked.output, study.results)
    samples = {key: study.values(key).ravel().tolist() for key in pages.CARDS}
    headline = {key: float(study.values(key).mean()) for key in pages.CARDS}
    made = {"cpu_s": asked.study.cpu_s, "tasks": asked.study.counts}
    return Answer(numbers["verdict"], numbers, headline, samples, made)


def _first(study: CityStudy) -> dict[str, Any]:
    """What a page shows beside the answers: cards, the stations of the first region, what is
    assumed."""
    seed, case = next(iter(study.cases.items()))
    region, rows = case.region, case.region.stations.rows[case.stations]
    table = means(study.results[seed])
    plane = region.zones.plane
    of = [region.tables.districts[n] for n in region.zones.rows["district"][rows["zone"]]]
    flags = flagged(study.rule, region.stations, case.section.now.year)[case.stations]
    lon, lat = plane.degrees(rows["x_km"], rows["y_km"])
    metrics = study.base.metrics
    return {
        "districts": [Name(own.name_en, own.name_zh) for own in region.tables.districts
                      if own.district in case.districts],
        "region": Name(study.base.section.totals.name, study.base.section.name_zh),
        "seed": seed,
        "network": {
            key: {"value": study.estimate(key), "unit": metrics[key].unit,
                  "digits": metrics[key].digits}
            for key in pages.CARDS
        },
        "seats": [[Name(own.name_en, own.name_zh), own.lon, own.lat]
                  for own in region.tables.districts if own.district in case.districts],
        "stations": {
            **{key: table[key].tolist() for key in ("station", *pages.COLUMNS)},
            "district": [[own.name_en, own.name_zh] for own in of],
            **{key: rows[key].tolist() for key in ("year", "guns", "kw", "is_super")},
            "flagged": flags.tolist(), "lon": lon.tolist(), "lat": lat.tolist(),
        },
        "assumed": [(at, Given(text)) for at, text in assumed(study.base.section)],
    }  # fmt: skip


def page(say: Words, answer: Mapping[str, Any]) -> Page:
    asked = {name: (part, answer[name]) for name, part in PARTS.items() if name in answer}
    sections = []
    for number, (name, (part, own)) in enumerate(asked.items(), 1):
        heading = say("heading", number=number, question=own["question"])
        told = [say(line) for line in (*own["plain"], *own["verdict"])]
        blocks = [*told, *part.page(say, own)]
        sections.append(Section(heading, blocks, name, say(f"{name}.short")))
    return Page(
        say("title", region=answer["region"]),
        [*sections, *pages.overseen(say, answer), pages.stations(say, answer),
         pages.assumed(say, answer)],
        say("subtitle", districts=answer["districts"]), pages.cards(say, answer),
        sure=say("first.sure"), assumed=say("first.assumed"),
    )  # fmt: skip


def overruled(given: Said, config: Mapping[str, Any]) -> str:
    """With `quick` its own districts and numbers of runs hold."""
    own = config["city_study"]
    builds = {*OF_BUILDING} & {*own["questions"]}
    for key in ("replications", "rounds", "building.districts", *([] if builds else ["districts"])):
        if own["quick"] and under(given.key, f"city_study.{key}"):
            return "on city_study.quick=true"
    if not own["quick"] and under(given.key, "city_study.quick_districts"):
        return "without city_study.quick=true"
    for key, of in (("retrofit_rule", OF_RULE), ("city_study.building", OF_BUILDING)):
        if under(given.key, key) and not {*of} & {*own["questions"]}:
            return f"on these city_study.questions: it belongs to {', '.join(of)}"
    return ""


QUESTION = Question(
    answer,
    reads=("region", "tariff", "retrofit_rule", "city_study", "kpis", *UNCOUNTED),
    section="city_study",
    config=CitySection,
    load=load,
    study=in_folder,
    page=page,
    works="sim.region.case",
    free=frozenset(
        f"city_study.{name}" for name in ("quick", "questions", "replications", "rounds", "seeds")
    ),
    overruled=overruled,
    tables=("observed",),
    figures=lambda checked: pages.CARDS,
    files=(kpis.TABLE,),
)
