"""An answer takes its folder's place whole or not at all, and takes nobody else's."""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

import experiments
from sim.config.problems import InputError
from sim.roads import scenario
from sim.study import output, store
from sim.study.output import Output
from tests import small

NAMES = ("answer.json", "extra/table.csv")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    return small.config(tmp_path_factory.mktemp("town"))


def changed(config, **changes):
    """By dotted path, with `__` for dots."""
    config = json.loads(json.dumps(config))
    for path, value in changes.items():
        *parents, last = path.split("__")
        section = config
        for name in parents:
            section = section[name]
        section[last] = value
    return config


def opened(out, config, progress=None, works=""):
    """Of a question with all free settings that there are."""
    free = {key for own in experiments.every().values() for key in own.free}
    hashes = scenario.load(config).input_hashes()
    return Output(out, config, NAMES, progress or small.Quiet(), hashes, free, works)


def write(out, own, text="1", extra=None):
    with opened(out, own) as files:
        store.write_text(files / "answer.json", text)
        if extra:
            store.write_text(files / "extra/table.csv", extra)
        return files.publish(files.manifest({"run": 1.23}, replications=2))


def fail(out, own, error, key=None):
    """Half-way, with a replication kept if there is a key."""
    with opened(out, own) as files:
        store.write_text(files / "answer.json", "2")
        if key:
            kept(files.replications(), key, "2")
        raise error


