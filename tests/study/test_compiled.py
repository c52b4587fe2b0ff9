"""The kernels are compiled by the first process of a machine that wants them."""

import time
from threading import Lock, Thread

from sim.study import compiled


def test_one_compiles_and_the_others_wait_for_it(tmp_path, monkeypatch):
    told, compiling, found = [], Lock(), []

    def run():
        if not compiled.is_cached():
            assert compiling.acquire(blocking=False), "two at once"
            time.sleep(0.2)
            (tmp_path / "kernel.nbc").touch()
            compiling.release()
        found.append(compiled.is_cached())

    monkeypatch.setattr(compiled, "CACHE_DIR", tmp_path)
    monkeypatch.setattr(compiled, "is_cached", lambda: (tmp_path / "kernel.nbc").exists())
    monkeypatch.setattr(compiled, "_run", run)
    threads = [Thread(target=compiled.warm_up, args=(told.append,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == 4 * [True]
    assert told == ["doing.compiling"]
    compiled.warm_up(told.append)
    assert len(told) == 1


def test_where_nothing_is_compiled_nobody_says_so(tmp_path, monkeypatch):
    """Without a compiler: who comes later with one compiles."""
    monkeypatch.setattr(compiled, "CACHE_DIR", tmp_path)
    monkeypatch.setattr(compiled, "is_cached", lambda: False)
    monkeypatch.setattr(compiled, "_run", lambda: None)
    compiled.warm_up(lambda _: None)
    assert [path.name for path in tmp_path.iterdir()] == [".compiling"]
