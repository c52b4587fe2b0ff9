"""Files are whole or absent, and the same table gives the same bytes."""

import json
import math

import pandas as pd
import pytest

from sim import store


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


def test_digest_is_of_the_value():
    assert store.digest({"a": 1, "b": [2.5]}) == store.digest({"b": [2.5], "a": 1})
    assert store.digest({"a": 1}) != store.digest({"a": 2})
