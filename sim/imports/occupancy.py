"""Plug-in and unplug times in a CSV file, as most operators have them."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sim.imports.places import seen
from sim.imports.report import Report
from sim.imports.sessions import Session
from sim.imports.source import Options, instant, text_of
from sim.imports.tables import Station
from sim.problems import InputError, did_you_mean

NEEDED = ("station", "plug_in", "unplug")
OPTIONAL = ("evse", "kwh")

ASSUMED = (
    "A station has as many EVSEs as the ids in the column `evse`, and never fewer than were "
    "plugged in at once.",
    "Local times that a change of clocks skips or repeats are dropped: which moment is meant is "
    "not known.",
)


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session]]:
    rows = _rows(paths[0], report)
    report.read("rows", len(rows))
    report.assume(*ASSUMED)
    problems: list[str] = []
    sessions = []
    for line, row in rows:
        try:
            session = _session(line, row, options, report)
        except ValueError as error:
            problems.append(f"{paths[0]} line {line}: {error}")
        else:
            sessions += [session] if session else []
    if problems:
        raise InputError(problems)
    stations = seen(((session.station, session.evse) for session in sessions), report)
    named = [replace(s, station=stations[s.station].station) for s in sessions]
    return list(stations.values()), named


def _rows(path: Path, report: Report) -> list[tuple[int, dict[str, str]]]:
    """The rows by line number, cells as stripped text.  Raises InputError."""
    reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV table: {error}") from None
    (_, header), *body = lines or [(1, [])]
    columns = [cell.strip() for cell in header]
    problems = [
        f"{path} lacks the column `{name}`{did_you_mean(name, columns)}"
        for name in NEEDED
        if name not in columns
    ]
    problems += [
        f"{path} has the column `{name}` more than once"
        for name in (*NEEDED, *OPTIONAL)
        if columns.count(name) > 1
    ]
    problems += [
        f"{path} line {line} has {len(cells)} cells, not {len(columns)}"
        for line, cells in body
        if len(cells) != len(columns)
    ]
    if problems:
        raise InputError(problems)
    if unread := [name for name in columns if name not in (*NEEDED, *OPTIONAL)]:
        report.drop(f"columns not read: {', '.join(map(ascii, unread[:10]))}", len(unread))
    return [
        (line, dict(zip(columns, (c.strip() for c in cells), strict=True))) for line, cells in body
    ]


def _session(line: int, row: dict[str, str], options: Options, report: Report) -> Session | None:
    """None where the row is dropped.  Raises ValueError with the end of a sentence."""
    if not row["station"]:
        raise ValueError("`station` is empty")
    if not row["unplug"]:
        report.drop("rows: no unplug time")
        return None
    times = [instant(row[name], options.zone) for name in ("plug_in", "unplug")]
    for time in times:
        if why := _unclear(time):
            report.drop(f"rows: a local time that a change of clocks {why}")
            return None
    plug_in, unplug = (time.astimezone(options.zone or time.tzinfo) for time in times)
    return Session(
        id=f"line{line}",
        station=row["station"],
        evse=row.get("evse") or None,
        plug_in=plug_in,
        unplug=unplug,
        kwh=_kwh(row.get("kwh", "")),
    )


def _kwh(text: str) -> float | None:
    if not text:
        return None
    try:
        kwh = float(text)
    except ValueError:
        kwh = math.nan
    if not math.isfinite(kwh):
        raise ValueError(f"`kwh` is {text[:40]!r}, but must be a finite number")
    return kwh


def _unclear(time: datetime) -> str:
    """Why a local time is not one moment; empty when it is."""
    offsets = {time.replace(fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) == 1:
        return ""
    there_and_back = time.astimezone(UTC).astimezone(time.tzinfo)
    return "repeats" if _naive(there_and_back) == _naive(time) else "skips"


def _naive(time: datetime) -> datetime:
    return time.replace(tzinfo=None, fold=0)
