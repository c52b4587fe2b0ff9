"""`peakcharge-import region`: a planner's own tables in the place of shipped ones.

    peakcharge-import region FOLDER

FOLDER has some of the tables of a region under their names (districts.csv, stations.csv, ...), and
totals.csv if totals differ.  Rows take the place of shipped ones of the same key, new ones come
beside them.  If all of it is one region, a choice `region/NAME.yaml` with its tables is written,
for `--config-dir`, and `import.txt`, which says what changed.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sim.config import choices
from sim.config.command import Parser, exit_code
from sim.config.inputs import protect
from sim.config.problems import SHOWN, InputError, did_you_mean
from sim.config.table import Name, Row, Text, read, repeated
from sim.region import load
from sim.region.checks import check
from sim.region.region import Region
from sim.region.replaced import Change, columns, merged
from sim.region.schema import RegionSection, Totals
from sim.region.stations import Stations
from sim.region.tables import TABLES, key_of
from sim.study import store
from sim.study.lock import held

TOTALS = "totals"


class Total(Row):
    """A total that is other than shipped."""

    total: Name
    value: int
    source: Text


HELP = """\
tables, each with the columns of the shipped one in configs/region/chongqing/:
  {tables},
  and totals.csv with the columns total, value, source.

Totals, shares and names are checked together; nothing is written unless all of it is one region.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns the exit code: 0, or 2 when the tables cannot be used (nothing is written then).
    """

    def run() -> int:
        args = _parser().parse_args(argv)
        lines = convert(args.folder, args.out, args.base, args.name, args.whole)
        print("\n".join([*lines[:SHOWN], *_rest(lines, args.out)]))
        return 0

    return exit_code(run)


def convert(
    folder: Path, out: Path, base: str = "chongqing_2025", name: str = "mine", whole: bool = False
) -> list[str]:
    """Write the region of these tables, and return what changed, line by line.

    base : the built-in region whose rows stand where there is no other.
    name : of the choice that is written.
    whole : tables of the folder stand for themselves, without shipped rows.

    Raises InputError when they are no region.
    """
    shipped = load.region(base)
    if not name.isidentifier():
        raise InputError(f"--name is `{name}`, but must be letters, digits and _")
    if name in choices.names("region"):
        raise InputError(f"--name is `{name}`, which is built in: give yours another name")
    own, totals = _read(folder)
    protect([(path.stem, path) for path in _files(folder)], out)
    section = _section(shipped.section, folder, own, totals)
    rows = {
        table: mine if whole else merged(table, getattr(shipped.tables, table), mine)
        for table, mine in own.items()
    }
    region = _drawn(section, shipped, rows)
    lines = [*_changes(shipped, region), *_effects(shipped, region)]
    _write(out, base, name, region, rows, totals, lines)
    return lines


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.csv"))


def _read(folder: Path) -> tuple[dict[str, list[Row]], list[Total]]:
    """Tables that are there, by name, and totals that differ."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    problems: list[str] = []
    own: dict[str, list[Row]] = {}
    totals: list[Total] = []
    for path in _files(folder):
        table = path.stem
        if table == TOTALS:
            totals = read(path, str(path), Total, problems)
            problems += repeated(str(path), "total", [row.total for row in totals])
        elif table in TABLES:
            own[table] = read(path, str(path), TABLES[table].row, problems)
            keys = [", ".join(map(str, key_of(table, row))) for row in own[table]]
            problems += repeated(str(path), TABLES[table].key[0], keys)
        else:
            nearest = did_you_mean(table, [*TABLES, TOTALS])
            problems.append(f"{path} is no table of a region{nearest}")
    if not own and not totals and not problems:
        problems.append(f"{folder} has no table of a region: name it as the shipped one")
    if problems:
        raise InputError(problems)
    return own, totals


