"""The list of questions: what each reads, whose a setting is, and one more of them."""

import json
from pathlib import Path

import pytest

import experiments
from experiments.config import schema
from experiments.port_corridor.question import READ_BY
from experiments.port_corridor.settings import PortQuestion
from experiments.question import Answer, Question, document, spoken
from sim import __main__ as cli
from sim.config import choices, compose
from sim.config.overrides import Given
from sim.config.problems import InputError
from sim.config.reads import EVERY, vain
from sim.config.section import Section
from sim.config.sections import schema_of
from sim.config.table import Text
from sim.report import pdf
from sim.report.blocks import Page
from sim.report.blocks import Section as Part
from sim.report.finding import found
from sim.report.language import Words
from sim.study import store

CONFIG = {
    "out": "results/x",
    "corridor": None,
    "replay": {"out": "results/x"},
    "rule_study": {"quick": False},
    "port_study": {"questions": ["capacity", "plan"]},
}
COUNTED = "forty_percent_rule or holiday_highway or one_station"
ROADS = f"calibrate or {COUNTED} or speed"
READS = {name: own.reads for name, own in experiments.every().items()}


def of(key: str, *, is_choice: bool = False) -> Given:
    return Given(f"{key}=1", tuple(key.split(".")), is_choice)


def told(experiment: str, own: Given, **config: object) -> list[str]:
    question = experiments.named(experiment)
    whole = CONFIG | {"experiment": experiment} | config
    return list(vain([own], whole, question.reads, lambda: READS, question.overruled))


def test_each_folder_with_a_question_is_in_the_list_and_can_be_chosen():
    folders = {path.parent.name for path in Path(experiments.__path__[0]).glob("*/question.py")}
    assert set(experiments.QUESTIONS) == folders == set(choices.names("experiment"))
    with pytest.raises(InputError, match="unknown experiment `replai`: did you mean `replay`"):
        experiments.named("replai")


@pytest.mark.parametrize("name", experiments.QUESTIONS)
def test_every_place_that_is_read_exists(name):
    question = experiments.named(name)
    places = [entry.lstrip("-") for entry in question.reads]
    for place in (*places, *question.free, *question.stations):
        _exists(place, question)


def _exists(place: str, question: Question) -> None:
    model = schema(question.section, question.config)
    for part in place.split("."):
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        model = schema_of(fields[part].annotation)


def test_parts_of_a_port_study_exist():
    for place, own in READ_BY.items():
        _exists(place, experiments.named("port_corridor"))
        assert set(own) <= set(PortQuestion.__args__)


def test_every_section_belongs_to_a_question():
    read = {entry.lstrip("-").split(".")[0] for own in READS.values() for entry in own}
    every = [schema(own.section, own.config) for own in experiments.every().values()]
    sections = {field.alias or name for own in every for name, field in own.model_fields.items()}
    # What a sweep is told is no setting of a design.
    assert read | {place.split(".")[0] for place in EVERY} | {"sweep"} == sections


def test_settings_of_a_question_are_in_its_own_file_alone():
    whole = compose.plain(compose.config(("experiment=verify",)))
    others = {own.section for own in experiments.every().values()} - {None, "verify"}
    assert not others & whole.keys()


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
        ("port_corridor", of("engine.replications"), COUNTED),
        ("port_corridor", of("demand.scale"), ROADS),
        ("replay", of("demand", is_choice=True), ROADS),
        ("replay", of("policy", is_choice=True), ROADS),
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


# ---- one more question -----------------------------------------------------------------------


class Greeting(Section):
    whom: Text


def page(say: Words, answer) -> Page:
    return Page(f"Hello {say.language}", [Part(answer["whom"], [])])


HELLO = Question(
    lambda asked: Answer(["Said."], {"whom": asked.config.whom}, {"letters": 5.0}),
    reads=("hello",),
    section="hello",
    config=Greeting,
    page=page,
    compiled=False,
)


@pytest.fixture
def hello(put_in_the_list):
    put_in_the_list("hello", HELLO, "whom: world")
    return lambda *words: cli.main(["--config-dir", "own", "experiment=hello", *words])


def written(name: str) -> str:
    return Path("results/hello", name).read_text()


def test_a_question_that_is_in_the_list_is_asked_by_name(hello, capsys):
    assert hello("hello.whom=you", "report.lang=zh") == 0
    assert json.loads(written("answer.json")) == {"whom": "you", "verdict": ["Said."]}
    page = written("report.html")
    assert "you</h2>" in page
    assert 'data-language="zh"' in page
    assert page.index("Hello zh") < page.index("Hello en")
    assert capsys.readouterr().out.startswith("Said.\n\nresults/hello/answer.json\n")
    assert hello("hello.whm=you", "demand.scale=-1") == 2
    problems = capsys.readouterr().err
    assert "unknown key `hello.whm`: did you mean `hello.whom`?" in problems
    assert "`demand.scale` is -1" in problems  # all at once


