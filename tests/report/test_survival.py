"""Which sentences survive, over worlds, what was found with luck alone."""

import numpy as np
import pytest

from sim.report import survival
from sim.report.blocks import Over
from sim.report.finding import Finding, Term, found, packed, unpacked
from sim.report.language import COMMON, LANGUAGES, Words
from sim.stats.estimate import Estimate, Metric
from sim.stats.interval import over_points

WAIT = Metric("wait_h")
WORLDS = 40
UNKNOWN = Term("survival.unknown.roads")


@pytest.fixture
def words(tmp_path):
    for language in LANGUAGES:
        text = (
            '[plain.stack]\nshown = "It saves {by}, {saved:0}."\nunshown = "Nothing is shown."\n'
            '[plain]\nmost = "Most by {by:or}."\nleast = "Least."\n[by]\na = "A"\nb = "B"\n'
        )
        (tmp_path / f"words.{language}.toml").write_text(text, "utf-8")
    return [Words(language, tmp_path) for language in LANGUAGES]


def judged(saved: np.ndarray) -> Finding:
    """What a study would say of hours saved, each way."""
    own = Estimate.change(np.zeros(len(saved)), saved, WAIT)
    if own.sign > 0:
        return found("plain.stack.shown", by=Term("by.a"), saved=own)
    return found("plain.stack.unshown")


def both(saved: np.ndarray) -> list[Finding]:
    """With luck alone, as if its replications were those of one world; and over worlds."""
    with over_points():
        worlds = judged(saved)
    return [judged(saved), worlds]


def states(luck, worlds):
    return [row["state"] for row in survival.rows({"x": luck}, {"x": worlds})]


def test_a_sentence_survives_if_95_percent_of_the_worlds_agree():
    few_disagree = np.ones(WORLDS) + np.arange(WORLDS) / WORLDS
    assert states(*([own] for own in both(few_disagree))) == ["survives"]
    every_tenth = np.where(np.arange(WORLDS) % 10, 2.0, -1.0)  # the mean is above 0 all the same
    luck, worlds = both(every_tenth)
    assert (luck.key, worlds.key) == ("plain.stack.shown", "plain.stack.unshown")
    assert states([luck], [worlds]) == ["unshown"]


def test_numbers_do_not_matter_and_words_do():
    a, b = Term("by.a"), Term("by.b")
    one, other = (found("plain.most", by=[a, b], n=n) for n in (1, Estimate(2.0, 1.0, 3.0)))
    assert states([one], [other]) == ["survives"]
    assert states([one], [found("plain.most", by=[b, a])]) == ["survives"]
    assert states([one], [found("plain.most", by=[a])]) == ["partly"]
    nested = [found("plain.most", by=found("plain.part", by=own)) for own in (a, b)]
    assert states(nested[:1], nested[1:]) == ["partly"]


def test_sentences_about_the_same_are_compared_wherever_they_stand():
    luck = [found("plain.stack.shown"), found("use.most"), found("sizes.small")]
    worlds = [found("use.least"), found("plain.stack.shown")]
    assert states(luck, worlds) == ["survives", "other", "gone"]
    assert states([found("use.most")], [found("told.nothing"), found("use.most")]) == [
        "survives", "new",
    ]  # fmt: skip
    assert states([found("judged.low")], [found("told.none")]) == ["unshown"]


def test_what_is_shown_neither_way_does_not_survive():
    luck = {"x": [found("use.most"), found("plain.stack.unshown")]}
    own = survival.rows(luck, luck)
    assert [row["state"] for row in own] == ["survives", "neither"]
    assert survival.verdict(own, WORLDS, "roads") == [
        found("survival.all", n=1, worlds=WORLDS, unknown=UNKNOWN)
    ]
    assert states([found("told.none")], []) == ["neither"]
    (row,) = survival.rows({"x": [found("told.none")]}, {"x": [found("told.one")]})
    assert row["state"] == "other"
    assert survival.verdict([row], WORLDS, "roads") == []  # nothing was shown that could survive


def test_parts_that_were_not_asked():
    luck = {"a": [found("use.most")], "b": [found("use.least")]}
    own = survival.rows(luck, {"a": [found("use.most")]})
    assert [(row["part"], row["state"]) for row in own] == [("a", "survives"), ("b", "unasked")]
    (said,) = survival.verdict(own, WORLDS, "roads")
    assert said == found("survival.all", n=1, worlds=WORLDS, unknown=UNKNOWN)
    assert survival.verdict(own[1:], WORLDS, "roads") == []


def test_what_is_said_in_both_languages(words):
    luck = {"x": [found("plain.stack.shown", by=Term("by.a"), saved=3.0), found("plain.least")]}
    worlds = {"x": [found("plain.least"), found("plain.stack.unshown")]}
    own = unpacked(packed(survival.rows(luck, worlds)))
    page = [survival.section(say, own, WORLDS, "roads", {"x": "1"}) for say in words]
    assert [section.key for section in page] == ["survival", "survival"]
    en, zh = page
    assert en.blocks[0] == (
        "1 of 2 plain sentences survive what we do not know (assumptions, layouts, level): 95 % of "
        "40 worlds say the same. Of the others 1 no longer shown."
    )
    assert "2 条结论中有 1 条仍成立" in zh.blocks[0]
    assert "未知因素（假设、布局、总体水平）" in zh.blocks[0]  # noqa: RUF001
    stands_out = [isinstance(row[-1], Over) for row in en.blocks[-1].rows]
    rows = [[cell if isinstance(cell, str) else words[0](getattr(cell, "cell", cell))
             for cell in row] for row in en.blocks[-1].rows]  # fmt: skip
    assert rows == [
        ["1", "It saves A, 3.", "shown",
         "not shown once what we do not know counts: Nothing is shown."],
        ["1", "Least.", "shown", "survives"],
    ]  # fmt: skip
    assert stands_out == [True, False]


def test_every_state_has_words():
    for language in LANGUAGES:
        say = Words(language, COMMON)
        for state in (*survival.STATES, "new"):
            assert say(f"survival.states.{state}", sentence="x")