def _section(
    shipped: RegionSection, folder: Path, own: Mapping[str, Any], totals: Sequence[Total]
) -> RegionSection:
    """The settings with these totals, and with sentences that name these files."""
    config = shipped.model_dump()
    known = set(Totals.model_fields) - {"name", "sources"}
    problems = [
        f"{folder / TOTALS}.csv has an unknown total `{row.total}`{did_you_mean(row.total, known)}"
        for row in totals
        if row.total not in known
    ]
    for row in totals:
        config["totals"][row.total] = row.value
        if row.total not in Totals.elsewhere:
            config["totals"]["sources"][row.total] = row.source
    for table in own:
        config["tables"][table] = str(folder / f"{table}.csv")
    if problems:
        raise InputError(problems)
    return load.checked(config)


def _drawn(section: RegionSection, shipped: Region, rows: Mapping[str, Sequence[Row]]) -> Region:
    problems: list[str] = []
    tables = shipped.tables.with_(section.tables.curves, rows, problems)
    problems += check(section, tables)
    region = None if problems else Region.drawn(section, tables, problems)
    if region is None:
        raise InputError(problems)
    return region


def _changes(shipped: Region, region: Region) -> Iterator[str]:
    """Tables and totals, beside the shipped ones."""
    before, after = shipped.section.totals.model_dump(), region.section.totals.model_dump()
    for name, value in after.items():
        if value != before[name] and name not in ("name", "sources"):
            yield f"totals: {name} {before[name]} -> {value}"
    for table in TABLES:
        change = Change.of(table, getattr(shipped.tables, table), getattr(region.tables, table))
        if change.rows:
            yield from change.lines()


def _effects(shipped: Region, region: Region) -> Iterator[str]:
    """What is drawn otherwise than before."""
    before, after = _named(shipped.stations), _named(region.stations)
    same = sum(after.get(name) == own for name, own in before.items())
    yield f"of {len(after):,} stations {same:,} are as before"
    yield f"zones: {len(shipped.zones.names):,} -> {len(region.zones.names):,}"
    yield f"NEVs: {int(shipped.nevs.sum()):,} -> {int(region.nevs.sum()):,}"


def _named(stations: Stations) -> dict[str, tuple[Any, str]]:
    rows = zip(stations.rows.tolist(), stations.cabinets, strict=True)
    return dict(zip(stations.names, rows, strict=True))


def _write(
    out: Path, base: str, name: str, region: Region, rows: Mapping[str, Sequence[Row]],
    totals: Sequence[Total], lines: Sequence[str],
) -> None:  # fmt: skip
    settings: dict[str, Any] = {"defaults": [base, "_self_"], "name": f"{base}, {name}"}
    if rows:
        settings["tables"] = {table: f"region/{name}/{table}.csv" for table in rows}
    if totals:
        now = region.section.totals
        settings["totals"] = {row.total: row.value for row in totals} | {
            "sources": {row.total: now.sources[row.total] for row in totals
                        if row.total in now.sources}
        }  # fmt: skip
    texts = {
        f"region/{name}/{table}.csv": _csv(table, getattr(region.tables, table)) for table in rows
    }
    texts[f"region/{name}.yaml"] = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False)
    texts["import.txt"] = "".join(f"{line}\n" for line in lines)
    with held(out):
        for path, text in texts.items():
            store.write_text(out / path, text)


def _csv(table: str, rows: Sequence[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns(table), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump(by_alias=True) for row in rows)
    return text.getvalue()


def _rest(lines: Sequence[str], out: Path) -> list[str]:
    more = len(lines) - SHOWN
    return [f"… and {more:,} more in {out / 'import.txt'}"] if more > 0 else []


def _parser() -> Parser:
    parser = Parser(
        prog="peakcharge-import region",
        description="Put your own tables in the place of those of a region, row by row.",
        epilog=HELP.format(tables=", ".join(f"{table}.csv" for table in TABLES)),
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path)
    parser.add_argument(
        "--out", type=Path, default=Path("results/import"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--base", default="chongqing_2025", metavar="NAME",
        help="the built-in region whose rows stand where there is no other (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--name", default="mine", help="of the region that is written (default: %(default)s)"
    )
    parser.add_argument(
        "--whole", action="store_true",
        help="tables of FOLDER stand for themselves: shipped rows that they lack are gone",
    )  # fmt: skip
    return parser
