from datetime import date
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.config.problems import InputError, did_you_mean, explain


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)


class Constant(Part):
    kind: Literal["constant"]
    kw: float


class Curve(Part):
    kind: Literal["curve"]
    points: list[float]


class Fleet(Part):
    vehicles: dict[str, Annotated[Constant | Curve, Field(discriminator="kind")]] = {}
    share: float | list[float] = 1.0


class Demand(Part):
    scale: float = Field(1.0, gt=0, le=10, allow_inf_nan=False)
    start: date = date(2025, 9, 30)
    opens: str = "08:00"
    rule: Literal["threshold", "plan_ahead"] = "threshold"
    days: list[int] = Field([1], max_length=3)
    lead_h: float | None = None

    @model_validator(mode="after")
    def _scale_fits(self) -> "Demand":
        if self.scale == 7:
            raise ValueError("seven is unlucky")
        return self


class Root(Part):
    seed: int
    demand: Demand = Demand()
    fleet: Fleet = Fleet()


def problems(**config: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Root.model_validate({"seed": 1, **config})
    return explain(caught.value)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"demnd": {}}, "unknown key `demnd`: did you mean `demand`?"),
        ({"demand": {"scal": 1}}, "unknown key `demand.scal`: did you mean `demand.scale`?"),
        ({"demand": {"scale": "many"}}, "`demand.scale` is 'many', but must be a number"),
        ({"demand": {"scale": 0}}, "`demand.scale` is 0, but must be greater than 0.0"),
        ({"demand": {"scale": 11}}, "`demand.scale` is 11, but must be at most 10.0"),
        ({"demand": {"scale": float("nan")}}, "`demand.scale` is nan, but must be a finite number"),
        ({"demand": {"scale": None}}, "`demand.scale` is empty, but must be a number"),
        ({"demand": {"lead_h": "x"}}, "`demand.lead_h` is 'x', but must be a number"),
        ({"demand": {"days": [1, 2, 3, 4]}},
         "`demand.days` is [1, 2, 3, 4], but must be a list of at most 3 item(s)"),
        ({"demand": {"days": [1, 2.5]}}, "`demand.days.1` is 2.5, but must be a whole number"),
        ({"demand": {"rule": "treshold"}},
         "`demand.rule` is 'treshold', but must be 'threshold' or 'plan_ahead'"),
        ({"demand": {"start": "noon"}},
         "`demand.start` is 'noon', but must be a date such as 2025-10-01"),
        ({"demand": {"scale": 7}}, "`demand`: seven is unlucky"),
        ({"demand": 3}, "`demand` is 3, but must be a mapping of keys to values"),
        ({"demand": {"opens": 750}}, "`demand.opens` is 750, but must be text: "
         "put it in quotes (YAML reads a bare 12:30 as 750)"),
        ({"demand": {"opens": False}}, "`demand.opens` is false, but must be text: "
         "put it in quotes (YAML reads a bare NO as false)"),
        ({"fleet": {"share": "x"}}, "`fleet.share` is 'x', but must be a number or a list"),
        ({"fleet": {"share": [1, "x"]}},
         "`fleet.share.1` is 'x', but must be a number"),
        ({"fleet": {"vehicles": {"suv": {"kind": "constant"}}}},
         "`fleet.vehicles.suv.kw` is missing"),
        ({"fleet": {"vehicles": {"suv": {"kind": "curve", "points": [], "point": 1}}}},
         "unknown key `fleet.vehicles.suv.point`: did you mean `fleet.vehicles.suv.points`?"),
        ({"fleet": {"vehicles": {"suv": {"kind": "flat"}}}},
         "`fleet.vehicles.suv` is {'kind': 'flat'}, but must be 'constant', 'curve'"),
    ],
)  # fmt: skip
def test_one_plain_sentence_for_each_kind_of_problem(config, sentence):
    assert sentence in problems(**config)


def test_every_problem_is_reported_at_once():
    found = problems(seed="x", demand={"scale": 0, "opens": 1}, flet={})
    assert len(found) == 4


def test_an_unknown_key_without_a_near_one_lists_the_known_ones():
    assert problems(demand={"zzzz": 1}) == [
        "unknown key `demand.zzzz`: known are `demand.days`, `demand.lead_h`, `demand.opens`, "
        "`demand.rule`, `demand.scale`, `demand.start`"
    ]


def test_long_values_are_shortened():
    (sentence,) = problems(demand={"scale": "x" * 500})
    assert len(sentence) < 130


def test_no_sentence_needs_a_reader_of_python():
    text = " ".join(problems(seed=None, demand={"scale": "a", "days": {}}, fleet=[], other=1))
    for word in ("None", "Input should", "pydantic", "type=", "http"):
        assert word not in text


def test_only_the_first_twenty_are_shown_and_the_rest_counted():
    error = InputError(problems(**{f"zz{i}": 1 for i in range(27)}))
    lines = str(error).splitlines()
    assert len(error.problems) == 27
    assert len(lines) == 21
    assert lines[-1] == "… and 7 more"


def test_a_single_sentence_is_enough():
    assert InputError("no such file").problems == ["no such file"]
    assert str(InputError("no such file")) == "no such file"


def test_did_you_mean_says_nothing_where_nothing_is_known():
    assert did_you_mean("x", []) == ""
    assert did_you_mean("daguan_ot", ["daguan_out", "fusheng"]) == ": did you mean `daguan_out`?"
