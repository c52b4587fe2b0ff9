"""Where tasks run, as settings say it; what cannot be is told in a sentence."""

import json

import pytest

from sim.config.problems import InputError
from sim.study import where
from sim.study.where import Tls, Where
from tests import small
from tests.test_main import run  # noqa: F401

SAY = small.SAY[0]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["engine.address=scheduler:8786"], "such as tcp://scheduler:8786"),
        (["engine.address=tcp://scheduler"], "such as tcp://scheduler:8786"),
        (["engine.address=tcp://a:1", "engine.scheduler_file=b"], "keep one of them"),
        (["engine.address=tcp://a:1", "engine.workers=2"], "the scheduler has its own"),
        (["engine.tls={ca: a, cert: b, key: c}"], "tls has no effect without address"),
        (["engine.address=tls://a:1", "engine.tls.ca=a"], "tls lacks cert, key"),
        (["experiment=replay", "engine.address=tcp://a:1"], "has no effect on experiment=replay"),
    ],
)
def test_what_cannot_be(run, words, sentence):  # noqa: F811
    done = run(*words)
    assert (done.code, done.files) == (2, [])
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


def test_one_core_all_cores_or_a_cluster(tmp_path):
    assert [where.of(n, None, None).said(SAY) for n in (1, 3)] == ["1 core", "3 cores"]
    assert where.of(0, None, None).cores >= 1
    file = tmp_path / "scheduler.json"
    file.write_text(json.dumps({"address": "tcp://here:8786", "workers": {}}))
    assert where.of(0, None, str(file)) == where.of(0, "tcp://here:8786", None)
    assert where.of(0, None, str(file)).said(SAY) == "the workers of tcp://here:8786"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "there is no such file: start `dask scheduler --scheduler-file "),
        ("{", "no scheduler of Dask has written that"),
        ("[]", "no scheduler of Dask has written that"),
        ('{"address": "inproc://x"}', "no scheduler of Dask has written that"),
    ],
)
def test_a_scheduler_file_that_is_none(tmp_path, content, sentence):
    file = tmp_path / "scheduler.json"
    if content:
        file.write_text(content)
    with pytest.raises(InputError) as refused:
        where.of(0, None, str(file))
    assert sentence in str(refused.value)


def test_certificates_belong_to_an_address_behind_tls(tmp_path):
    for name in Tls._fields:
        (tmp_path / name).touch()
    tls = Tls(*(str(tmp_path / name) for name in Tls._fields))
    assert where.of(0, "tls://a:1", None, tls) == Where(0, "tls://a:1", tls)
    for address, own, sentence in (
        ("tls://a:1", None, "tls://a:1 needs `engine.tls.ca`, `engine.tls.cert`, `engine.tls.key`"),
        ("tcp://a:1", tls, "its address begins with tls://"),
        ("tls://a:1", tls._replace(key="k"), "`engine.tls.key` is 'k', but there is no such file"),
    ):
        with pytest.raises(InputError) as refused:
            where.of(0, address, None, own)
        assert sentence in str(refused.value)


def test_a_manifest_does_not_say_where_it_was_run(tmp_path):
    config = small.config(tmp_path)
    config["engine"] |= {"workers": 0, "scheduler_file": "/home/me/s.json"}
    assert "s.json" not in json.dumps(small.checked(config, "holiday_highway").plain)
