"""What `--help KEY` says is what stands in the YAML."""

import re
from functools import cache
from typing import Annotated

import pytest
import yaml
from pydantic import BaseModel, Field

from experiments.command import schema_of
from sim.config import choices, compose, described
from sim.config.allowed import allowed
from sim.config.folder import configs_dir
from sim.config.limits import HALF_WIDTH, HANDSHAKE_MIN, Limits
from sim.config.overrides import NO_PLACES
from sim.config.problems import InputError
from sim.config.table import number
from sim.terminal import help

COMPOSED = cache(help._composed)


@pytest.fixture(autouse=True)
def _in_english(monkeypatch):
    """And a config is composed once: none of these tests changes what it is made of."""
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.setattr(help, "_composed", lambda words, own: COMPOSED(tuple(words), own))


def rows(text: str) -> dict[str, str]:
    """By head, what is said of one key."""
    joined = re.sub(r"\n {6,}", " ", text)
    return {line.split()[0]: line.split(None, 1)[1] for line in joined.splitlines()[1:] if line}


def test_of_a_key_default_unit_meaning_and_source():
    said = rows(help.shown("station.handshake_min", []))
    assert said["default"] == "2.0"
    assert said["unit"] == "min"
    assert said["meaning"] == "from plug-in to power"
    assert said["source"] == "assumed (plug-in overhead 1.5-3 min, from memory)"
    assert said["in"] == "configs/station/chongqing.yaml"


def test_the_default_is_that_of_the_choices_that_are_named():
    of = {
        name: rows(help.shown("demand.ev_share", [f"demand={name}"]))
        for name in ("national_day", "spring_festival")
    }
    for name, said in of.items():
        config = yaml.safe_load((configs_dir() / "demand" / f"{name}.yaml").read_text("utf-8"))
        assert float(said["default"]) == config["ev_share"]
        assert said["source"] == " ".join(config["sources"]["ev_share"].split())
        assert said["in"] == f"configs/demand/{name}.yaml"


@pytest.mark.parametrize(
    ("key", "default", "meaning"),
    [
        ("rule_study.miss_cost", "1.0", "cost of a failing station missed"),
        ("corridor.days", "5", "that count"),
        ("policy/upgrade_rule.threshold", "0.4", "upgrade what is used more than this"),
        ("reference.local_share", "0.67", "of all vehicles, those on short trips"),
        ("out", "results/holiday_highway", "folder for what is written"),
    ],
)
def test_a_key_is_found_whatever_brings_it(key, default, meaning):
    said = rows(help.shown(key, []))
    assert said["default"] == default
    assert said["meaning"].startswith(meaning)


def test_what_is_said_of_a_whole_holds_of_its_parts():
    said = rows(help.shown("station.failures.mtbf_h", []))
    assert said["meaning"].endswith("both exponential (of `station.failures`)")
    assert said["source"].startswith("availability 98 %")


def test_of_a_group_its_choices_and_keys():
    text = help.shown("demand", [])
    for name in choices.names("demand"):
        assert re.search(rf"^  {name} +\w", text, re.MULTILINE)
    assert re.search(
        r"^  crossing_km +120\.0 +\[km\] deterrence exp\(-km / this\)", text, re.MULTILINE
    )
    assert "sources" not in text


def test_in_chinese(monkeypatch):
    assert "默认值" in help.shown("demand.scale", ["report.lang=zh"])
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "含义" in help.shown("demand.scale", [])


def test_every_key_of_the_config_is_told():
    config = compose.plain(compose.config(compose.swept([], None, NO_PLACES).first))
    for group, section in config.items():
        for key in section if isinstance(section, dict) else ():
            if key not in help.NOT_KEYS:
                assert help.shown(f"{group}.{key}", []).startswith(f"{group}.{key}\n")


def test_a_wrong_key_is_told_with_the_nearest():
    with pytest.raises(InputError, match=r"unknown key `rule_study\.mis`: did you mean `rule_st"):
        help.shown("rule_study.mis", [])


# ---- comments of YAML ------------------------------------------------------------------------


def test_where_a_comment_belongs(tmp_path, monkeypatch):
    monkeypatch.setattr(described, "configs_dir", lambda: tmp_path)
    (tmp_path / "group").mkdir()
    path = tmp_path / "group" / "own.yaml"
    path.write_text(
        "# What this is,\n# in two lines.\n"
        "a: 1  # [kW] of one\n"
        "b: {c: 2, d: '# none'}  # [h], [-] of both\n"
        "# [min] above\n"
        "e:\n"
        "  f: >-  # behind the mark\n"
        "    text # no comment\n"
        "  g: [1,\n"
        "      2]  # behind the end\n"
        'h: "a # b"\n'
        "\n"
        "# not of i\n"
        "\n"
        "i: null\n",
        "utf-8",
    )
    own = {entry.key: (entry.unit, entry.meaning) for entry in described.of(path)}
    assert own == {
        "group.a": ("kW", "of one"), "group.b": ("h", "of both"), "group.b.c": ("", ""),
        "group.b.d": ("", ""), "group.e": ("min", "above"),
        "group.e.f": ("", "behind the mark"), "group.e.g": ("", "behind the end"),
        "group.h": ("", ""), "group.i": ("", ""),
    }  # fmt: skip
    described.about.cache_clear()
    assert described.about("group", "own") == "What this is, in two lines."
    described.about.cache_clear()


@pytest.mark.parametrize(
    ("key", "may"),
    [
        ("station.handshake_min", f"from {HANDSHAKE_MIN.least:g} to {HANDSHAKE_MIN.most:g}"),
        ("engine.uncertainty", "none, layouts or posterior"),
        ("engine.half_width", f"from {HALF_WIDTH.least:g} to {HALF_WIDTH.most:g}"),  # or null
        ("overwrite", "true or false"),
        ("rule_study.miss_cost", "from 0.01 to 100"),  # of a question's own settings
        ("engine.seed", None),
    ],
)
def test_what_a_key_may_be_is_what_the_schema_checks(key, may):
    said = rows(help.shown(key, [], None, schema_of))
    assert said.get("allowed") == may


def test_what_is_allowed_holds_below_lists_names_and_unions():
    class Inner(BaseModel):
        own: Annotated[float, number(Limits(1.0, 2.0))] | None

    class Outer(BaseModel):
        some: list[Inner]
        named_: dict[str, Inner] = Field(alias="named")
        other: int

    for key in ("some.0.own", "named.x.own"):
        assert allowed(Outer, key) == Limits(1.0, 2.0)
    for key in ("other", "named.x.none", "some", "nothing"):
        assert allowed(Outer, key) is None
