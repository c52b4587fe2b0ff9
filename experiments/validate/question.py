"""Does the model reproduce sessions that were recorded?

Nothing is fitted on the days that are compared.  Three sets of data, each skipped with a reason
where it is absent: a file of the user's (`validate.sessions`), the EPFL fast charger (`epfl.py`)
and Dundee's rapid chargers (`busy.py`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.config import Checked
from experiments.question import PAGE, Answer, Asked, Question
from experiments.validate import busy, epfl, long, recorded
from experiments.validate.page import page
from experiments.validate.settings import ValidateSection
from experiments.validate.verdict import headline, skipped, verdict
from sim.config.problems import InputError
from sim.report.finding import unpacked
from sim.report.language import Words
from sim.study import cluster, store, study
from sim.study.progress import Progress
from sim.study.schema import EngineSection

DUNDEE = recorded.SHARED / "dundee_rapid" / "sessions_2017-09_2018-09.csv.gz"
DUNDEE_SITES = ("Lochee Charging Hub, Dundee", "Queen Street Car Park, Broughty Ferry, Dundee")
CREDITS = (
    "EPFL: Level 3 EV charging dataset, © 2025 Distributed Electrical Systems Laboratory, MIT. "
    "Published curves: open-ev-data, © 2019 Niklas Hoesl, MIT. Dundee: contains public sector "
    "information licensed under the Open Government Licence v3.0: Dundee City Council."
)
TEXT = "validate.md"
FILES = (PAGE, "validate.csv", TEXT)


@dataclass(frozen=True)
class Recorded:
    """The sites to compare, what is skipped, and the hashes of the user's files."""

    sites: list[recorded.Site]
    skipped: dict[str, str]  # files that are not there, by what they hold
    hashes: dict[str, str | None]

    def input_hashes(self) -> dict[str, str | None]:
        return self.hashes


def prepare(checked: Checked, progress: Progress) -> Recorded:
    """Raises `InputError` if a file cannot be used, or if there is nothing to compare."""
    progress.status("reading recorded sessions")
    own: ValidateSection = checked.own
    sites, missing = sites_of(own)
    if file := recorded.absent(epfl.FILE, epfl.CURVES):
        missing["epfl"] = file
    if not sites and file:
        say = Words("en", Path(__file__).parent)
        raise InputError([
            "there is nothing to compare: name a file of sessions, validate.sessions=FILE",
            *map(say, skipped(missing)),
        ])  # fmt: skip
    sessions = store.file_digest(Path(own.sessions)) if own.sessions else None
    return Recorded(sites, missing, {"sessions": sessions})


def answer(asked: Asked) -> Answer:
    """Compare; write the long table, too."""
    own, output = asked.case, asked.output
    numbers: dict[str, Any] = {
        "replications": busy.REPLICATIONS, "skipped": own.skipped,
        "sites": compare_sites(own.sites, asked.engine, asked.progress),
    }  # fmt: skip
    if not recorded.absent(epfl.FILE, epfl.CURVES):
        asked.progress.status("replaying the EPFL fast charger")
        numbers["epfl"] = epfl.compare(epfl.FILE, epfl.CURVES, asked.engine.seed)
    found = unpacked(numbers)
    store.write_text(output / "validate.csv", long.table(found).to_csv(index=False))
    lines = verdict(found)
    made = {"sources": CREDITS, "site_replications": busy.REPLICATIONS}
    return Answer(lines, numbers, headline(found), made=made)


def sites_of(config: ValidateSection) -> tuple[list[recorded.Site], dict[str, str]]:
    """The sites to compare, of the user's file first, and what is skipped."""
    sites, missing = [], {}
    if config.sessions:
        own = Path(config.sessions)
        rows = recorded.read(own, recorded.Session)
        sites.append(recorded.site_of(rows, recorded.choose(rows, config.site, str(own)), str(own)))
    if file := recorded.absent(DUNDEE):
        missing["dundee"] = file
    else:
        rows = recorded.read(DUNDEE, recorded.Session)
        names = list(DUNDEE_SITES)
        if config.site and not config.sessions:
            names = [recorded.choose(rows, config.site, DUNDEE.name)]
        sites += [recorded.site_of(rows, name, DUNDEE.name) for name in names]
    return sites, missing


def compare_sites(
    sites: list[recorded.Site], engine: EngineSection, progress: Progress
) -> list[dict[str, Any]]:
    """`busy.compare` of every site, with a waiting line and without."""
    tasks = [(site, engine.seed, line) for site in sites for line in (True, False)]
    progress.start(len(tasks), f"{busy.REPLICATIONS} replications of {len(sites)} sites")
    found: dict[int, dict[str, Any]] = {}
    for number, result in cluster.run(busy.compare, tasks, study.cores(engine.workers)):
        found[number] = result
        progress.advance()
    return [
        {
            "site": site.name, "units": site.units, "weeks": site.weeks,
            "first_day": site.first.date().isoformat(), "sessions": site.sessions,
            "dropped": site.dropped, "merged": site.merged, "occupancies": len(site.begin_h),
            "line": found[2 * n], "lost": found[2 * n + 1],
        }
        for n, site in enumerate(sites)
    ]  # fmt: skip


QUESTION = Question(
    answer,
    reads=("validate", "engine.seed", "engine.workers"),
    section="validate",
    config=ValidateSection,
    prepare=prepare,
    page=page,
    text=TEXT,
    files=FILES,
)
