"""`peakcharge compare A B`: two answers beside each other, in sentences, a table and a page."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.archive import comparison, page, studies
from sim.archive.comparison import Comparison
from sim.archive.differences import settings
from sim.archive.results import aligned
from sim.archive.studies import ROOT
from sim.config.command import Parser
from sim.config.problems import InputError
from sim.report import language
from sim.report.changes import label, metric
from sim.report.language import LANGUAGES, Words
from sim.report.page import write
from sim.stats import interval
from sim.stats.estimate import Estimate
from sim.study import store

HERE = Path(__file__).parent
BY = "wait_min_p95"
SHOWN = 10  # stations each way
SETTINGS = 6  # that differ


def main(argv: Sequence[str]) -> int:
    """Compare, and write the table and the page that are asked for.  Raises `InputError`."""
    args = _parser().parse_args(argv)
    for option in ("csv", "page"):
        _refuse(option, getattr(args, option))
    first = args.lang or language.of_terminal(os.environ)
    say = Words(first, HERE)
    (one, design), (other, second) = (_named(name, args.root) for name in args.names)
    if bool(design) != bool(second):
        raise InputError("name a design of both, STUDY:DESIGN, or of none")
    compared = comparison.of(one, other, [design, second] if design else [])
    with interval.over_points(compared.over_worlds):
        print("\n".join(lines(say, compared, args.by, None if args.all else SHOWN)))
        if args.csv:
            text = compared.table().to_csv(index=False, lineterminator="\n")
            print(store.write_text(args.csv, text))
        if args.page:
            words = {own: Words(own, HERE) for own in LANGUAGES}
            print(write(args.page, page.of(compared, args.by), words, language=first))
    return 0


def _parser() -> Parser:
    parser = Parser("peakcharge compare", "Two answers beside each other, paired by replication.")
    add = parser.add_argument
    add("names", nargs=2, metavar="STUDY", help=f"a folder, or a name below {ROOT}; STUDY:DESIGN")
    add("--by", default=BY, metavar="FIGURE", help=f"that stations are told by; default: {BY}")
    add("--all", action="store_true", help="all stations that differ, not the first ten each way")
    add("--csv", type=Path, metavar="FILE", help="write every change, a row each")
    add("--page", type=Path, metavar="FILE.html", help="write it as a page, with a map")
    add("--in", dest="root", type=Path, default=ROOT, metavar="DIR", help=f"default: {ROOT}")
    add("--lang", choices=LANGUAGES, help="default: that of the terminal")
    return parser


def _refuse(option: str, path: Path | None) -> None:
    if path is None:
        return
    if os.path.lexists(path):
        raise InputError(f"--{option}: `{path}` is there already: name another file")
    if not path.parent.is_dir():
        raise InputError(f"--{option}: there is no folder `{path.parent}`")


def _named(text: str, root: Path) -> tuple[studies.Study, str]:
    """A study, and a design if one is named."""
    name, colon, design = text.rpartition(":")
    if not colon or (root / text).is_dir() or Path(text).is_dir():
        return studies.named(text, root), ""
    return studies.named(name, root), design


def lines(say: Words, compared: Comparison, by: str, most: int | None) -> Iterator[str]:
    """All that is said of two answers; of stations so many each way."""
    stations = compared.stations(by)
    one, other = compared.one, compared.other
    yield say(
        "compare.title", one=one.study.name, first=one.design, other=other.study.name,
        second=other.design,
    )  # fmt: skip
    key = "compare.worlds" if compared.over_worlds else "compare.luck"
    yield say(key, n=len(compared.numbers))
    yield say(compared.draws)
    differ = settings(one.study, other.study)
    for name, (a, b) in list(differ.items())[:SETTINGS]:
        yield f"  {say('diff.setting', key=name, one=str(a), other=str(b))}"
    if len(differ) > SETTINGS:
        yield f"  {say('compare.settings', n=len(differ) - SETTINGS)}"
    yield ""
    rows = [_row(say, say(f"metrics.{key}"), key, own) for key, own in compared.figures.items()
            if say.has(f"metrics.{key}")]  # fmt: skip
    yield from aligned([[say("compare.figure"), *_heads(say)], *rows])
    for sign, order in ((-1, 1), (1, -1)):
        names = [n for n, own in stations.items() if own[2].sign == sign][::order]
        yield ""
        key = "compare.lower" if sign < 0 else "compare.higher"
        yield say(key, n=len(names), of=len(stations), figure=label(say, by))
        shown = names[:most]
        if shown:
            rows = [_row(say, compared.name(say, n), by, stations[n]) for n in shown]
            yield from aligned([[say("compare.station"), *_heads(say)], *rows])
        if len(shown) < len(names):
            yield say("compare.more", n=len(names) - len(shown))
    unshown = sum(own[2].sign == 0 for own in stations.values())
    yield ""
    yield say("compare.unshown", n=unshown, of=len(stations))


def _heads(say: Words) -> list[str]:
    return [say(f"compare.{head}") for head in ("one", "other", "change")]


def _row(say: Words, label: str, key: str, own: Sequence[Estimate]) -> list[str]:
    shown = metric(key)
    return [label, *(say.number(each, f"{shown.digits}{shown.unit}") for each in own)]
