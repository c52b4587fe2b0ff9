"""No study answers otherwise than it did, and what would tell so can tell."""

import copy
import json

import pytest

from tests import answers

ANSWER = {
    "question": "Who waits?",
    "verdict": ["Two of three wait.", ""],
    "n": 3,
    "sure": True,
    "stations": {"near_in": {"wait_min": 1.0 / 3.0, "name": "Near in"}, "gate": {"wait_min": None}},
    "worst": ["near_in", "gate"],
    "curve": [0.1 * k for k in range(30)],
    "names": [f"s{k}" for k in range(20)],
    "ready_s": 7.5,
    "rows": [{"at": k, "pair": [k / 7, None], "flagged": ["a", "b"][: k % 3]} for k in range(300)],
}
KEPT = answers.parts(ANSWER, left_out=r"\w+_s")


def changed(path: str, value: object, **how: bool) -> list[str]:
    """What is told of the answer with another value at a path."""
    now = copy.deepcopy(ANSWER)
    *parents, last = path.split(".")
    at = now
    for key in parents:
        at = at[int(key) if isinstance(at, list) else key]
    at[int(last) if isinstance(at, list) else last] = value
    return answers.compared(KEPT, answers.parts(now, left_out=r"\w+_s"), **how)


# ---- the studies -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", answers.SMALL)
def test_a_small_study_answers_as_before(name):
    assert answers.check(name) == []


@pytest.mark.long
@pytest.mark.parametrize("name", ["holiday_highway", "one_station"])  # the others take minutes
def test_a_quick_study_answers_as_before(name):
    assert answers.check(name) == []


def test_every_study_is_kept_and_no_other():
    assert {path.stem for path in answers.KEPT.glob("*.json")} == set(answers.RUNS)


# ---- what is kept ----------------------------------------------------------------------------


def test_words_are_apart_and_times_are_left_out():
    assert set(KEPT.words) == {"question", "verdict[0]", "verdict[1]", "stations.near_in.name"}
    paths = dict(answers.flat(KEPT.figures))
    assert paths["stations.near_in.wait_min"] == 0.333333333333
    assert paths["worst[1]"] == "gate"
    assert paths["sure"] is True
    assert not {"question", "ready_s", "stations.near_in.name"} & set(paths)


def test_long_lists_are_sums_and_hashes():
    assert KEPT.figures["curve"]["numbers"] == 30
    assert KEPT.figures["curve"]["sum"] == pytest.approx(43.5)
    assert KEPT.figures["curve"]["by_place"] == pytest.approx(0.1 * (8555 + 435) / 30)
    assert KEPT.figures["names"]["names"] == 20
    assert KEPT.figures["rows"]["pair"]["numbers"] == 300  # and as often nothing
    assert KEPT.figures["rows"]["flagged"]["names"] == 300
    assert answers.parts(ANSWER, whole=True).figures["curve"] == [
        pytest.approx(v) for v in ANSWER["curve"]
    ]


def test_what_is_written_is_read_again(tmp_path):
    path = answers.write("answer", KEPT, tmp_path)
    assert answers.kept("answer", tmp_path) == KEPT
    assert len(path.read_text().splitlines()) > 10
    with pytest.raises(RuntimeError, match="nothing is kept of other"):
        answers.kept("other", tmp_path)


def test_rows_of_a_table_are_an_answer_too(tmp_path):
    (tmp_path / "verify.csv").write_text("oracle,n,exact,z\nmm1/0,12,1e-3,\n")
    assert answers.read(tmp_path) == [{"oracle": "mm1/0", "n": 12, "exact": 0.001, "z": None}]
    (tmp_path / "answer.json").write_text(json.dumps(ANSWER))
    assert answers.read(tmp_path) == ANSWER
    with pytest.raises(RuntimeError, match="there is no answer in"):
        answers.read(tmp_path / "elsewhere")


# ---- what is told ----------------------------------------------------------------------------


def test_an_answer_is_as_itself():
    assert changed("n", 3) == []
    assert changed("n", 3, values=True, words=True) == []
    assert changed("ready_s", 9.0) == []


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("n", 4, "n: 3 became 4"),
        ("n", 3.0, ""),  # whole in another type
        ("sure", False, "sure: True became False"),
        ("sure", 1, "sure: True became 1"),
        ("stations.near_in.wait_min", 1 / 3 + 1e-10, ""),
        ("stations.near_in.wait_min", 1 / 3 + 1e-9, "stations.near_in.wait_min: 0.333"),
        ("stations.gate.wait_min", 0.0, "stations.gate.wait_min: None became 0.0"),
        ("stations.gate", {}, "stations.gate.wait_min: None is gone"),
        ("stations.gate.more", 1.0, "stations.gate.more: 1.0 is new"),
        ("worst", ["gate", "near_in"], "worst[0]: 'near_in' became 'gate'"),
        ("curve.3", 0.31, "curve.sum: "),
        ("curve.29", None, "curve.numbers: 30 became 29"),
        ("names.7", "t7", "names.hash: "),
        ("rows.7.pair", [None, 1.0], "rows.pair."),
        ("rows.7.flagged", ["b"], "rows.flagged.hash: "),
        ("verdict", ["One waits."], ""),
    ],
)
def test_every_change_is_told_with_its_path(path, value, told):
    lines = changed(path, value)
    assert bool(lines) == bool(told)
    assert not told or lines[0].startswith(told)


