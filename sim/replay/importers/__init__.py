"""`peakcharge-import`: operators' files in, the two tables of a replay out.

    peakcharge-import ocpi LOCATIONS.json... [CDRS.json...]
    peakcharge-import ocm FILE.json...
    peakcharge-import acn FILE.json...
    peakcharge-import occupancy FILE.csv...

Tables of a region are another matter: `peakcharge-import region FOLDER`, in `sim/region/`.
Several files are pages of one; each may be packed as `.gz`.  OCPI files come in any order: every
record says itself what it is.  Each command writes `stations.csv`, `visits.csv` and `import.txt`,
which tells what was guessed or dropped.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.config.command import Parser, exit_code
from sim.config.limits import EVSE_KW
from sim.config.numerals import number
from sim.config.problems import InputError, did_you_mean
from sim.replay.importers import acn, occupancy, ocm, ocpi
from sim.replay.importers.report import Report
from sim.replay.importers.sessions import built, visits
from sim.replay.importers.source import USUAL_KW, Options, zone_named
from sim.replay.importers.tables import stations_csv, visits_csv
from sim.study import store
from sim.study.lock import held

SOURCES = {"ocpi": ocpi.read, "ocm": ocm.read, "acn": acn.read, "occupancy": occupancy.read}

HELP = """\
sources:
  ocpi FILE.json...       OCPI 2.2.1 or 2.1.1 Locations, and for the visits CDRs or Sessions
  ocm FILE.json...        Open Charge Map POIs (stations only)
  acn FILE.json...        ACN-Data sessions
  occupancy FILE.csv...   columns station, plug_in, unplug; evse and kwh if known

Tables of a region: `peakcharge-import region --help`.

Several files are pages of one.  JSON lines, camelCase and .gz are read too.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line.

    Returns the exit code: 0, or 2 when the input cannot be used (nothing is written then).
    """

    def run() -> int:
        args = _parser().parse_intermixed_args(argv)
        _say(str(convert(args.source, args.files, args.out, _options(args))))
        return 0

    return exit_code(run)


def convert(source: str, files: Sequence[Path], out: Path, options: Options) -> Report:
    """Write the two tables and the report of one import; returns the report.

    Raises InputError when the files cannot be used, or when nothing usable is in them.
    """
    if source not in SOURCES:
        raise InputError(f"unknown source `{source}`{did_you_mean(source, SOURCES)}")
    read = [os.path.realpath(file) for file in files]
    if again := [file for n, file in enumerate(files) if read[n] in read[:n]]:
        raise InputError(f"{again[0]} is given twice")
    report = Report()
    stations, sessions = SOURCES[source](files, options, report)
    stations = built(stations, report)
    found = visits(sessions or [], {s.station: s for s in stations}, options, report)
    if options.strict and report.wrongs:
        raise InputError(report.named, report.wrongs)
    if not stations or (sessions is not None and not found):
        what = "visit" if stations else "station"
        left = f"{files[-1]}: no {what} is left to write"
        raise InputError([left, *report.dropped, *report.named])
    report.wrote("stations (stations.csv)", len(stations))
    report.wrote("visits (visits.csv)", len(found))
    texts = {
        "stations.csv": stations_csv(stations),
        "visits.csv": visits_csv(found),
        "import.txt": f"{source}: {', '.join(map(_shown, files))}\n\n{report}",
    }
    if own := [name for name in texts if os.path.realpath(out / name) in read]:
        raise InputError(f"--out: {own[0]} would be written over the file that was read")
    with held(out):
        for name, text in texts.items():
            store.write_text(out / name, text)
    return report


def _shown(file: Path) -> str:
    return file.name.encode(errors="replace").decode()  # a name may not be text


def _say(text: str) -> None:
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "replace").decode(encoding), end="")


def _parser() -> Parser:
    parser = Parser(
        prog="peakcharge-import",
        description="Turn operators' files into stations.csv and visits.csv for a replay.",
        epilog=HELP,
    )
    parser.add_argument("source", metavar="SOURCE", help=", ".join(SOURCES))
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
    parser.add_argument(
        "--out", type=Path, default=Path("results/import"), help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--timezone",
        metavar="NAME",
        help="IANA time zone of times without an offset, and of the arrivals written",
    )
    parser.add_argument(
        "--evse-kw",
        metavar="KW",
        help="rating of EVSEs where the files tell none (default: the greatest power that sessions "
        f"took there, {USUAL_KW:g} where none is told)",
    )
    parser.add_argument(
        "--keep-zero",
        action="store_true",
        help="keep sessions without energy, which hold an EVSE all the same",
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="refuse records that cannot be read, and sessions that cannot be, instead of "
        "skipping and counting them",
    )
    return parser


def _options(args: argparse.Namespace) -> Options:
    problems = []
    zone = zone_named(args.timezone) if args.timezone is not None else None
    if args.timezone is not None and zone is None:
        problems.append(f"--timezone: there is no IANA time zone `{args.timezone}`")
    evse_kw = None if args.evse_kw is None else number(args.evse_kw)
    if args.evse_kw is not None and evse_kw not in EVSE_KW:
        problems.append(f"--evse-kw is `{args.evse_kw}`, but must be a number {EVSE_KW}")
    if problems:
        raise InputError(problems)
    return Options(zone, evse_kw, args.keep_zero, args.strict)
