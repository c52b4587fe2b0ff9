"""Does the model reproduce sessions that were recorded?

Nothing is fitted on the days that are compared.  Four sets of data, each skipped with a reason
where it is absent: a file of the user's (`validate.sessions`), the EPFL fast charger (`epfl.py`),
Dundee's rapid chargers (`busy.py`) and the public chargers of Hamburg (`city/`).
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from experiments.config import Checked
from experiments.question import Answer, Asked, Question
from experiments.validate import busy, epfl, long, recorded
from experiments.validate.city import compare as city
from experiments.validate.city import records
from experiments.validate.city.records import City
from experiments.validate.city.settings import CitySection
from experiments.validate.page import page
from experiments.validate.verdict import headline, skipped, verdict
from sim.config.problems import InputError
from sim.config.section import Section
from sim.config.table import Text
from sim.replay.site import Site
from sim.report.finding import packed, unpacked
from sim.report.language import Words
from sim.stats.bands import REPLICATIONS
from sim.study import cluster, store
from sim.study.progress import Progress
from sim.study.schema import WHERE

DUNDEE = recorded.SHARED / "dundee_rapid" / "sessions_2017-09_2018-09.csv.gz"
DUNDEE_SITES = ("Lochee Charging Hub, Dundee", "Queen Street Car Park, Broughty Ferry, Dundee")
CREDITS = (
    "EPFL: Level 3 EV charging dataset, © 2025 Distributed Electrical Systems Laboratory, MIT. "
    "Published curves: open-ev-data, © 2019 Niklas Hoesl, MIT. Dundee: contains public sector "
    "information licensed under the Open Government Licence v3.0: Dundee City Council. Hamburg: "
    "Stromnetz Hamburg / BVM, dl-de/by-2-0, sites © OpenStreetMap contributors, ODbL, as published "
    "by Adenaw and Krapf, World Electric Vehicle Journal 13(4) 56, 2022."
)
HAMBURG = (records.SITES, records.PROCESSES)
TEXT = "validate.md"
FILES = ("validate.csv", TEXT)


class ValidateSection(Section):
    sessions: Text | None
    site: Text | None
    city: CitySection


@dataclass(frozen=True)
class Recorded:
    """What to compare, what is skipped, and the hashes of the user's files."""

    sites: list[Site]
    city: City | None
    skipped: dict[str, str]  # files that are not there, by what they hold
    hashes: dict[str, str | None]

    def input_hashes(self) -> dict[str, str | None]:
        return self.hashes


def prepare(checked: Checked, progress: Progress) -> Recorded:
    """Raises `InputError` if a file cannot be used, or if there is nothing to compare."""
    progress.status("doing.reading")
    own: ValidateSection = checked.own
    sites, missing = sites_of(own)
    if file := recorded.absent(epfl.FILE, epfl.CURVES):
        missing["epfl"] = file
    if elsewhere := recorded.absent(*HAMBURG):
        missing["hamburg"] = elsewhere
    if not sites and file and elsewhere:
        say = Words("en", Path(__file__).parent)
        raise InputError([
            "there is nothing to compare: name a file of sessions, validate.sessions=FILE",
            *map(say, skipped(missing)),
        ])  # fmt: skip
    sessions = store.file_digest(Path(own.sessions)) if own.sessions else None
    hamburg = None if elsewhere else records.read(*HAMBURG)
    return Recorded(sites, hamburg, missing, {"sessions": sessions})


def answer(asked: Asked) -> Answer:
    """Compare; write the long table, too."""
    numbers: dict[str, Any] = {
        "replications": REPLICATIONS, "skipped": asked.case.skipped, "sites": compare_sites(asked),
    }  # fmt: skip
    if not recorded.absent(epfl.FILE, epfl.CURVES):
        asked.progress.status("doing.epfl")
        numbers["epfl"] = epfl.compare(epfl.FILE, epfl.CURVES, asked.engine.seed)
    if asked.case.city:
        numbers["city"] = compare_city(asked)
    found = unpacked(packed(numbers))
    store.write_text(asked.output / "validate.csv", long.table(found).to_csv(index=False))
    made = {"sources": CREDITS, "site_replications": REPLICATIONS}
    return Answer(verdict(found), numbers, headline(found), made=made)


def sites_of(own: ValidateSection) -> tuple[list[Site], dict[str, str]]:
    """The sites to compare, of the user's file first, and what is skipped."""
    sites = recorded.sites(Path(own.sessions), [own.site]) if own.sessions else []
    if file := recorded.absent(DUNDEE):
        return sites, {"dundee": file}
    names = [own.site] if own.site and not own.sessions else DUNDEE_SITES
    return [*sites, *recorded.sites(DUNDEE, names, DUNDEE.name)], {}


def compare_sites(asked: Asked) -> list[dict[str, Any]]:
    """`busy.compare` of every site by each of the models."""
    sites, engine = asked.case.sites, asked.engine
    found = iter(cluster.each(
        busy.compare, [(site, engine.seed, *own) for site in sites for own in busy.MODELS.values()],
        engine.where, asked.progress,
        "doing.sites", n=REPLICATIONS, sites=len(sites),
    ))  # fmt: skip
    return [
        {
            "site": site.name, "units": site.units, "weeks": site.weeks,
            "first_day": site.first.date().isoformat(), "sessions": site.sessions,
            "dropped": site.dropped, "merged": site.merged, "occupancies": len(site.begin_h),
            "quiet": [
                {"unit": unit, "weeks": [(site.first + timedelta(weeks=week)).date().isoformat()
                                         for week in weeks]}
                for unit, weeks in site.quiet.items()
            ],
            **{model: next(found) for model in busy.MODELS},
        }
        for site in sites
    ]  # fmt: skip


def compare_city(asked: Asked) -> dict[str, Any]:
    """`city.compare` of Hamburg by each of the models."""
    of, engine = asked.case.city, asked.engine
    found = cluster.each(
        city.compare, [(of, asked.config.city, engine.seed, model) for model in city.MODELS],
        engine.where, asked.progress,
        "doing.city", n=len(city.MODELS), sites=len(of.evses),
    )  # fmt: skip
    return city.answer(of, dict(zip(city.MODELS, found, strict=True)))


QUESTION = Question(
    answer,
    reads=("validate", "engine.seed", *WHERE),
    section="validate",
    config=ValidateSection,
    prepare=prepare,
    page=page,
    text=TEXT,
    files=FILES,
)