def test_another_order_of_a_long_list_is_told():
    (line,) = changed("curve", ANSWER["curve"][::-1])
    assert line.startswith("curve.by_place: ")


def test_words_are_told_on_request():
    assert changed("question", "Who is late?") == []
    assert changed("question", "Who is late?", words=True) == [
        "question: 'Who waits?' became 'Who is late?'"
    ]
    assert changed("verdict", ["", "Two of three wait."], values=True, words=True) == []
    assert changed("question", "Two of three wait.", values=True, words=True) == [
        "question: 'Who waits?' is nowhere"
    ]


# ---- values wherever they are ----------------------------------------------------------------


def reshaped() -> dict[str, object]:
    """The same numbers under other names, and one more."""
    return {
        "metrics": {"waits": [{"estimate": 1.0 / 3.0, "shown": True}], "curve": ANSWER["curve"]},
        "table": {"rows": ANSWER["rows"]},
        "count": 3, "further": 99.5,
    }  # fmt: skip


@pytest.mark.parametrize("whole", [False, True])
def test_values_are_found_where_they_are(whole):
    old = answers.parts({k: v for k, v in ANSWER.items() if k != "names"}, r"\w+_s", whole)
    new = answers.parts(reshaped(), "", whole)
    assert answers.compared(old, new)
    assert answers.compared(old, new, values=True) == []
    (line,) = answers.compared(new, old, values=True)
    assert line == "further: 99.5 is nowhere"


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ([1.0, 2.0, 2.0], [2.0, 1.0, 2.0 + 1e-12], []),
        ([1.0, 2.0, 2.0], [1.0, 2.0, 3.0], ["[2]: 2.0 is there less often"]),
        ([1.0, 2.0], [1.0, 2.0 + 1e-8], ["[1]: 2.0 is nowhere"]),
        ([1.0, 1.0 + 1.5e-9], [1.0 + 8e-10, 1.0 - 8e-10], []),
        ([5.0], [], ["[0]: 5.0 is nowhere"]),
        ([True, "a", None], [], []),
        ([-1.0, 0.0], [1e-13, -1.0], []),
    ],
)
def test_each_value_is_found_as_often_as_it_was(before, now, told):
    assert answers.lost(before, now) == told


# ---- the command -----------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Studies that answer at once; a study changes with `answer`."""
    answer = copy.deepcopy(ANSWER)
    monkeypatch.setattr(answers, "KEPT", tmp_path)
    monkeypatch.setattr(answers, "answered", lambda name, workers: answer)
    monkeypatch.setattr(answers.kept, "__defaults__", (tmp_path,))
    monkeypatch.setattr(answers.write, "__defaults__", (tmp_path,))
    return answer


def test_the_command_keeps_and_compares(asked, capsys, tmp_path):
    assert answers.main(["--write", "small_port", "speed"]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"small_port.json", "speed.json"}
    assert answers.main(["small_port", "speed"]) == 0
    asked["n"], asked["ready_s"] = 4, 8.0
    capsys.readouterr()
    assert answers.main(["small_port", "speed"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "small_port: 2 differ", "  n: 3 became 4", "  ready_s: 7.5 became 8.0",
        "speed: 1 differs", "  n: 3 became 4",
    ]  # fmt: skip


def test_the_command_compares_whole_answers(asked, capsys, tmp_path):
    (tmp_path / "small_port").mkdir()
    (tmp_path / "small_port" / "answer.json").write_text(json.dumps(asked))
    asked["curve"][3] = 0.31
    assert answers.main(["small_port", "--against", str(tmp_path)]) == 1
    assert "curve[3]: 0.3 became 0.31" in capsys.readouterr().out


def test_an_unknown_study_and_one_that_fails(capsys, monkeypatch):
    with pytest.raises(SystemExit):
        answers.main(["port"])
    assert "unknown: port;" in capsys.readouterr().err
    monkeypatch.setitem(answers.RUNS, "wrong", answers.Run("experiment=wrong"))
    assert answers.main(["wrong"]) == 1
    said = "wrong: exit code 2: unknown experiment `wrong`"
    assert capsys.readouterr().out.startswith(said)


def test_what_needs_data_that_are_not_there_is_skipped(capsys, monkeypatch, tmp_path):
    run = answers.RUNS["validate"]._replace(needs=tmp_path / "absent")
    monkeypatch.setitem(answers.RUNS, "validate", run)
    assert answers.main(["validate", "--write"]) == 0
    assert capsys.readouterr().out == f"validate: skipped, {tmp_path / 'absent'} is not there\n"
