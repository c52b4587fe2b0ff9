"""Which question reads what: one table, which names what exists."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

import experiments
from experiments.port_corridor.settings import PortQuestion
from sim.config.overrides import Given
from sim.config.questions import EVERY, PORT, READS, unknown, vain
from sim.roads.scenario import _schema
from sim.roads.schema import Config

CONFIG = {
    "out": "results/x",
    "corridor": None,
    "replay": {"out": "results/x"},
    "rule_study": {"quick": False},
    "port_study": {"questions": ["capacity", "plan"]},
}


def of(key: str, *, is_choice: bool = False) -> Given:
    return Given(f"{key}=1", tuple(key.split(".")), is_choice)


def told(experiment: str, own: Given, **config: object) -> list[str]:
    return list(vain([own], CONFIG | {"experiment": experiment} | config))


def test_every_experiment_is_in_the_table():
    modules = {path.parent.name for path in Path(experiments.__path__[0]).glob("*/question.py")}
    for name in READS:
        assert (
            "scenario"
            in inspect.signature(import_module(f"experiments.{name}.question").run).parameters
        )
    assert set(READS) <= modules
    assert not unknown("replay")
    assert unknown("replai") == "unknown experiment `replai`: did you mean `replay`?"


@pytest.mark.parametrize("place", sorted({e.lstrip("-") for own in READS.values() for e in own}))
def test_every_place_exists(place):
    _exists(place)


def _exists(place: str) -> None:
    model = Config
    for part in place.split("."):
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        model = _schema(fields[part].annotation)


def test_parts_of_a_port_study_exist():
    for place, own in PORT.items():
        _exists(place)
        assert set(own) <= set(PortQuestion.__args__)


def test_every_section_belongs_to_a_question():
    read = {entry.lstrip("-").split(".")[0] for own in READS.values() for entry in own}
    sections = {field.alias or name for name, field in Config.model_fields.items()}
    assert read | set(EVERY) == sections


@pytest.mark.parametrize(
    ("experiment", "own", "belongs"),
    [
        ("holiday_highway", of("replay.stations"), "replay"),
        ("holiday_highway", of("replay.out"), "replay"),
        ("holiday_highway", of("port_study.quick"), "port_corridor"),
        ("holiday_highway", of("corridor.days"), "port_corridor"),
        ("holiday_highway", of("policy.upgrade_rule", is_choice=True), "forty_percent_rule"),
        ("holiday_highway", of("policy.upgrade_rule.threshold"), "forty_percent_rule"),
        ("forty_percent_rule", of("report.worst"), "holiday_highway"),
        ("port_corridor", of("engine.replications"), "forty_percent_rule or holiday_highway"),
        ("port_corridor", of("demand.scale"), "forty_percent_rule or holiday_highway or speed"),
        ("replay", of("demand", is_choice=True), "forty_percent_rule or holiday_highway or speed"),
        ("replay", of("policy", is_choice=True), "forty_percent_rule or holiday_highway or speed"),
        ("validate", of("verify.quick"), "verify"),
        ("verify", of("validate.site"), "validate"),
        ("speed", of("rule_study.quick"), "forty_percent_rule"),
    ],
)
def test_what_has_no_effect_is_told_with_whom_it_belongs_to(experiment, own, belongs):
    assert told(experiment, own) == [
        f"`{own.text}` has no effect on experiment={experiment}: it belongs to experiment={belongs}"
    ]


@pytest.mark.parametrize(
    ("experiment", "own"),
    [
        ("holiday_highway", of("demand", is_choice=True)),
        ("holiday_highway", of("reference", is_choice=True)),
        ("holiday_highway", of("policy", is_choice=True)),
        ("holiday_highway", of("policy.soc_cap")),
        ("holiday_highway", of("network", is_choice=True)),
        ("port_corridor", of("network", is_choice=True)),
        ("port_corridor", of("port_study.plan")),
        ("port_corridor", of("engine", is_choice=True)),
        ("replay", of("replay.out")),
        ("verify", of("out")),
        ("verify", of("experiment", is_choice=True)),
    ],
)
def test_what_is_read_is_not(experiment, own):
    assert told(experiment, own) == []


def test_a_freight_corridor_is_no_network_of_expressways():
    choice = of("network", is_choice=True)
    assert told("port_corridor", choice, corridor={"name": "Port"}) == []
    (sentence,) = told("holiday_highway", choice, corridor={"name": "Port"})
    assert sentence.endswith("it belongs to experiment=port_corridor")


def test_a_value_that_another_one_makes_idle():
    (sentence,) = told("replay", of("replay.out"), out="elsewhere")
    assert "no effect beside `out` = elsewhere" in sentence
    (sentence,) = told("holiday_highway", of("reference.scale"))
    assert "grows with `demand.scale`" in sentence
    (sentence,) = told("port_corridor", of("port_study.money.life_years"))
    assert sentence.endswith("port_study.questions=[capacity,plan]: it belongs to swap")
    quick = {"rule_study": {"quick": True}}
    (sentence,) = told("forty_percent_rule", of("engine.replications"), **quick)
    assert "with rule_study.quick=true" in sentence
    assert told("forty_percent_rule", of("engine.replications")) == []
