"""Plug-in and unplug times in a CSV file, as most operators have them."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sim.config.numerals import number
from sim.config.problems import InputError
from sim.config.table import check_columns
from sim.replay.importers.places import seen
from sim.replay.importers.report import Report
from sim.replay.importers.sessions import Session
from sim.replay.importers.source import Options, instant, text_of
from sim.replay.importers.tables import Station

NEEDED = ("station", "plug_in", "unplug")
OPTIONAL = ("evse", "kwh")

ASSUMED = (
    "A station has as many EVSEs as the ids in the column `evse`, and never fewer than were "
    "plugged in at once.",
    "Local times that a change of clocks skips or repeats are dropped: which moment is meant is "
    "not known.",
    "Where `kwh` is empty the energy is not told; a session that took none has 0.",
)


def read(
    paths: Sequence[Path], options: Options, report: Report
) -> tuple[list[Station], list[Session] | None]:
    report.assume(*ASSUMED)
    sessions = []
    for page, path in enumerate(paths, 1):
        prefix = f"{page}." if len(paths) > 1 else ""
        for line, row in _rows(path, report):
            try:
                session = _session(f"{prefix}line{line}", row, options, report)
            except ValueError as error:
                field, what = error.args
                report.wrong(f"rows: `{field}` missing or wrong", f"{path} line {line}: {what}")
            else:
                sessions += [session] if session else []
    stations = seen(((session.station, session.evse) for session in sessions), report)
    named = [replace(s, station=stations[s.station].station) for s in sessions]
    return list(stations.values()), named


def _rows(path: Path, report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows by line number, cells as stripped text.  Raises InputError."""
    reader = csv.reader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV table: {error}") from None
    (_, header), *body = lines or [(1, [])]
    columns = [cell.strip() for cell in header]
    named = [column for column in columns if column]  # tables of indices have one without a name
    if problems := check_columns(str(path), named, list(NEEDED), (*OPTIONAL, *named)):
        raise InputError(problems)
    report.read("rows", len(body))
    if unread := [name for name in columns if name not in (*NEEDED, *OPTIONAL)]:
        report.drop(f"columns not read: {', '.join(map(ascii, unread[:10]))}", len(unread))
    for line, cells in body:
        if len(cells) == len(columns):
            yield line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        else:
            report.wrong(
                "rows: a cell too many or too few",
                f"{path} line {line} has {len(cells)} cells, not {len(columns)}",
            )


def _session(name: str, row: dict[str, str], options: Options, report: Report) -> Session | None:
    """None where the row is dropped.  Raises ValueError with the column and a sentence."""
    if not row["station"]:
        raise ValueError("station", "`station` is empty")
    if not row["unplug"]:
        report.drop("rows: no unplug time")
        return None
    plug_in, unplug = (_time(row[column], column, options) for column in ("plug_in", "unplug"))
    return Session(
        id=name,
        station=row["station"],
        evse=row.get("evse") or None,
        plug_in=plug_in,
        unplug=unplug,
        kwh=_kwh(row.get("kwh", "")),
    )


def _time(text: str, column: str, options: Options) -> datetime:
    try:
        time = instant(text, options.zone)
    except ValueError as error:
        raise ValueError(column, f"`{column}`: {error}") from None
    if why := _unclear(time):
        shown = f"`{column}` is {text!r}, a local time that a change of clocks {why}"
        raise ValueError(column, shown)
    return time.astimezone(options.zone or time.tzinfo)


def _kwh(text: str) -> float | None:
    """None where the cell is empty: energy that is not told is not zero."""
    kwh = number(text) if text else None
    if text and kwh is None:
        raise ValueError("kwh", f"`kwh` is {text[:40]!r}, but must be a number")
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