def test_settings_of_another_question_are_told_whose_they_are(hello, capsys):
    assert hello("verify.quick=true", "report.worst=3") == 2
    assert capsys.readouterr().err.splitlines() == [
        "`verify.quick=true` has no effect on experiment=hello: it belongs to experiment=verify",
        "`report.worst=3` has no effect on experiment=hello: it belongs to "
        "experiment=holiday_highway",
    ]
    assert cli.main(["experiment=speed", "hello.whom=you"]) == 2
    assert "it belongs to experiment=hello" in capsys.readouterr().err
    assert not Path("results").exists()


# ---- the page alone --------------------------------------------------------------------------


def test_the_page_is_made_again_from_what_is_there(hello, capsys):
    assert hello("hello.whom=you", "report.lang=en") == 0
    before = json.loads(written("manifest.json"))
    capsys.readouterr()
    assert hello("hello.whom=you", "report.only=true", "report.lang=zh") == 0
    page = written("report.html")
    assert "you</h2>" in page
    assert 'data-language="zh"' in page
    assert page.index("Hello zh") < page.index("Hello en")
    assert capsys.readouterr().out.splitlines() == [
        "Said.", "", "results/hello/report.html", "results/hello/manifest.json",
    ]  # fmt: skip
    after = json.loads(written("manifest.json"))
    page = store.file_digest(Path("results/hello/report.html"))
    assert after == before | {"files": before["files"] | {"report.html": page}}
    assert sorted(p.name for p in Path("results/hello").iterdir()) == [
        "answer.json", "manifest.json", "report.html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("out=nowhere",), "there is no answer in `nowhere` to make the page from"),
        (("hello.whom=her",), 'is of another design (`hello.whom` is "you" there, "her" here)'),
        (("-m", "engine.seed=1,2"), "`report.only=true` makes the page of one answer again"),
    ],
)
def test_a_page_of_another_answer_is_refused(hello, capsys, words, says):
    assert hello("hello.whom=you") == 0
    before = written("report.html"), written("manifest.json")
    whom = () if "hello.whom=her" in words else ("hello.whom=you",)
    assert hello(*whom, *words, "report.only=true") == 2
    assert says in capsys.readouterr().err
    assert (written("report.html"), written("manifest.json")) == before
    assert not Path("nowhere").exists()


def test_an_answer_that_somebody_changed_makes_no_page(hello, capsys):
    assert hello() == 0
    Path("results/hello/answer.json").write_text('{"whom": "me", "verdict": []}')
    assert hello("report.only=true") == 2
    assert "is not as it was written" in capsys.readouterr().err


# ---- on paper --------------------------------------------------------------------------------


def test_the_page_is_printed_if_that_is_asked_for(hello, capsys, monkeypatch):
    def write(page: Path, path: Path) -> None:
        assert "</h2>" in page.read_text()
        path.write_text(f"%PDF {page.name}")

    monkeypatch.setattr(pdf, "browser", lambda: "chromium")
    monkeypatch.setattr(pdf, "write", write)
    assert hello("report.pdf=true") == 0
    assert written("report.pdf") == "%PDF report.html"
    files = json.loads(written("manifest.json"))["files"]
    assert files["report.pdf"] == store.file_digest(Path("results/hello/report.pdf"))
    assert hello() == 0  # what was printed of the page before is gone
    assert not Path("results/hello/report.pdf").exists()
    capsys.readouterr()
    assert hello("report.only=true", "report.pdf=true") == 0
    assert written("report.pdf") == "%PDF report.html"
    assert "results/hello/report.pdf" in capsys.readouterr().out


def test_without_a_browser_nothing_is_printed_or_run(hello, capsys, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert hello("report.pdf=true") == 2
    assert capsys.readouterr().err.startswith("report.pdf=true needs Chromium, Chrome or Edge")
    assert not Path("results").exists()


def test_what_cannot_be_printed_is_told_and_the_answer_is_there(hello, capsys, monkeypatch):
    def write(page: Path, path: Path) -> None:
        raise pdf.NotPrinted("it broke")

    monkeypatch.setattr(pdf, "browser", lambda: "chromium")
    monkeypatch.setattr(pdf, "write", write)
    assert hello("report.pdf=true") == 0
    assert "`report.pdf` could not be printed: it broke\n" in capsys.readouterr().err
    assert "report.pdf" not in json.loads(written("manifest.json"))["files"]


# ---- what is said ----------------------------------------------------------------------------


def test_findings_are_kept_and_said_in_both_languages():
    verdict = [found("list.separator"), "As it is."]
    document_ = document("verify", Answer(verdict, {"verdict": 0, "n": 1}))
    assert list(document_) == ["verdict", "n", "said"]
    assert document_["verdict"] == [{"finding": "list.separator", "values": {}}, "As it is."]
    assert document_["said"] == {
        tongue: spoken("verify", verdict, tongue) for tongue in ("en", "zh")
    }
    assert document_["said"]["en"] != document_["said"]["zh"]
