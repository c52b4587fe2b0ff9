"""The command line, in this process, with an experiment that does nothing but write a file."""

import csv
import os
import re
import shutil
import sys
from types import SimpleNamespace

import pytest
import yaml

import experiments
from experiments import command
from sim import __main__ as cli
from sim.audit import AuditError
from sim.config.folder import configs_dir
from tests.archive.kept import study

FINDINGS = 1  # how many an answer has
FAR: list[str] = []  # how far each said that it was


def answered(question, checked, out, progress):
    """Stands for a run: fails in the ways of experiments when the scale says so."""
    scale = checked.config.demand.scale
    progress.status("doing.drawing")
    progress.start(2, "doing.simulating")
    progress.advance()
    FAR.append(progress.far())
    if scale == 3:
        raise AuditError(["energy was lost"])
    if scale == 4:
        raise RuntimeError("a bug")
    if scale == 5:
        sys.exit(0)
    if scale == 6:
        raise KeyboardInterrupt
    out.mkdir(parents=True, exist_ok=True)
    (out / "answer.json").write_text(f"{scale}\n")
    return SimpleNamespace(
        verdict=[f"The answer at {scale:g}.", *(f"Finding {n}." for n in range(2, FINDINGS + 1))],
        lead=[],
        language="en",
        headline={"wait_p95_min": 2.0 * scale, "worst": "fusheng_in"},
        paths=[out / "answer.json"],
        samples={},
        results=None,
    )


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder: its exit code, output, errors and files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "run", answered)

    def call(*argv: str) -> SimpleNamespace:
        try:
            code = cli.main(argv)
        except SystemExit as exit_:  # argparse, after --help and --version
            code = exit_.code
        out, err = capsys.readouterr()
        files = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
        return SimpleNamespace(code=code, out=out, err=err, files=files, folder=tmp_path)

    return call


def test_without_arguments_it_is_the_holiday_study(run):
    done = run()
    assert done.code == 0
    assert re.fullmatch(
        r"The answer at [0-9.]+\.\n\nresults/holiday_highway/answer\.json\n", done.out
    )
    assert done.err == "drawing the page\nsimulating\n"  # plain lines: this is no terminal
    assert done.files == ["results/holiday_highway/answer.json"]


def test_what_goes_on_is_said_in_the_language_of_the_answer(run):
    assert run("report.lang=zh").err == "生成页面\n运行方案\n"


def test_the_study_names_its_folder_and_out_another(run):
    assert run("experiment=speed").files == ["results/speed/answer.json"]
    assert "elsewhere/answer.json" in run("out=elsewhere").files


def test_values_reach_the_scenario(run):
    assert run("demand=spring_festival", "demand.scale=1.5").out.startswith("The answer at 1.5.")


def test_hydra_leaves_no_trace(run):
    done = run("demand.scale=2")
    assert os.listdir(done.folder) == ["results"]
    assert os.getcwd() == str(done.folder)


def test_help_shows_five_worked_examples_and_every_choice(run):
    done = run("--help")
    assert done.code == 0
    commands = [line for line in done.out.splitlines() if line.startswith("  peakcharge")]
    assert len(commands) == 5
    for word in cli.COMMANDS:
        assert word.split()[-1] in done.out
    for name in (*experiments.QUESTIONS, "national_day", "spring_festival", "ordinary_week"):
        assert name in done.out


def test_every_example_of_the_help_is_right(run, tmp_path, monkeypatch):
    commands = [line.split() for line in cli.EXAMPLES.splitlines() if line.startswith("  peak")]
    for number, (_, *argv) in enumerate(commands):
        (tmp_path / str(number)).mkdir()
        monkeypatch.chdir(tmp_path / str(number))
        assert run(*argv).code == 0, argv


def test_dry_run_prints_the_config_and_writes_nothing(run):
    done = run("demand=ordinary_week", "--cfg", "job", "--resolve", "demand.scale=1.25")
    config = yaml.safe_load(done.out)
    assert done.code == 0
    assert done.files == []
    assert config["demand"]["scale"] == 1.25
    assert config["out"] == "results/holiday_highway"
    assert "${" not in done.out
    assert "results/${experiment}" in run("--cfg", "job").out


