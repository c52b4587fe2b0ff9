"""The arrays of a world against what an address book leads to."""

from collections.abc import Callable

import numba
import numpy as np
import pytest

from sim import engine
from sim.kernels import _world, records
from sim.kernels.records import ARRAYS, World
from sim.lifecycle import Step as Kind
from sim.model import Duty, Route, Step, Stop
from tests.cases import evs, model, station


def filled() -> World:
    """A world in which every value of every array is another number, and every length too."""
    arrays, first = {}, 1
    for n, (name, (dtype, dimensions)) in enumerate(ARRAYS.items()):
        shape = (n + 2, 3)[:dimensions]
        count = np.dtype(dtype).itemsize * np.prod(shape)
        numbers = np.arange(first, first + count, dtype=np.int64)  # of bytes: any of them will do
        arrays[name] = numbers.astype(np.uint8).view(dtype).reshape(shape)
        first += count
    return World(**arrays)


def seen() -> Callable[[int], tuple]:
    """A kernel that says where each array of a world lies, what its shape is and how wide a row."""
    rows = ", ".join(
        f"(w.{name}.ctypes.data, w.{name}.shape, w.{name}.itemsize)" for name in ARRAYS
    )
    known = {"world": _world.world}
    exec(f"def look(address):\n    w = world(address)\n    return ({rows},)", known)
    return numba.njit(known["look"])


def test_an_address_book_leads_back_to_the_same_arrays():
    world = filled()
    book = records.address_book(world)
    found = seen()(book.ctypes.data)
    assert tuple(ARRAYS) == World._fields
    for name, own, other in zip(World._fields, world, found, strict=True):
        assert other == (own.ctypes.data, own.shape, own.itemsize), name


def test_the_engine_makes_arrays_of_the_table():
    one = model(
        station("a", evses=3), station("b"),
        routes=(Route("r", 10.0, 0.1, (Stop(0, 5.0, 0.05),)),),
        duties=(Duty("d", (Step(Kind.DRIVE, h=1.0),)),),
    )  # fmt: skip
    world = engine.ChargingEnvironment(one, evs(5, place=0), [1.0, 2.0])._arrays
    for name, array in world._asdict().items():
        dtype, dimensions = ARRAYS[name]
        assert array.dtype == dtype, name
        assert array.ndim == dimensions, name
        assert array.flags["C_CONTIGUOUS"], name


@pytest.mark.parametrize("name", ARRAYS)
def test_every_field_lies_where_a_processor_reads_it_at_once(name):
    dtype = np.dtype(ARRAYS[name][0])
    for part, offset in (dtype.fields or {}).values():
        assert offset % part.itemsize == 0


@pytest.mark.parametrize("dtype", [records.VISIT, records.STAY, records.LOG, records.BIN])
def test_what_a_ledger_holds_has_no_gaps(dtype):
    """Its bytes are compared."""
    assert dtype.itemsize == sum(part.itemsize for part, _ in dtype.fields.values())


def test_bytes_of_an_ev():
    """Of the whole country there are five million."""
    assert records.EV.itemsize == 152
    assert records.VISIT.itemsize == 144
    assert records.END.itemsize == 24
    assert records.DUE.itemsize == 16
    assert records.SOJOURN.itemsize == 32