def content(folder):
    return {
        str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_the_files_and_a_manifest_that_names_them(tmp_path, town):
    paths = write(tmp_path / "out", changed(town), extra="a")
    assert [str(p.relative_to(tmp_path / "out")) for p in paths] == [*NAMES, "manifest.json"]
    assert sorted(content(tmp_path / "out")) == sorted([*NAMES, "manifest.json"])
    manifest = json.loads(paths[-1].read_text())
    assert manifest["files"] == {name: store.file_digest(tmp_path / "out" / name) for name in NAMES}
    for key in ("command", "machine", "began", "ended", "wall_s", "config_hash", "seed"):
        assert manifest[key] is not None
    assert manifest["machine"]["processor"]
    assert manifest["cpu_s"] == {"run": 1.2}
    assert str(tmp_path.parent) not in paths[-1].read_text()  # tables of the config lie there
    assert manifest["config"]["network"]["nodes"] == ".../nodes.csv"


def test_a_file_that_the_new_answer_lacks_goes_unless_it_was_changed(tmp_path, town):
    own = changed(town)
    for note in (False, True):
        write(tmp_path, own, extra="a")
        if note:
            (tmp_path / "extra" / "table.csv").write_text("mine now")
        write(tmp_path, own, "2")
        assert (tmp_path / "extra" / "table.csv").exists() == note
        shutil.rmtree(tmp_path / "extra", ignore_errors=True)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_who_fails_half_way_leaves_the_old_answer(tmp_path, town, error):
    write(tmp_path, changed(town), extra="a")
    before = content(tmp_path)
    with pytest.raises(error):
        fail(tmp_path, changed(town), error())
    assert content(tmp_path) == before


def test_who_fails_in_a_new_folder_leaves_none(tmp_path, town):
    out = tmp_path / "a" / "b"
    with pytest.raises(InputError):
        fail(out, changed(town), InputError("no"))
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("step", range(4))
def test_a_crash_while_files_take_their_places_shows_in_the_manifest(
    tmp_path, town, monkeypatch, step
):
    """And the next run mends it."""
    own = changed(town)
    write(tmp_path, own, extra="a")
    moved = []
    original = os.replace

    def crashing(old, new):
        if output.UNFINISHED not in Path(new).parts:  # from where it was made to its place
            if len(moved) == step:
                os._exit(9)  # in the child below
            moved.append(new)
        original(old, new)

    monkeypatch.setattr(os, "replace", crashing)
    child = os.fork()
    if not child:
        write(tmp_path, own, "2", "b")
        os._exit(0)
    assert os.waitpid(child, 0)[1] == (9 << 8 if step < 3 else 0)
    monkeypatch.undo()
    assert [(tmp_path / n).read_text() in "2b" for n in NAMES] == [step > 0, step > 1]
    assert fits(tmp_path) == (step in (0, 3))
    write(tmp_path, own, "2", "b")
    assert sorted(content(tmp_path)) == sorted([*NAMES, "manifest.json"])
    assert fits(tmp_path)


def fits(folder):
    """Does the manifest belong to the files?"""
    manifest = json.loads((folder / "manifest.json").read_text())
    return all(store.file_digest(folder / n) == own for n, own in manifest["files"].items())


FREE = {
    "out": "elsewhere", "engine__workers": 2, "engine__replications": 3,
    "engine__half_width": 0.1, "report__worst": 2, "report__utilization_threshold": 0.5,
    "rule_study__quick": True, "port_study__questions": ["peaks"],
    "replay__station_overrides": {"a": {"evses": 3}},
}  # fmt: skip
BOUND = {
    "demand__scale": 1.5, "engine__seed": 2, "experiment": "other", "policy__soc_cap": 0.9,
}  # fmt: skip


@pytest.mark.parametrize("key", FREE)
def test_what_does_not_determine_results_is_no_other_design(tmp_path, town, key):
    write(tmp_path, changed(town))
    write(tmp_path, changed(town, **{key: FREE[key]}))


@pytest.mark.parametrize("key", BOUND)
def test_another_design_is_refused_by_name_unless_the_old_is_given_up(tmp_path, town, key):
    write(tmp_path, changed(town))
    before = content(tmp_path)
    with pytest.raises(InputError) as refused:
        write(tmp_path, changed(town, **{key: BOUND[key]}))
    for word in (key.replace("__", "."), "another design", "out=", "overwrite=true"):
        assert word in str(refused.value)
    assert content(tmp_path) == before
    write(tmp_path, changed(town, overwrite=True, **{key: BOUND[key]}), "2")
    assert (tmp_path / "answer.json").read_text() == "2"
    write(tmp_path, changed(town, **{key: BOUND[key]}), "3")


def test_a_table_that_has_changed_is_another_design(tmp_path, town):
    folder = tmp_path / "tables"
    folder.mkdir()
    config = small.config(folder)
    write(tmp_path / "out", changed(config))
    text = (folder / "nodes.csv").read_text()
    (folder / "nodes.csv").write_text(text.replace("core,100", "core,101"))
    with pytest.raises(InputError, match=r"nodes\.csv` has changed"):
        write(tmp_path / "out", changed(config))


def test_files_of_no_study_are_neither_replaced_nor_removed(tmp_path, town):
    for name in ("notes.txt", "replications.txt"):
        (tmp_path / name).write_text("mine")
    write(tmp_path, changed(town))
    assert (tmp_path / "notes.txt").read_text() == "mine"
    home = tmp_path / "home"
    for name in ("answer.json", "manifest.json", "replications/holiday/r000/x.parquet"):
        shutil.rmtree(home, ignore_errors=True)
        (home / name).parent.mkdir(parents=True)
        (home / name).write_text("[1]")
        with pytest.raises(InputError, match="is not of a study"):
            write(home, changed(town))
        assert content(home) == {name: b"[1]"}
    write(home, changed(town, overwrite=True))
    assert content(home)["replications/holiday/r000/x.parquet"] == b"[1]"


def test_a_folder_in_the_place_of_a_file_is_never_replaced(tmp_path, town):
    (tmp_path / "answer.json").mkdir()
    with pytest.raises(InputError, match=r"`answer\.json` there is a folder"):
        write(tmp_path, changed(town, overwrite=True))


def kept(folder, key, text):
    path = folder / "a" / "r000" / f"figures-{key}.parquet"
    path.parent.mkdir(parents=True)
    for place in (
        path,
        path.with_suffix(".json"),
        *(path.with_name(n) for n in output.kept.TABLES),
    ):
        place.write_text(text)
    return path


def test_replications_of_another_design_stay_until_the_answer_is_there(tmp_path, town):
    first, second = changed(town), changed(town, demand__scale=1.5, overwrite=True)
    with opened(tmp_path, first) as files:
        old = kept(files.replications(), "old", "1")
        store.write_text(files / "answer.json", "1")
        files.publish(files.manifest())
    before = content(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path, second, KeyboardInterrupt(), "new")
    now = content(tmp_path)
    assert {name: now[name] for name in before} == before
    with pytest.raises(InputError, match="another design"):  # the half-done one is not lost either
        write(tmp_path, first)
    with opened(tmp_path, second) as files:
        assert list(files.replications().rglob("figures-new.parquet"))  # goes on
        store.write_text(files / "answer.json", "2")
        files.publish(files.manifest())
    assert not old.exists()
    assert old.with_name("figures-new.parquet").read_text() == "2"
    assert (old.parent / "kpis.parquet").read_text() == "2"
    assert not (tmp_path / output.UNFINISHED).exists()


@pytest.mark.parametrize("works", ["", "sim.roads.case"])
def test_another_version_of_the_program_says_so_and_runs_all_again(
    tmp_path, town, monkeypatch, works
):
    progress, own = small.Quiet(), changed(town)
    with opened(tmp_path, own, works=works) as files:
        kept(files.replications(), "old", "1")
        store.write_text(files / "answer.json", "1")
        files.publish(files.manifest())
    monkeypatch.setattr(output.provenance, "figures", lambda module: "of tomorrow")
    with opened(tmp_path, own, progress, works=works) as files:
        kept(files.replications(), "new", "2")
        files.publish(files.manifest())
    assert "of another version of the program: all run again" in progress.warned[0]
    assert [p.name for p in tmp_path.rglob("figures-*.parquet")] == ["figures-new.parquet"]


def test_a_source_that_no_figure_depends_on_keeps_the_replications(tmp_path, town, monkeypatch):
    own, works = changed(town), "sim.roads.case"
    with opened(tmp_path, own, works=works) as files:
        path = kept(files.replications(), "old", "1")
        store.write_text(files / "answer.json", "1")
        files.publish(files.manifest())
    monkeypatch.setattr(output.provenance, "program", lambda: "of tomorrow")
    with opened(tmp_path, own, works=works) as files:
        assert files.replications() == files.shared
        files.publish(files.manifest())
    assert path.read_text() == "1"


def test_an_unfinished_design_without_an_answer_is_not_given_up_either(tmp_path, town):
    with pytest.raises(KeyboardInterrupt):
        fail(tmp_path, changed(town), KeyboardInterrupt(), "old")
    with pytest.raises(InputError, match="`demand"):
        write(tmp_path, changed(town, demand__scale=1.5))
    write(tmp_path, changed(town))


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("out=/home/me/results/x", "out=.../x"),
        ("/usr/local/bin/peakcharge", ".../peakcharge"),
        ("replay.visits='/data/my visits/a b.csv'", "replay.visits='.../a b.csv'"),
        ("replay.visits=/a/b.csv,/c/d.csv", "replay.visits=.../b.csv,.../d.csv"),
        ("out=results/x", "out=results/x"),
        ("out=../x", "out=../x"),
        ("~demand", "~demand"),
        ("policy/upgrade_rule=forty_percent", "policy/upgrade_rule=forty_percent"),
        ("--config-dir=/home/me/own", "--config-dir=.../own"),
    ],
)
def test_no_absolute_path_is_in_the_command_line(monkeypatch, word, shown):
    monkeypatch.setattr("sys.argv", ["/x/bin/peakcharge", word])
    assert shlex.split(output.provenance.command()) == ["peakcharge", shown]