def test_dry_run_finds_what_a_run_would_find(run):
    assert run("demand.scale=-1", "--cfg", "job").code == 2


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["demnd=spring_festival"], "unknown key `demnd`: did you mean `demand`?"),
        (["demand=sprng_festival"], "unknown demand `sprng_festival`: did you mean `spring_f"),
        (["demand.scal=2"], "unknown key `demand.scal`: did you mean `demand.scale`?"),
        (["+demand.scal=2"], "unknown key `demand.scal`: did you mean `demand.scale`?"),
        (["experiment=sped"], "unknown experiment `sped`: did you mean `speed`?"),
        (["experiment.name=speed"], "unknown experiment"),
        (["demand.scale=many"], "`demand.scale` is 'many', but must be a number"),
        (["demand.scale=-1"], "`demand.scale` is -1, but must be from 0.001 to 100"),
        (["demand.scale=null"], "`demand.scale` is empty, but must be a number"),
        (["demand.scale="], "`demand.scale` is '', but must be a number"),
        (["demand.scale=???"], "`demand.scale`"),
        (["demand.scale.a=1"], "`demand.scale` is {'a': 1}, but must be a number"),
        (["demand.calendar=12"], "`demand.calendar` is 12, but must be text: put it in quotes"),
        (["out=true"], "`out` is true, but must be text: put it in quotes"),
        (["station.overrides.daguan_uot.evses=4"], "daguan_uot"),
        (["demand.scale=1,2"], "these are 2 designs: add -m to run them all"),
        (["demand"], "cannot read `demand`"),
        (["a b=1"], "cannot read `a b=1`"),
        (["demand.scale=[1"], "cannot read `demand.scale=[1`"),
        (["demand.scale=f(1)"], "cannot read `demand.scale=f(1)`"),
        ([""], "cannot read ``"),
        (["demand=null"], "`demand=null`: name one demand"),
        (["demand={scale: 1}"], "`demand={scale: 1}`: name one demand"),
        (["~demand"], "`demand` is missing"),
        (["~demand.nope"], "'demand.nope' does not exist"),
        (["demand.scale=interval(0,1)"], "`demand.scale`: say how an interval is sampled"),
        (["-m", "demand.scale=interval(0,1)"], "sweep.sampler=sobol or sweep.sampler=lhs"),
        (["-m", "demand.scale=interval(1,0)"], "an interval goes from less to more"),
        (["-m", "demand=interval(1,2)"], "an interval is of numbers"),
        (["demand.scale=interval(1,2)", "sweep.sampler=lhs"], "these are 64 designs: add -m"),
        (
            ["-m", "demand.scale=interval(1,2)", "sweep.sampler=sobol", "sweep.points=100"],
            "points of sobol must be a power of 2: 64 or 128, not 100",
        ),
        (["-m", "demand.scale=1,2", "sweep.sampler=lhs"], "has no effect: no value is an interval"),
        (["-m", "demand.scale=1,2", "sweep.sampler=grid"], "`sweep.sampler` is 'grid', but must"),
        (["-m", "demand.scale=1,2", "sweep.baseline=3"], "is 3, but there are 2 designs"),
        (["-m", "demand.scale=1,2", "sweep.points=8,16"], "a sweep has one `sweep.points`"),
        (["-m", "demand.scale=1,2", "sweep.front=[a]"], "front needs two figures or more"),
        (["-m", "demand.scale=range(1,600)"], "these are 599 designs, more than 500: say sweep.mo"),
        (["sweep.most=9"], "`sweep.most=9` has no effect on experiment=holiday_highway"),
        (["-m", "demand=glob(x*)"], "`demand=glob(x*)`: there is no such value"),
        (["-m", "demand.scale=range(1,3,0)"], "a range goes by a step that is not 0"),
        (["-m", "demand.scale=range(0.7,0.9,0.0)"], "a range goes by a step that is not 0"),
        (["-m", "demand.scale=range(nan,3)"], "`demand.scale=range(nan,3)`: a range is of numbers"),
        (["-m", "demand.scale=range(1,3,inf)"], "a range is of numbers"),
        (["hydra.run.dir=x"], "`hydra.run.dir`: settings of Hydra have no effect"),
        (["hydra/launcher=joblib"], "`hydra/launcher`: settings of Hydra have no effect"),
        (["demand.scale=${demand.nam}"], "'demand.nam' not found"),
        (["--multrun"], "unknown option `--multrun`: did you mean `--multirun`?"),
        (["--cfg", "hydra"], "invalid choice: 'hydra'"),
        (["--resolve"], "--resolve belongs to --cfg job"),
        (["-m", "--cfg", "job", "--resolve"], "leave one out"),
        (["--config-dir", "nowhere"], "there is no folder `nowhere`"),
        (["demand=national_day", "demand=spring_festival"], "`demand=national_day` and `demand=s"),
        (["demand=national_day", "+demand=national_day"], "set the same place of the config"),
        (["demand.scale=2", "~demand.scale"], "set the same place of the config"),
        (["-m", "demand.scale=1,2", "++demand.scale=3"], "set the same place of the config"),
        (["-m", "experiment=speed,verify", "experiment=replay"], "set the same place"),
        (["--cfg", "job", "out=a", "out=b"], "`out=a` and `out=b` set the same place"),
        (["demand.kinds={}"], "`demand.kinds={}` changes nothing"),
        (["station.overrides={}"], "`station.overrides={}` changes nothing"),
        (["-m", "demand.scale=1,1"], "a value is there more than once"),
        (["engine@engine=default"], "there is no such choice: did you mean `engine`?"),
        (["+demand@fleet=national_day"], "there is no such choice"),
        (["corridor/base=x"], "there is no such choice"),
        (["-m", "out=a,b"], "a sweep has one `out`, where each design gets a folder of its own"),
        (["demand=../../secret"], "unknown demand `../../secret`: known are `national_day`"),
        (["demand=/etc/x"], "unknown demand `/etc/x`"),
        (["demand=base"], "unknown demand `base`"),
        (["demand=${network.name}"], "unknown demand `${network.name}`"),
        (["demand@reference=../x"], "unknown demand `../x`"),
        (["policy/upgrade_rule=../none"], "unknown policy/upgrade_rule `../none`"),
        (["-m", "demand=national_day,../x"], "unknown demand `../x`"),
        (
            ["network=guoyuan"],
            "`network=guoyuan` has no effect on experiment=holiday_highway: it "
            "belongs to experiment=port_corridor",
        ),
        (["-m", "network=chongqing,suwan"], "`network=suwan` has no effect"),
        (["-m", "experiment=holiday_highway,replay", "demand.scale=2"], "on experiment=replay"),
        (["demand=national_day", "experiment=replay"], "has no effect on experiment=replay"),
        (["replay.stations=x.csv"], "it belongs to experiment=replay"),
        (["experiment=replay", "replay.out=a", "out=b"], "no effect beside `out` = b"),
        (["station.overrides.daguan_out.evses=6"], "has 6 EVSEs and 630 kVA already"),
        (
            ["station.overrides.daguan_uot.kva=800"],
            "did you mean station.overrides.daguan_out.kva=800.0?",
        ),
        (["station.overrides.服务区 x.evses=2"], "unknown station `服务区 x`"),
        (["station.overrides={服务区:{evses:2}}"], "write 'station.overrides.服务区.evses=2'"),
    ],
)
def test_a_wrong_command_line_is_one_plain_sentence(run, argv, sentence):
    done = run(*argv)
    assert done.code == 2
    assert sentence in done.err
    assert done.out == ""
    assert done.files == []
    assert len(done.err.splitlines()) == 1
    for noise in ("Traceback", "hydra.cc", "HYDRA_FULL_ERROR", "full_key", "object_type"):
        assert noise not in done.err


