"""The command line, in this process, with an experiment that does nothing but write a file."""

import csv
import os
import re
import shutil
import sys
from types import SimpleNamespace

import pytest
import yaml

from sim import __main__ as cli
from sim.audit import AuditError
from sim.scenario import configs_dir


def experiment(scenario, out, progress):
    """Stands for an experiment: fails in the ways of experiments when the scale says so."""
    scale = scenario.config.demand.scale
    progress.status("looking")
    progress.start(2, "replications")
    progress.advance()
    if scale == 3:
        raise AuditError(["energy was lost"])
    if scale == 4:
        raise RuntimeError("a bug")
    if scale == 5:
        sys.exit(0)
    if scale == 6:
        raise KeyboardInterrupt
    out.mkdir(parents=True)
    (out / "answer.json").write_text(f"{scale}\n")
    return SimpleNamespace(
        verdict=[f"The answer at {scale:g}."],
        headline={"wait_p95_min": 2.0 * scale, "worst": "fusheng_in"},
        paths=[out / "answer.json"],
        samples={},
    )


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder: its exit code, output, errors and files."""
    monkeypatch.chdir(tmp_path)
    for name in cli.EXPERIMENTS:
        monkeypatch.setitem(sys.modules, f"experiments.{name}", SimpleNamespace(run=experiment))

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
    assert done.err == "looking\nreplications\n"  # plain lines: this is no terminal
    assert done.files == ["results/holiday_highway/answer.json"]


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
    for name in (*cli.EXPERIMENTS, "national_day", "spring_festival", "ordinary_week"):
        assert name in done.out


def test_every_example_of_the_help_is_right(run):
    commands = [line.split() for line in cli.EXAMPLES.splitlines() if line.startswith("  peak")]
    for number, (_, *argv) in enumerate(commands):
        assert run(f"out=folder{number}", *argv).code == 0, argv


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
        (["demand.scale=interval(0,1)"], "list them, or use range()"),
        (["-m", "demand=glob(x*)"], "`demand=glob(x*)`: there is no such value"),
        (["-m", "demand.scale=range(1,3,0)"], "must not be zero"),
        (["hydra.run.dir=x"], "`hydra.run.dir`: settings of Hydra have no effect"),
        (["hydra/launcher=joblib"], "`hydra/launcher`: settings of Hydra have no effect"),
        (["demand.scale=${demand.nam}"], "'demand.nam' not found"),
        (["--multrun"], "unknown option `--multrun`: did you mean `--multirun`?"),
        (["--cfg", "hydra"], "invalid choice: 'hydra'"),
        (["--resolve"], "--resolve belongs to --cfg job"),
        (["-m", "--cfg", "job"], "choose one of them"),
        (["--config-dir", "nowhere"], "there is no folder `nowhere`"),
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
    assert run("demand.scale=${engine.replications}").out.startswith("The answer at 20.")


def test_choices_of_ones_own(run, tmp_path):
    own = tmp_path / "own" / "engine"
    own.mkdir(parents=True)
    shipped = (cli.configs_dir() / "engine" / "default.yaml").read_text()
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
    done = run("out=file/results")
    assert done.code == 2
    assert "nothing can be written" in done.err


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


def test_a_sweep_is_a_folder_a_design_and_one_table(run):
    done = run("-m", "demand.scale=0.5,2", "station.overrides.daguan_out.evses=4,8")
    assert done.code == 0
    assert done.files == [
        *(f"results/holiday_highway/sweep-001/00{n}/answer.json" for n in (1, 2, 3, 4)),
        "results/holiday_highway/sweep-001/designs.csv",
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
    named = [line for line in done.err.splitlines() if line.startswith("failed: ")]
    assert named[1] == "failed: design 002 demand.scale=4: RuntimeError: a bug"
    assert len(named) == 4


def test_a_sweep_without_a_usable_design_writes_nothing(run):
    done = run("-m", "demand.scale=-1,-2")
    assert done.code == 2
    assert len(done.err.splitlines()) == 2
    assert done.files == []
    assert os.listdir(done.folder) == []


def test_an_interrupted_sweep_keeps_what_is_done(run):
    done = run("-m", "demand.scale=2,6,1")
    assert done.code == 130
    assert [row["demand.scale"] for row in table(done)] == ["2"]


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


def test_what_the_system_refuses_is_one_sentence(run):
    done = run("out=" + 300 * "x")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
