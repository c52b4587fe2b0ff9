"""What people read, in their language: messages of two tables, numbers and dates as Babel has them.

A message is `str.format` text in `words.en.toml` and `words.zh.toml`, under the same key, with the
same fields.  A field may say how its value is shown, `{wait:1min}`: `+` with its sign, `mean`,
`low`, `high` or `range` of an estimate (else the mean with its interval), digits after the point
(`g`: those that it has, at most four; `2g`: significant ones, with an exponent where a number is
tiny), a unit of the table `units`; `rough` says seconds in the unit that suits them.  A list is
joined by commas, or as `{names:and}`, `{names:or}`, `{clauses:;}`, `{sentences:.}` say;
`{name:both}` has a name in both languages where one reads English.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import isfinite
from pathlib import Path
from string import Formatter
from typing import Any

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from sim.report.finding import Finding, Given, Name, Term
from sim.stats.estimate import Estimate

LOCALES = {"en": "en", "zh": "zh_Hans_CN"}  # by language
TAGS = {"en": "en", "zh": "zh-Hans"}  # as HTML calls them
LANGUAGES = tuple(LOCALES)
COMMON = Path(__file__).parent  # messages of all questions
JOINTS = {"and": "list.and", "or": "list.or", ";": "list.clauses", ".": "list.sentences"}
NOTHING = "\N{EN DASH}"  # for what does not exist
TIGHT = re.compile(r"(?<=[，。；：、（）“”]) | (?=[，。；：、（）“”])")  # noqa: RUF001
SPEC = re.compile(
    r"(?P<sign>\+)?(?P<part>mean|low|high|range)?(?P<digits>[0-9]g?$|[0-9g])?"
    r"(?P<unit>[^0-9+]\S*)?"
)


def of_terminal(environment: Mapping[str, str]) -> str:
    """The language of a terminal's locale, English where we do not speak it."""
    said = (environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    language = next(filter(None, said), "")[:2]
    return language if language in LANGUAGES else "en"


class Words(Formatter):
    """Says findings and messages in one language.

        say = Words("en", folder)
        say("heading", n=3)
        say(found("over", count=Estimate(32.3, 31.7, 32.9)))

    Parameters
    ----------
    language : one of `LANGUAGES`.
    folders : where the tables of messages are; the first one that has a key says it, and `COMMON`
        comes last.
    """

    def __init__(self, language: str, *folders: Path) -> None:
        self.language = language
        self._tables = [messages(folder, language) for folder in (*folders, COMMON)]

    def __call__(self, message: str | Finding | Term | Name | Given, /, **values: Any) -> str:
        """A message by its key, or what an answer holds in its place.  Raises KeyError where there
        is no such message, or it wants another value."""
        if isinstance(message, Finding):
            return self(message.key, **message.values)
        if not isinstance(message, str):
            return self.format_field(message, "")
        said = self.vformat(self.text(message), (), values)
        return TIGHT.sub("", said) if self.language == "zh" else said

    def text(self, key: str) -> str:
        """A message with its fields."""
        for table in self._tables:
            if key in table:
                return table[key]
        raise KeyError(f"no message `{key}` in {self.language}")

    def has(self, key: str) -> bool:
        return any(key in table for table in self._tables)

    def format_field(self, value: Any, format_spec: str) -> str:
        match value:
            case Term(key, other):
                return self(key) if self.has(key) or not other else other
            case Finding():
                return self(value)
            case Given(text):
                return self.given(text)
            case Name(en, zh):
                if self.language == "zh":
                    return zh or en
                return " ".join(filter(None, value)) if format_spec == "both" else en or zh
            case str():
                return value
            case date():
                return self.date(value, format_spec or "long")
            case list() | tuple():
                return self._listed(value, format_spec)
        return self.rough(value) if format_spec == "rough" else self.number(value, format_spec)

    def given(self, text: str) -> str:
        """A text of the inputs: ours in this language, others as they were written."""
        key = f"given.{text}"
        return self.text(key) if self.has(key) else text

    def number(self, value: Any, spec: str = "") -> str:
        """A number or an estimate, by the words of a field."""
        form = SPEC.fullmatch(spec)
        assert form, spec
        unit = form["unit"] or ""
        scale = float(self.text(f"units.{unit}.scale")) if unit else 1.0
        digits, signed = form["digits"] or "", bool(form["sign"])
        if len(digits) == 2:  # significant ones
            return NOTHING if value is None or not isfinite(value) else f"{value:.{digits}}"
        if isinstance(value, Estimate):
            return self._estimate(value, scale, digits, signed, form["part"] or "", unit)
        return self._with(unit, self._decimal(value, scale, digits, signed))

    def rough(self, seconds: float) -> str:
        """A time that is left [s], as exact as such a guess is."""
        if seconds < 90.0:
            return self.number(max(1, round(seconds / 10)) * 10, "0s")
        if seconds < 5400.0:
            return self.number(seconds / 60, "0min")
        return self.number(seconds / 3600, "1h")

    def _with(self, unit: str, text: str) -> str:
        return self(f"units.{unit}.text", n=text) if unit and text != NOTHING else text

    def _estimate(
        self, own: Estimate, scale: float, digits: str, signed: bool, part: str, unit: str
    ) -> str:
        digits, signed = digits or "1", signed or own.is_change
        mean, low, high = (
            self._decimal(end, scale, digits, signed) for end in (own.mean, own.low, own.high)
        )
        match part:
            case "low" | "high":
                return self._with(unit, low if part == "low" else high)
            case "range":
                return self._with(unit, self("interval.range", low=low, high=high))
        mean = self._with(unit, mean)
        if part == "mean" or mean == NOTHING:
            return mean
        return self("interval.both", mean=mean, low=low, high=high)

    def _decimal(self, value: float | None, scale: float, wanted: str, signed: bool) -> str:
        if value is None or not isfinite(value):
            return NOTHING
        number = scale * value
        digits = _digits(number, wanted)
        # Rounded as Python does, not half to even of a decimal that was printed; never -0.
        text = f"{round(number, digits) + 0.0:,.{digits}f}".translate(_symbols(self.language))
        return f"+{text}" if signed and round(number, digits) >= 0 else text

    def _listed(self, values: Sequence[Any], spec: str) -> str:
        """Its members by commas, or before the last one as the joint says."""
        own = [self.format_field(value, "" if spec in JOINTS else spec) for value in values]
        joint = self(JOINTS.get(spec, "list.separator"))
        comma = joint if spec not in ("and", "or") else self("list.separator")
        return joint.join(filter(None, (comma.join(own[:-1]), *own[-1:])))

    def date(self, day: date, form: str = "long") -> str:
        """`form`: short, medium, long or full, or a pattern of Babel."""
        return format_date(day, form, locale=LOCALES[self.language])

    def join(self, parts: Sequence[str]) -> str:
        """Sentences one after another."""
        return self("list.sentences").join(parts)


@lru_cache
def _symbols(language: str) -> dict[int, str]:
    """What a language has between thousands, and before the digits after the point.  A page has a
    hundred thousand numbers, and Babel itself takes four times as long to write one."""
    of = LOCALES[language]
    return {ord(","): get_group_symbol(of), ord("."): get_decimal_symbol(of)}


def _digits(number: float, wanted: str) -> int:
    """Digits after the point; where nothing is wanted, three or more significant ones."""
    size = abs(number)
    if wanted == "g":
        return 0 if size >= 1000 else len(f"{number:.4g}".partition(".")[2])
    if wanted:
        return int(wanted)
    return 0 if size >= 100 or round(number, 9).is_integer() else 1 if size >= 10 else 2


@lru_cache(maxsize=64)
def messages(folder: Path, language: str) -> Mapping[str, str]:
    """The messages of a folder by dotted key; none where it has no table."""
    path = folder / f"words.{language}.toml"
    return dict(_flat(tomllib.loads(path.read_text("utf-8")))) if path.is_file() else {}


def _flat(table: Mapping[str, Any], place: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        rows += _flat(value, f"{place}{key}.") if isinstance(value, dict) else [
            (f"{place}{key}", str(value))
        ]  # fmt: skip
    return rows