def test_every_problem_of_the_config_is_named_at_once(run):
    done = run("demand.scale=-1", "flet=1", "engine.replications=1", "policy.soc_cap=x")
    assert len(done.err.splitlines()) == 4


@pytest.mark.parametrize(
    "argv",
    [
        ["demand._target_=os.system"],
        ["_target_=os.system"],
        ["demand={_target_: os.system}"],
        ["demand.scale={deep: {_args_: [1]}}"],
        ["demand.name=${oc.env:HOME}"],
        ["demand=${oc.env:CHOICE}"],
        ["demand.name='a ${oc.decode:1}'"],
        ["demand.name=${oc.env:${out}}"],
        ["demand.name=${${out}:HOME}"],
    ],
)
def test_nothing_in_a_config_is_executed_or_reads_the_environment(run, monkeypatch, argv):
    monkeypatch.setenv("CHOICE", "spring_festival")
    done = run(*argv)
    assert done.code == 2
    assert done.files == []
    assert os.environ["HOME"] not in done.err


def test_references_within_the_config_are_read(run):
    done = run("engine.replications=7", "demand.scale=${engine.replications}")
    assert done.out.startswith("The answer at 7.")


def test_choices_of_ones_own(run, tmp_path):
    own = tmp_path / "own" / "engine"
    own.mkdir(parents=True)
    shipped = (configs_dir() / "engine" / "default.yaml").read_text()
    (own / "quick.yaml").write_text(shipped.replace("replications: 20", "replications: 3"))
    (own / "env.yaml").write_text(shipped.replace("replications: 20", "seed: ${oc.env:HOME}"))
    (own / "twice.yaml").write_text("seed: 1\nseed: 2\n")
    (own / "binary.yaml").write_bytes(b"\xff\xfe")
    dry = ("--config-dir", "own", "--cfg", "job")
    assert "replications: 3" in run("engine=quick", *dry).out
    assert "did you mean `quick`?" in run("engine=quik", *dry).err
    assert "line 2: the key `seed` is there more than once" in run("engine=twice", *dry).err
    assert "not text in UTF-8" in run("engine=binary", *dry).err
    assert run("engine=env", *dry).code == 2


