"""Reading a file of an operator: text, JSON records, times and numbers, nothing taken on trust."""

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from sim.config import numerals
from sim.config.limits import CLOCK_H
from sim.config.problems import InputError, explain, must_be
from sim.replay.importers.report import Report

YEARS = range(1990, int(1970 + CLOCK_H.most / 8766))  # whole years that a replay accepts
USUAL_KW = 60.0
BLANKS = re.compile(r"[ \t\r\n]*")
MOST_BYTES = 2**29  # of the text of one file: as JSON it takes several times that in memory


@dataclass(frozen=True)
class Options:
    """What the command line tells beside the files.

    `zone` is the time zone of naive times and of the arrivals written; `evse_kw` rates the EVSEs
    whose power no file tells; `keep_zero` keeps sessions without energy; `strict` refuses what
    cannot be read or cannot be instead of skipping it.
    """

    zone: tzinfo | None = None
    evse_kw: float | None = None
    keep_zero: bool = False
    strict: bool = False

    @property
    def assumed_kw(self) -> float:
        return self.evse_kw or USUAL_KW


class Twice(dict[str, Any]):
    """An object of JSON that gives a key more than once: which value is meant is not known."""

    key: str


@lru_cache(10_000)
def folded(key: str) -> str:
    """The key without case and underscores: `startDateTime` is `start_date_time`."""
    return key.replace("_", "").casefold()


class Record(BaseModel):
    """One object of a JSON file: real files hold more fields than we read, in camelCase too."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _spell(cls, value: Any) -> Any:
        """Only what is read, its keys as we write them."""
        if isinstance(value, Twice):
            raise ValueError(f"it gives the key {value.key[:40]!r} more than once")
        if not isinstance(value, dict):
            return value
        names = _names(cls)
        named = ((names.get(folded(key)), key) for key in value)
        return {
            name: value[key] for name, key in named if name and (name == key or name not in value)
        }


@cache
def _names(kind: type[Record]) -> dict[str, str]:
    """The keys that a record reads, by what is left of them without case and underscores."""
    found: list[str] = []
    for name, field in kind.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or name]
        found += map(str, choices)
    return {folded(name): name for name in found}


AnyRecord = TypeVar("AnyRecord", bound=Record)


def _numeral(expected: str) -> Callable[[Any], Any]:
    """Text tells a number by the rule of all tables; true and false are none."""

    def read(value: Any) -> Any:
        if isinstance(value, bool):
            raise ValueError("true or false is not a number")
        if not isinstance(value, str):
            return value
        number = numerals.number(value)
        if number is None:
            raise must_be(expected)
        return number

    return read


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _as_instant(value: Any) -> datetime:
    """Without an offset it is UTC: so says OCPI."""
    if not isinstance(value, str):
        raise ValueError("not a time such as 2025-10-01T08:30:00Z")
    return instant(value, UTC)


Number = Annotated[float, BeforeValidator(_numeral("a number"))]
Count = Annotated[int, BeforeValidator(_numeral("a whole number"))]
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
    if time is None or len(text) < len("20251001T08") or not text.isascii():
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
    """The whole file as text, unpacked where it is a gzip file.  Raises InputError."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(b"PK\x03\x04"):
            raise InputError(f"{path} is a ZIP archive or a workbook: give the JSON or CSV in it")
        with (gzip.open if head.startswith(b"\x1f\x8b") else open)(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(
                f"{path} holds more than {MOST_BYTES:,} bytes of text: give it in parts"
            )
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InputError(f"{path} begins as a gzip file, but is cut off or damaged") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    if not text.strip():
        raise InputError(f"{path} is empty")
    return text


# ---- records of JSON -------------------------------------------------------------------------

# Where a record stands, for a sentence about it, and what it holds.
Raw = tuple[str, dict[str, Any]]


def raw_records(paths: Sequence[Path], wrapper: str, report: Report) -> list[Raw]:
    """The objects of JSON files: of a list, an object, either of them under the key `wrapper`, or
    several of these one after the other (JSON lines).

    What is no object is counted as wrong.  Raises InputError where a file holds no records at all.
    """
    found: list[Raw] = []
    for path in paths:
        number = 0
        for document in _documents(path, report):
            values = _unwrapped(path, document, wrapper)
            if not number and not isinstance(values, list | dict):
                raise InputError(f"{path} holds neither a list nor an object of records")
            for value in values if isinstance(values, list) else [values]:
                number += 1
                where = f"{path} record {number}"
                if isinstance(value, dict):
                    found.append((where, value))
                else:
                    report.wrong("records: not an object", f"{where} is not an object")
        if not number:
            report.drop("files: no record in it")
    return found


def checked(raw: Raw, kind: type[AnyRecord], what: str, report: Report) -> AnyRecord | None:
    """The record; None where it lacks what it must have, which is counted under `what`."""
    where, value = raw
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
        why = f"`{field}` missing or wrong" if field else "a key given more than once"
        report.wrong(f"{what}: {why}", *(f"{where}: {sentence}" for sentence in explain(error)))
        return None


def records(
    paths: Sequence[Path], wrapper: str, kind: type[AnyRecord], what: str, report: Report
) -> list[AnyRecord]:
    """All records of a kind that can be read, as `raw_records` finds them."""
    raws = raw_records(paths, wrapper, report)
    report.read(what, len(raws))
    read = (checked(raw, kind, what, report) for raw in raws)
    return [record for record in read if record is not None]


def _documents(path: Path, report: Report) -> Iterator[Any]:
    """The values of a JSON file, most often one; of several, a broken one ends with its line."""
    text = text_of(path)
    decoder = json.JSONDecoder(object_pairs_hook=_object)
    at, read = _past_blanks(text, 0), False
    line = 1 + text.count("\n", 0, at)
    while at < len(text):
        try:
            value, end = decoder.raw_decode(text, at)
        except RecursionError:
            raise InputError(f"{path} is nested too deeply") from None
        except ValueError as error:
            if not read:
                raise InputError(f"{path} is not JSON: {error}") from None
            report.wrong("records: not JSON", f"{path} line {line} is not JSON")
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
        else:
            read = True
            yield value
        end = _past_blanks(text, end)
        at, line = end, line + text.count("\n", at, end)


def _past_blanks(text: str, at: int) -> int:
    blanks = BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    twice = Twice(found)
    twice.key = next(key for key in keys if keys.count(key) > 1)
    return twice


def _unwrapped(path: Path, document: Any, wrapper: str) -> Any:
    """What a document holds under the key `wrapper`, or itself."""
    if not isinstance(document, dict):
        return document
    fields = {folded(key): value for key, value in document.items()}
    if said := _error_in(fields):
        raise InputError(f"{path} holds the error that a server answered, no records: {said}")
    if "statuscode" in fields and folded(wrapper) not in fields:
        raise InputError(f"{path} is an answer without `{wrapper}`")
    return fields.get(folded(wrapper), document)


def _error_in(fields: dict[str, Any]) -> str:
    """What an answer says went wrong; empty where it is none, or one of success.

    `status_code` and `status_message` are of OCPI (errors from 2000 up), the others of most
    servers.
    """
    code = numerals.number(str(fields.get("statuscode")))
    if code is not None and code >= 2000:
        return f"{code:.0f} {_quoted(fields.get('statusmessage'))}"
    told = [fields[key] for key in ("error", "errors", "message") if fields.get(key)]
    return _quoted(told[0]) if told else ""


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'"{text[:200]}"'
