"""Does the model reproduce sessions that were recorded?

Nothing is fitted on the days that are compared.  Three sets of data, each skipped with a reason
where it is absent: a file of the user's (`validate.sessions`), the EPFL fast charger (`epfl.py`)
and Dundee's rapid chargers (`busy.py`).
"""

from pathlib import Path
from typing import Any

from experiments import Result
from experiments.validate import busy, epfl, recorded
from experiments.validate import page as validate_page
from experiments.validate import view as validate_view
from sim.config.problems import InputError
from sim.report import simple
from sim.roads.scenario import Scenario
from sim.study import cluster, store, study
from sim.study.output import Output

TITLE = "Simulated against recorded sessions"
DUNDEE = recorded.SHARED / "dundee_rapid" / "sessions_2017-09_2018-09.csv.gz"
DUNDEE_SITES = ("Lochee Charging Hub, Dundee", "Queen Street Car Park, Broughty Ferry, Dundee")
CREDITS = (
    "EPFL: Level 3 EV charging dataset, © 2025 Distributed Electrical Systems Laboratory, MIT. "
    "Published curves: open-ev-data, © 2019 Niklas Hoesl, MIT. Dundee: contains public sector "
    "information licensed under the Open Government Licence v3.0: Dundee City Council."
)
FILES = ("answer.json", "report.html", "validate.csv", "validate.md")


def run(scenario: Scenario, out: Path, progress: Any) -> Result:
    """Compare, and write `answer.json`, `report.html`, `manifest.json`; the table and the page
    as CSV and Markdown, too.

    Raises InputError if a file cannot be used, or if there is nothing to compare.
    """
    progress.status("reading recorded sessions")
    sites, skipped = sites_of(scenario)
    if reason := recorded.absent(epfl.FILE, epfl.CURVES):
        skipped["EPFL fast charger"] = reason
    if not sites and reason:
        raise InputError(
            ["there is nothing to compare: name a file of sessions, validate.sessions=FILE"]
            + [f"{name}: {reason}" for name, reason in skipped.items()]
        )
    own = scenario.config.validate_.sessions
    inputs = {"sessions": store.file_digest(Path(own)) if own else None}
    with Output(out, scenario, FILES, progress, inputs) as output:
        study.warm_up(progress)
        answer: dict[str, Any] = {
            "skipped": skipped, "sites": compare_sites(sites, scenario, progress)
        }  # fmt: skip
        sessions = None
        if not reason:
            progress.status("replaying the EPFL fast charger")
            answer["epfl"], sessions = epfl.compare(epfl.FILE, epfl.CURVES, scenario.engine.seed)
        verdict = validate_view.verdict(answer)
        answer = {"question": __doc__.splitlines()[0], "verdict": verdict} | answer
        sections = validate_page.sections(answer, sessions)
        table = validate_view.table(answer)
        store.write_json(output / "answer.json", answer)
        store.write_text(output / "validate.csv", table.to_csv(index=False))
        store.write_text(output / "validate.md", simple.markdown(TITLE, verdict, sections))
        manifest = output.manifest() | {
            "data in ../shared": CREDITS,
            "replications of each site": busy.REPLICATIONS,
        }
        facts = {key: value for key, value in manifest.items() if key != "config"}
        simple.page(TITLE, verdict, sections, output / "report.html", facts)
        paths = output.publish(manifest)
    return Result(verdict, validate_view.headline(answer), paths)


def sites_of(scenario: Scenario) -> tuple[list[recorded.Site], dict[str, str]]:
    """The sites to compare, of the user's file first, and what is skipped and why."""
    config = scenario.config.validate_
    sites, skipped = [], {}
    if config.sessions:
        own = Path(config.sessions)
        rows = recorded.read(own, recorded.Session)
        sites.append(recorded.site_of(rows, recorded.choose(rows, config.site, str(own)), str(own)))
    if reason := recorded.absent(DUNDEE):
        skipped["Dundee rapid chargers"] = reason
    else:
        rows = recorded.read(DUNDEE, recorded.Session)
        names = list(DUNDEE_SITES)
        if config.site and not config.sessions:
            names = [recorded.choose(rows, config.site, DUNDEE.name)]
        sites += [recorded.site_of(rows, name, DUNDEE.name) for name in names]
    return sites, skipped


def compare_sites(
    sites: list[recorded.Site], scenario: Scenario, progress: Any
) -> list[dict[str, Any]]:
    """`busy.compare` of every site, with a waiting line and without."""
    engine = scenario.engine
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