def test_an_environment_variable_cannot_choose_while_composing(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CHOICE", "default")
    (tmp_path / "own" / "engine").mkdir(parents=True)
    own = tmp_path / "own" / "engine" / "env.yaml"
    own.write_text("defaults:\n  - ../engine/${oc.env:CHOICE}\n")
    assert run("engine=env", "--config-dir", "own", "--cfg", "job").code == 2


def test_a_folder_that_cannot_be_written_is_an_input_error(run, tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("nowhere")
    for out, there in (("file/results", "file"), ("link", "link"), ("link/results", "link")):
        done = run(f"out={out}")
        assert done.code == 2
        assert re.search(f"nothing can be written in `.*{there}`", done.err)


def test_a_failed_audit_is_no_answer(run):
    done = run("demand.scale=3")
    assert done.code == 3
    assert done.out == ""
    assert "the audit failed, so there is no answer: energy was lost" in done.err


def test_an_interrupt_is_one_line(run):
    done = run("demand.scale=6")
    assert done.code == 130
    assert done.err.splitlines()[-1] == "interrupted"


def table(done: SimpleNamespace, sweep: str = "sweep-001") -> list[dict[str, str]]:
    path = done.folder / "results" / "holiday_highway" / sweep / "designs.csv"
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


SWEEP = ("SHA256SUMS", "designs.csv", "sweep.html", "sweep.json")


def test_a_sweep_is_a_folder_a_design_and_one_table(run):
    done = run("-m", "demand.scale=0.5,2", "station.overrides.daguan_out.evses=4,8")
    assert done.code == 0
    assert done.files == [
        *(f"results/holiday_highway/sweep-001/00{n}/answer.json" for n in (1, 2, 3, 4)),
        *(f"results/holiday_highway/sweep-001/{n}" for n in SWEEP),
    ]
    rows = table(done)
    assert list(rows[0]) == [
        "design", "demand.scale", "station.overrides.daguan_out.evses", "wait_p95_min", "worst",
        "problem",
    ]  # fmt: skip
    assert [(r["demand.scale"], r["station.overrides.daguan_out.evses"]) for r in rows] == [
        ("0.5", "4"), ("0.5", "8"), ("2", "4"), ("2", "8"),
    ]  # fmt: skip
    assert [float(r["wait_p95_min"]) for r in rows] == [1, 1, 4, 4]
    assert (done.folder / done.files[2]).read_text() == "2.0\n"


def test_a_sweep_over_intervals(run):
    done = run(
        "-m", "demand.scale=interval(0.5,2)",
        "station.overrides.daguan_out.evses=int(interval(4,7))", "policy=none,opposite_side",
        "sweep.sampler=sobol", "sweep.points=8",
    )  # fmt: skip
    rows = table(done)
    assert (done.code, len(rows)) == (0, 16)
    assert [row["policy"] for row in rows] == 8 * ["none"] + 8 * ["opposite_side"]
    points = [
        (float(r["demand.scale"]), int(r["station.overrides.daguan_out.evses"])) for r in rows
    ]
    assert points[:8] == points[8:]
    # Eight points of Sobol: one in each eighth of the scale, two of each number of EVSEs.
    assert sorted(int((scale - 0.5) / 1.5 * 8) for scale, _ in points[:8]) == list(range(8))
    assert sorted(evses for _, evses in points[:8]) == [4, 4, 5, 5, 6, 6, 7, 7]


def test_a_latin_hypercube_is_the_same_every_time(run):
    words = ("-m", "demand.scale=interval(1,2)", "sweep.sampler=lhs", "sweep.points=5")
    lists = [run(*words, "--cfg", "job").out for _ in "ab"]
    assert lists[0] == lists[1]
    scales = [float(line.partition("=")[2]) for line in lists[0].splitlines()]
    assert sorted(int(5 * scale) - 5 for scale in scales) == [0, 1, 2, 3, 4]


def test_a_sweep_is_listed_without_a_run(run):
    done = run("-m", "demand.scale=1,-1", "policy=none,opposite_side", "--cfg", "job")
    assert (done.code, done.files, done.err) == (1, [], "")
    bad = "`demand.scale` is -1, but must be from 0.001 to 100"
    assert done.out.splitlines() == [
        "001 demand.scale=1 policy=none", "002 demand.scale=1 policy=opposite_side",
        f"003 demand.scale=-1 policy=none: {bad}",
        f"004 demand.scale=-1 policy=opposite_side: {bad}",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("span", "values"),
    [
        ("0.7,0.95,0.05", ["0.7", "0.75", "0.8", "0.85", "0.9"]),
        ("1,4", ["1", "2", "3"]),
        ("0.3,0.05,-0.1", ["0.3", "0.2", "0.1"]),
    ],
)
def test_numbers_of_a_range_are_as_one_would_write_them(run, span, values):
    lines = run("-m", f"demand.scale=range({span})", "--cfg", "job").out.splitlines()
    assert [line.partition("=")[2] for line in lines] == values


def test_many_designs_run_only_if_they_are_meant(run):
    words = ("-m", "demand.scale=1,2,6", "sweep.most=2")
    assert "these are 3 designs, more than 2: say sweep.most=3" in run(*words).err
    assert run("-m", "demand.scale=1,2,4", "sweep.most=3").code == 1


def test_how_many_designs_there_are_and_how_long_they_take_is_said(run):
    """Before the first, by earlier ones where they are; else after it."""
    first = run("-m", "demand.scale=1,2").err.splitlines()
    assert first[0] == "2 designs; how long they take is said after the first."
    assert first[-3].startswith("The first took 10 s: about 10 s for the 1 that ")


def test_sweeps_do_not_overwrite_each_other(run):
    run("-m", "demand.scale=1,2")
    done = run("-m", "demand=glob(*,exclude=base)")
    assert [r["demand.scale"] for r in table(done)] == ["1", "2"]
    assert [r["demand"] for r in table(done, "sweep-002")] == [
        "national_day", "ordinary_week", "spring_festival",
    ]  # fmt: skip


def test_designs_that_fail_are_named_while_the_others_finish(run):
    done = run("-m", "demand.scale=3,4,5,-1,2")
    assert done.code == 1
    problems = [row["problem"] for row in table(done)]
    assert problems == [
        "the audit failed: energy was lost",
        "RuntimeError: a bug",
        "SystemExit: 0",
        "`demand.scale` is -1, but must be from 0.001 to 100",
        "",
    ]
    assert "results/holiday_highway/sweep-001/005/answer.json" in done.files
    assert FAR[-1].startswith("design 5 of 5, 4 failed · 1 of 2 · ")
    named = [line for line in done.err.splitlines() if line.startswith("failed: ")]
    assert named[1] == "failed: design 002 demand.scale=4: RuntimeError: a bug"
    assert len(named) == 4


def test_a_sweep_without_a_usable_design_writes_nothing(run):
    done = run("-m", "demand.scale=-1,-2")
    assert done.code == 2
    assert len(done.err.splitlines()) == 2
    assert done.files == []
    assert os.listdir(done.folder) == []


@pytest.mark.parametrize(
    "word", ["demand.scale=1,1.0", "overwrite=True,False", "engine.workers=1,2"]
)
def test_designs_that_differ_in_nothing_are_refused(run, word):
    done = run("-m", word)
    key, _, values = word.partition("=")
    one, other = values.split(",")
    same = f"`{key}={one}` and `{key}={other}` give the same answer: keep one of them"
    assert (done.code, done.err.splitlines()) == (2, [same])
    assert os.listdir(done.folder) == []


def test_an_interrupted_sweep_keeps_what_is_done(run):
    done = run("-m", "demand.scale=2,6,1")
    assert done.code == 130
    assert [row["demand.scale"] for row in table(done)] == ["2"]


@pytest.mark.parametrize(
    ("experiment", "word", "other", "sentence"),
    [
        ("holiday_highway", "demand.scale=1,2", "over", ": did you mean `wait_min_p95`?"),
        ("port_corridor", "engine.seed=1,2", "trucks", ": known are `trucks`"),
    ],
)
def test_an_unknown_figure_is_refused_before_anything_is_run(
    run, experiment, word, other, sentence
):
    done = run("-m", f"experiment={experiment}", word, f"sweep.front=[{other},wait_min_p59]")
    said = f"`sweep.front` names `wait_min_p59`, which is no figure of a design{sentence}"
    assert (done.code, done.err.splitlines()) == (2, [said])
    assert os.listdir(done.folder) == []


def test_a_figure_of_luck_is_one_where_luck_is_said_besides(run):
    words = ("-m", "demand.scale=1,2", "sweep.front=[over,luck_over]", "--cfg", "job")
    assert run(*words, "engine.uncertainty=posterior").code == 0
    assert run(*words, "engine.uncertainty=none").code == 2


def test_figures_that_are_found_by_measuring_are_looked_at_after_the_first_design(run):
    """Which is not lost."""
    words = ("-m", "experiment=speed", "demand.scale=2,1")
    done = run(*words, "sweep.front=[wait_p95_min,wrost]")
    sentence = "`sweep.front` names `wrost`, which is no figure of a design"
    assert (done.code, done.err.splitlines()[-1][: len(sentence)]) == (2, sentence)
    assert run(*words, "sweep.baseline=2").code == 0  # goes on there
    assert [path.name for path in (done.folder / "results/speed").iterdir()] == ["sweep-001"]


def test_a_choice_of_ones_own_does_not_shadow_a_built_in_one(run, tmp_path):
    (tmp_path / "own" / "engine").mkdir(parents=True)
    (tmp_path / "own" / "engine" / "default.yaml").write_text("seed: 77\n")
    done = run("--config-dir", "own", "--cfg", "job")
    assert (done.code, done.out) == (2, "")
    assert "`engine/default` is built in" in done.err


def test_tables_of_ones_own_are_found_beside_the_choice(run, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(configs_dir() / "network" / "chongqing", own / "network" / "mine")
    text = (configs_dir() / "network" / "chongqing.yaml").read_text()
    (own / "network" / "mine.yaml").write_text(text.replace("network/chongqing/", "network/mine/"))
    assert run("--config-dir", "own", "network=mine", "--cfg", "job").code == 0
    (own / "network" / "mine" / "links.csv").write_text("broken\n")
    done = run("--config-dir", "own", "network=mine", "--cfg", "job")
    assert done.code == 2
    assert "links.csv" in done.err


# ---- choices of one's own reach nowhere else -------------------------------------------------


def own_choice(folder, text: str, name: str = "experiment/mine.yaml") -> str:
    path = folder / "own" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path.stem


def test_a_choice_is_read_anew_where_it_has_changed(run, tmp_path):
    own_choice(tmp_path, "defaults: [national_day]\nscale: 2\n", "demand/mine.yaml")
    words = ("--config-dir", "own", "demand=mine")
    assert run(*words).out.startswith("The answer at 2.")
    assert run(*words, "demand.scale=7").out.startswith("The answer at 7.")
    assert run(*words).out.startswith("The answer at 2.")
    own_choice(tmp_path, "defaults: [national_day]\nscale: 8\n", "demand/mine.yaml")
    assert run(*words).out.startswith("The answer at 8.")


def test_a_folder_of_the_same_name_is_another_one(run, tmp_path, monkeypatch):
    for scale in (2, 8):
        here = tmp_path / str(scale)
        own_choice(here, f"defaults: [national_day]\nscale: {scale}\n", "demand/mine.yaml")
        monkeypatch.chdir(here)
        done = run("--config-dir", "own", "demand=mine")
        assert done.out.startswith(f"The answer at {scale}.")


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("../../secret@demand.sources", "unknown group `experiment/../..@demand.sources`"),
        ("/../secret", "unknown group `..`"),
        ("/demand/../../secret@demand", "unknown group `demand/../..@demand`"),
        ("/nothing/x", "unknown group `nothing`"),
        ("{override /demand: ../../secret}", "unknown demand `../../secret`"),
        ("{override /demand: '/etc/passwd'}", "unknown demand `/etc/passwd`"),
        ("{override /demand: '${oc.env:HOME}'}", "unknown demand `${oc.env:HOME}`"),
        ("{optional /demand: ../secret}", "unknown demand `../secret`"),
        ("{override /demand: [national_day, spring_festival]}", "unknown demand `["),
        ("{demand: national_day}", "unknown group `experiment/demand`: did you mean `/demand`?"),
        ("{/demand@a/b: national_day}", "unknown group `demand@a/b`"),
        ("12", "unknown experiment `12`"),
        ("[national_day]", "`defaults` must be a list of choices"),
        ("/demand/national_day@_global_.demand.2025-13-45", "unknown group"),
    ],
)
def test_a_defaults_list_names_choices_of_known_groups(run, tmp_path, entry, sentence):
    (tmp_path / "secret.yaml").write_text("vehicles_per_day: SECRET\n")
    own_choice(tmp_path, f"# @package _global_\ndefaults:\n  - {entry}\nexperiment: verify\n")
    done = run("--config-dir", "own", "experiment=mine", "--cfg", "job")
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert "SECRET" not in done.err


def test_a_defaults_list_chooses_a_group_once(run, tmp_path):
    entries = 2 * "  - override /demand: spring_festival\n"
    own_choice(tmp_path, f"# @package _global_\ndefaults:\n{entries}experiment: speed\n")
    done = run("--config-dir", "own", "experiment=mine", "--cfg", "job")
    assert done.code == 2
    assert "chooses `demand` more than once" in done.err


def test_what_a_defaults_list_may_say(run, tmp_path):
    own_choice(tmp_path, "name: mine\n", "fleet/part.yaml")
    own_choice(
        tmp_path,
        "defaults:\n  - chongqing\n  - part\n  - _self_\nplan_ahead_share: 0.25\n",
        "fleet/mine.yaml",
    )
    own_choice(
        tmp_path,
        "# @package _global_\ndefaults:\n  - chongqing@network\n  - /corridor/base@corridor\n"
        "  - guoyuan\n  - _self_\ncorridor:\n  trucks_in_fleet: 7\n",
        "network/port.yaml",
    )
    own_choice(
        tmp_path,
        "# @package _global_\ndefaults:\n  - override /policy/upgrade_rule: null\n"
        "  - override /demand@reference: ordinary_week\n  - override /fleet: mine\n"
        "experiment: holiday_highway\n",
    )
    dry = ("--config-dir", "own", "--cfg", "job")
    done = run("experiment=mine", *dry)
    assert done.code == 0, done.err
    fleet = yaml.safe_load(done.out)["fleet"]
    assert (fleet["name"], fleet["plan_ahead_share"]) == ("mine", 0.25)
    done = run("experiment=port_corridor", "network=port", *dry)
    assert done.code == 0, done.err
    assert yaml.safe_load(done.out)["corridor"]["trucks_in_fleet"] == 7


def test_a_link_that_leads_out_of_ones_own_folder_is_no_choice(run, tmp_path):
    own_choice(tmp_path, "seed: 1\n", "../secret.yaml")
    (tmp_path / "own" / "engine").mkdir(parents=True)
    (tmp_path / "own" / "engine" / "mine.yaml").symlink_to(tmp_path / "secret.yaml")
    done = run("--config-dir", "own", "engine=mine", "--cfg", "job")
    assert done.code == 2
    assert "is a link to a file outside own" in done.err


def test_an_experiment_of_ones_own_asks_for_nothing_in_vain(run, tmp_path):
    head = "# @package _global_\nexperiment: replay\n"
    own_choice(tmp_path, f"{head}demand:\n  scale: 2.0\n")
    text = f"{head}defaults:\n  - override /network: guoyuan\n"
    own_choice(tmp_path, text, "experiment/other.yaml")
    right = f"{head}replay:\n  bin_min: 60\nengine:\n  curve_tolerance: 0.01\n"
    own_choice(tmp_path, right, "experiment/right.yaml")
    dry = ("--config-dir", "own", "--cfg", "job")
    done = run("experiment=mine", *dry)
    assert done.code == 2
    assert "own/experiment/mine.yaml: demand.scale` has no effect on experiment=repl" in done.err
    assert "other.yaml: network` has no effect" in run("experiment=other", *dry).err
    assert run("experiment=right", *dry).code == 0


# ---- stations by name ------------------------------------------------------------------------


def test_stations_of_any_name_reach_the_config(run, tmp_path):
    own_choice(
        tmp_path,
        "# @package _global_\nexperiment: replay\n"
        'replay:\n  station_overrides:\n    "S#1": {cap_kw: 80.0}\n',
    )
    names = ["0002", "BE*ABC*E1", "服务区", "S#1", "a.b, [c]={d}", "_x", "${out}", 200 * "长"]
    words = [f"replay.station_overrides.{name}.evses={n}" for n, name in enumerate(names, 1)]
    done = run("--config-dir", "own", "experiment=mine", "--cfg", "job", *words)
    assert done.code == 0, done.err
    changes = yaml.safe_load(done.out)["replay"]["station_overrides"]
    assert {name: own["evses"] for name, own in changes.items()} == {
        name: n for n, name in enumerate(names, 1)
    }
    assert changes["S#1"]["cap_kw"] == 80.0


def test_a_field_that_no_station_has_is_told_with_its_name(run):
    done = run("experiment=replay", "replay.station_overrides.服务区.evss=2")
    sentence = "unknown key `replay.station_overrides.服务区.evss`: did you mean `replay.station_o"
    assert done.code == 2
    assert sentence in done.err


def test_a_sweep_over_a_station_has_its_name_in_the_table(run, tmp_path):
    done = run("-m", "experiment=replay", "replay.station_overrides.S#1.evses=2,3")
    assert done.code == 0, done.err
    with (tmp_path / "results/replay/sweep-001/designs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["replay.station_overrides.S#1.evses"] for row in rows] == ["2", "3"]


def test_one_value_of_a_sweep_may_be_that_of_today(run):
    assert run("-m", "station.overrides.daguan_out.evses=6,8").code == 0


# ---- inputs are only read --------------------------------------------------------------------


REPLAY = ("experiment=replay", "replay.stations=data/stations.csv")


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("stations", "visits", "vehicles"):
        (folder / f"{name}.csv").write_text(f"the {name}\n")
    return folder


@pytest.mark.parametrize(
    "out", ["data", "data/", "./data/../data", "link", "data/inner/..", "deep/../data", "."]
)
def test_an_input_in_the_folder_of_results_is_refused(run, data, tmp_path, out):
    (tmp_path / "link").symlink_to("data")
    (tmp_path / "deep").mkdir()
    (data / "inner").mkdir()
    done = run(*REPLAY, f"out={out}")
    assert done.code == 2
    assert "`replay.stations`: data/stations.csv is an input and would be overwritten" in done.err
    assert [name for name in done.files if not name.startswith("link")] == [
        "data/stations.csv", "data/vehicles.csv", "data/visits.csv",
    ]  # fmt: skip
    assert (data / "stations.csv").read_text() == "the stations\n"


@pytest.mark.parametrize(
    "words",
    [
        (*REPLAY, "replay.out={}"),
        (*REPLAY, "out={}", "--cfg", "job"),
        ("-m", *REPLAY, "replay.bin_min=5,60", "out={}"),
        ("experiment=replay", "replay.vehicles=data/../data/vehicles.csv", "out={}"),
        ("experiment=validate", "validate.sessions=data/visits.csv", "out={}"),
    ],
)
def test_whichever_key_names_it(run, data, words):
    done = run(*(word.format("data") for word in words))
    assert done.code == 2
    assert "is an input and would be overwritten" in done.err
    assert (data / "visits.csv").read_text() == "the visits\n"
    assert len(done.files) == 3


def test_an_input_that_is_linked_into_the_folder_of_results(run, data, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    os.link(data / "stations.csv", out / "sessions.parquet")
    assert "is an input" in run(*REPLAY, "out=out").err
    (out / "sessions.parquet").unlink()
    (out / "what_if").symlink_to(data)
    assert "is an input" in run(*REPLAY, "out=out").err
    (out / "what_if").unlink()
    (out / "mine.csv").symlink_to(data / "stations.csv")
    assert "is an input" in run("experiment=replay", "replay.stations=out/mine.csv", "out=out").err


def test_tables_and_choices_of_ones_own_are_inputs_too(run, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(configs_dir() / "network" / "chongqing", own / "network" / "mine")
    text = (configs_dir() / "network" / "chongqing.yaml").read_text()
    (own / "network" / "mine.yaml").write_text(text.replace("network/chongqing/", "network/mine/"))
    before = run("--version").files
    for out in ("own/network", "own", "own/network/mine", "."):
        done = run("--config-dir", "own", "network=mine", f"out={out}")
        assert done.code == 2
        assert "is an input and would be overwritten" in done.err
        assert done.files == before
    # Beside them in the same project is where results usually lie.
    assert run("--config-dir", "own", "network=mine", "out=own/results").code == 0


def test_the_built_in_choices_are_no_place_for_results(run):
    done = run(f"out={configs_dir() / 'results'}")
    assert done.code == 2
    assert "that is where the built-in choices are" in done.err
    assert not (configs_dir() / "results").exists()


def test_what_the_system_refuses_is_one_sentence(run):
    done = run("out=" + 300 * "x")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


# ---- what is said, and how -------------------------------------------------------------------


def test_a_terminal_is_told_six_findings_and_how_many_more_there_are(run, monkeypatch):
    monkeypatch.setattr("tests.test_main.FINDINGS", 6)
    assert run("demand.scale=1").out.splitlines()[:7] == [
        "The answer at 1.", *(f"Finding {n}." for n in range(2, 7)), "",
    ]  # fmt: skip
    monkeypatch.setattr("tests.test_main.FINDINGS", 9)
    shutil.rmtree("results")
    said = run("demand.scale=1").out.splitlines()
    assert said[5:8] == ["Finding 6.", "… and 3 more lines: see the page, or say --all", ""]
    shutil.rmtree("results")
    assert run("demand.scale=1", "--all").out.splitlines()[5:10] == [
        "Finding 6.", "Finding 7.", "Finding 8.", "Finding 9.", "",
    ]  # fmt: skip


def test_what_leads_a_long_verdict_is_said_first(run, monkeypatch):
    def long(*of):
        return SimpleNamespace(
            verdict=["1. A question", "Yes.", "For this.", "", "2. Another", "No."],
            lead=["Yes.", "No."], language="zh", paths=[], headline={}, samples={},
        )  # fmt: skip

    monkeypatch.setattr(command, "run", long)
    assert run().out.splitlines() == ["Yes.", "No.", "……另有 3 行：见页面，或加 --all", ""]  # noqa: RUF001


def test_the_page_is_opened_where_there_is_a_browser(run, monkeypatch):
    opened = []
    monkeypatch.setattr(command.webbrowser, "get", lambda: None)
    monkeypatch.setattr(command.webbrowser, "open", lambda uri: opened.append(uri) or True)

    def page(question, checked, out, progress):
        found = answered(question, checked, out, progress)
        found.paths.append(out / "report.html")
        return found

    monkeypatch.setattr(command, "run", page)
    done = run("--open", "out=a b")
    assert done.code == 0
    assert opened == [(done.folder / "a b" / "report.html").as_uri()]
    monkeypatch.setattr(command.webbrowser, "open", lambda uri: False)
    shutil.rmtree("a b")
    assert run("--open", "out=a b").err.endswith("the browser did not open `a b/report.html`\n")


def test_without_a_browser_nothing_is_run(run, monkeypatch):
    def none():
        raise command.webbrowser.Error

    monkeypatch.setattr(command.webbrowser, "get", none)
    done = run("--open")
    assert (done.code, done.files) == (2, [])
    assert done.err.startswith("--open: no browser was found here; leave it out")


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["-m", "--open", "demand.scale=1,2"], "leave one out"),
        (["--all", "--cfg", "job"], "--all is about an answer"),
        (["--open", "--help", "demand"], "--open is about an answer"),
        (["--help", "demand.scal"], "unknown key `demand.scal`: did you mean `demand.scale`?"),
        (["--help", "demand.scale", "demand.scale=2"], "leave out `demand.scale=2`"),
        (["--completion", "tcsh"], "invalid choice: 'tcsh'"),
    ],
)
def test_options_that_do_not_go_together(run, argv, sentence):
    done = run(*argv)
    assert (done.code, done.files, len(done.err.splitlines())) == (2, [], 1)
    assert sentence in done.err


def test_an_index_is_written_where_results_usually_are(run, monkeypatch):
    def kept(question, checked, out, progress):
        study(out)
        return SimpleNamespace(
            verdict=[], lead=[], language="en", headline={}, paths=[], samples={}
        )

    monkeypatch.setattr(command, "run", kept)
    assert "results/index.html" in run("out=results/a/b").files
    index = (run("--version").folder / "results" / "index.html").read_text("utf-8")
    assert 'href="a/b/report.html"' in index
    assert "index.html" not in run("out=elsewhere/a").files
    assert "elsewhere/index.html" not in run("out=elsewhere/b").files
