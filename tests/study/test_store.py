"""Files are whole or absent, and the same table gives the same bytes."""

import gc
import json
import math
import sys
from contextlib import suppress

import pandas as pd
import pytest

from sim.study import store


def test_table_round_trip_and_bytes(tmp_path):
    table = pd.DataFrame({"station": ["NA", "null"], "x": [0.1 + 0.2, math.nan], "n": [1, 2]})
    a = store.write_table(tmp_path / "deep" / "a.parquet", table)
    b = store.write_table(tmp_path / "b.parquet", table.copy())
    assert a.read_bytes() == b.read_bytes()
    back = pd.read_parquet(a)
    assert back["station"].tolist() == ["NA", "null"]
    assert back["x"][0] == 0.1 + 0.2


def test_a_failed_write_leaves_what_was_there(tmp_path):
    path = store.write_json(tmp_path / "a.json", {"x": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_json(path, {"x": math.inf})
    assert json.loads(path.read_text()) == {"x": 1}
    with pytest.raises(AttributeError):
        store.write_table(path, "no table")
    assert json.loads(path.read_text()) == {"x": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_what_a_killed_process_left_is_written_over(tmp_path):
    (tmp_path / ".a.json.part").write_text("half of i")
    store.write_json(tmp_path / "a.json", {"x": 1})
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path):
    (tmp_path / "other").write_text("of somebody else")
    (tmp_path / ".a.json.part").symlink_to(tmp_path / "other")
    with pytest.raises(OSError, match="symbolic links"):
        store.write_json(tmp_path / "a.json", {"x": 1})
    assert (tmp_path / "other").read_text() == "of somebody else"


def test_a_table_that_is_given_up_leaves_nothing_and_does_not_complain_later(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    with suppress(KeyError), store.table_writer(tmp_path / "a.parquet") as append:
        append(pd.DataFrame({"x": [1.0]}))
        raise KeyError
    del append
    gc.collect()
    assert told == []
    assert list(tmp_path.iterdir()) == []
    with store.table_writer(tmp_path / "a.parquet") as append:
        for x in (1.0, 2.0):
            append(pd.DataFrame({"x": [x]}))
    assert pd.read_parquet(tmp_path / "a.parquet")["x"].tolist() == [1.0, 2.0]


def kept(folder):
    table = pd.DataFrame({"station": ["NA", None], "x": [0.1 + 0.2, math.inf], "q": [[1.5], [2.5]]})
    facts = {"network": {"wait": 1 / 3}, "name": "充电"}
    whose = {"replication": 1}
    return {
        "table": (store.write_result(folder / "a.parquet", table, facts, whose), facts),
        "facts": (store.write_facts(folder / "a.json", facts, whose), facts),
    }


def read(kind, path, whose):
    if kind == "table":
        return store.read_result(path, whose)[1]
    return store.read_facts(path, whose)


@pytest.mark.parametrize("kind", ["table", "facts"])
def test_not_one_bit_of_a_kept_file_can_change_unnoticed(tmp_path, kind):
    path, facts = kept(tmp_path)[kind]
    right = path.read_bytes()
    assert read(kind, path, {"replication": 1}) == facts
    step = max(1, len(right) // 200)
    for n in (*range(0, len(right), step), *range(len(right) - 40, len(right))):
        wrong = bytearray(right)
        wrong[n] ^= 1 << n % 8
        path.write_bytes(wrong)
        with pytest.raises(store.Damaged):
            read(kind, path, {"replication": 1})
    for wrong in (b"", right[:-1], right[: len(right) // 2], right + b" ", right + right):
        path.write_bytes(wrong)
        with pytest.raises(store.Damaged):
            read(kind, path, {"replication": 1})
    path.write_bytes(right)
    assert read(kind, path, {"replication": 1}) == facts


@pytest.mark.parametrize("kind", ["table", "facts"])
def test_a_kept_file_says_whose_it_is(tmp_path, kind):
    path, _ = kept(tmp_path)[kind]
    with pytest.raises(store.Damaged, match="belongs to another"):
        read(kind, path, {"replication": 2})


def test_the_same_result_gives_the_same_bytes(tmp_path):
    one, two = kept(tmp_path / "one"), kept(tmp_path / "two")
    for kind in one:
        assert one[kind][0].read_bytes() == two[kind][0].read_bytes()
    table, _ = store.read_result(one["table"][0], {"replication": 1})
    assert table["x"].tolist() == [0.1 + 0.2, math.inf]
    assert table["station"][0] == "NA"


def test_a_table_comes_back_as_it_was(tmp_path):
    table = pd.DataFrame({
        "station": ["NA", None], "x": [-0.0, math.nan], "n": [2**62, -1], "is_up": [True, False],
        "q": [[1.5, 2.5], []],
    })  # fmt: skip
    path = store.write_result(tmp_path / "a.parquet", table, {}, {})
    pd.testing.assert_frame_equal(store.read_result(path, {})[0], table)
    pd.testing.assert_frame_equal(pd.read_parquet(path), table)


def test_a_table_keeps_all_of_its_columns(tmp_path):
    with pytest.raises(ValueError, match="columns of one name"):
        store.write_result(tmp_path / "a.parquet", pd.DataFrame([[1, 2]], columns=["a", "a"]), 1, 1)
    nothing = pd.DataFrame({"is_up": pd.array([True, None], "boolean"), "n": pd.array([1, None])})
    path = store.write_result(tmp_path / "a.parquet", nothing, {}, {})
    assert store.read_result(path, {})[0].isna().to_numpy().tolist() == [[False] * 2, [True] * 2]


def test_digest_is_of_the_value():
    assert store.digest({"a": 1, "b": [2.5]}) == store.digest({"b": [2.5], "a": 1})
    assert store.digest({"a": 1}) != store.digest({"a": 2})
