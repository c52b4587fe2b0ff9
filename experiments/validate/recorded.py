"""Files of sessions: read strictly, and a site of them with enough to learn from and compare."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from sim.config import table
from sim.config.problems import InputError, did_you_mean
from sim.replay.site import WEEK_H, Session, Site

# The data lie beside the repository, never in it.
SHARED = Path(__file__).parents[3] / "shared" / "data"
MOST_WEEKS = 520
FEWEST = 100  # occupancies in the odd weeks

AnyRow = TypeVar("AnyRow", bound=table.Row)


def absent(*paths: Path) -> str | None:
    """Which of the shared files is not there; None if all are."""
    for path in paths:
        if not path.is_file():
            return f"../shared/data/{path.relative_to(SHARED)}"
    return None


def read(path: Path, row: type[AnyRow]) -> list[AnyRow]:
    """The rows of a CSV file, which gzip may have packed.

    Raises InputError with a sentence for every row that cannot be used.
    """
    problems: list[str] = []
    rows = table.read(path, str(path), row, problems)
    if problems:
        raise InputError(problems)
    return rows


def sites(path: Path, names: Sequence[str | None], source: str = "") -> list[Site]:
    """Sites of a file by their names; None is the only one there is."""
    rows, source = read(path, Session), source or str(path)
    return [site_of(rows, choose(rows, name, source), source) for name in names]


def choose(rows: Sequence[Session], site: str | None, source: str) -> str:
    """The site to compare: the one named, or the only one there is."""
    sites = {row.site for row in rows}
    if site is None and len(sites) == 1:
        return sites.pop()
    if site is None:
        raise InputError(
            f"{source} has {len(sites)} sites: choose by validate.site{did_you_mean('', sites)}"
        )
    if site not in sites:
        raise InputError(f"{source} has no site `{site}`{did_you_mean(site, sites)}")
    return site


def site_of(rows: Sequence[Session], name: str, source: str) -> Site:
    """A site, after the filter that SOURCE.txt of the Dundee table asks for.

    Raises InputError if there is too little to learn from and to compare.
    """
    site = Site.of(rows, name)
    if site.weeks < 4:
        raise InputError(
            f"{source}: `{name}` has {max(site.weeks, 0)} whole weeks of sessions, but four are "
            "needed (half of them to learn from, half to compare with)"
        )
    if site.weeks > MOST_WEEKS:
        raise InputError(
            f"{source}: `{name}` has {site.weeks:,} weeks from its first session to its last, but "
            f"at most {MOST_WEEKS} are compared: is a year wrong?"
        )
    odd = int((np.floor(site.begin_h / WEEK_H) % 2 == 0).sum())
    if odd < FEWEST:
        raise InputError(
            f"{source}: `{name}` has {odd} sessions in its odd weeks, but {FEWEST} are needed to "
            "learn from"
        )
    return site
