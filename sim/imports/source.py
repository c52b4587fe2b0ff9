"""Reading a file of an operator: text, JSON records, times and numbers, nothing taken on trust."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.problems import InputError, explain

YEARS = range(1990, 2200)
MOST_KW = 3750.0  # the megawatt charging system ends at 1,250 V and 3,000 A
USUAL_KW = 60.0


@dataclass(frozen=True)
class Options:
    """What the command line tells beside the files.

    `zone` is the time zone of naive times and of the arrivals written; `evse_kw` rates the EVSEs
    whose power no file tells.
    """

    zone: tzinfo | None = None
    evse_kw: float | None = None

    @property
    def assumed_kw(self) -> float:
        return self.evse_kw or USUAL_KW


class Record(BaseModel):
    """One object of a JSON file: real files hold more fields than we read."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


AnyRecord = TypeVar("AnyRecord", bound=Record)


def _no_bool(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("true or false is not a number")
    return value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_instant(value: Any) -> datetime:
    """Without an offset it is UTC: so says OCPI."""
    if not isinstance(value, str):
        raise ValueError("not a time such as 2025-10-01T08:30:00Z")
    return instant(value, UTC)


Number = Annotated[float, BeforeValidator(_no_bool)]
Count = Annotated[int, BeforeValidator(_no_bool)]
Text = Annotated[str, BeforeValidator(_as_text)]
Id = Annotated[str, Field(min_length=1), BeforeValidator(_as_text)]
Instant = Annotated[datetime, BeforeValidator(_as_instant)]


def instant(text: str, zone: tzinfo | None) -> datetime:
    """The time that ISO 8601 or RFC 1123 text tells; without an offset, a time in `zone`.

    Raises ValueError with the end of a sentence: not a time, no offset and no zone, or far from
    any year in which EVs charged.
    """
    try:
        if text.endswith(" GMT"):
            time = datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
        else:
            time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or len(text) < len("20251001T08"):
        raise ValueError(f"{text[:40]!r} is not a time such as 2025-10-01T08:30+08:00")
    if time.year not in YEARS:
        raise ValueError(f"{text[:40]!r} is not between {YEARS[0]} and {YEARS[-1]}")
    if time.tzinfo is None and zone is None:
        raise ValueError(f"{text[:40]!r} has no offset: give --timezone, such as Asia/Shanghai")
    time = time if time.tzinfo else time.replace(tzinfo=zone)
    if (time.utcoffset() or timedelta()) % timedelta(minutes=1):
        raise ValueError(f"{text[:40]!r} has an offset of broken minutes")
    return time


def zone_named(name: str) -> ZoneInfo | None:
    """The IANA time zone; None when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path out of the database; a folder of it
        return None


def text_of(path: Path) -> str:
    """The whole file as text.  Raises InputError."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not text.strip():
        raise InputError(f"{path} is empty")
    return text


def records(path: Path, wrapper: str, kind: type[AnyRecord]) -> list[AnyRecord]:
    """The objects of a JSON file: a list, one object, or either of them under the key `wrapper`.

    Raises InputError with a sentence for everything that is wrong in any of them.
    """
    found = _json(path)
    if isinstance(found, dict) and wrapper in found:
        found = found[wrapper]
    found = [found] if isinstance(found, dict) else found
    if not isinstance(found, list):
        raise InputError(f"{path} holds neither a list nor an object of records")
    checked, problems = [], []
    for number, value in enumerate(found, 1):
        if not isinstance(value, dict):
            problems.append(f"{path} record {number} is not an object")
            continue
        try:
            checked.append(kind.model_validate(value))
        except ValidationError as error:
            problems += [f"{path} record {number}: {sentence}" for sentence in explain(error)]
    if problems:
        raise InputError(problems)
    return checked


def _json(path: Path) -> Any:
    def refuse(text: str) -> None:
        raise InputError(f"{path} holds {text}, which is not a number of JSON")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InputError(f"{path} gives the key {twice[:40]!r} of one object more than once")
        return found

    try:
        return json.loads(text_of(path), parse_constant=refuse, object_pairs_hook=unique)
    except RecursionError:
        raise InputError(f"{path} is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from None
