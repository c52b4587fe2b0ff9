"""A world in compiled code is one pointer, to its address book.

Fifty arrays would be 350 words to hand over at every call, and most of the time to compile.  What
an address book says holds as long as a kernel runs, so a compiler may read it once.
"""

from typing import Any

import numba
import numpy as np

from sim.kernels.records import ARRAYS, World

NAMES = tuple(ARRAYS)

if vars(numba.config)["DISABLE_JIT"]:
    from ctypes import c_void_p

    def world(address: int) -> World:
        """The world that the address book there (see `records.address_book`) leads to."""
        book = numba.carray(c_void_p(address), (len(ARRAYS), 3), np.int64)
        found: dict[str, Any] = {}
        for (at, *shape), (name, (dtype, dimensions)) in zip(
            book.tolist(), ARRAYS.items(), strict=True
        ):
            found[name] = numba.carray(c_void_p(at), tuple(shape[:dimensions]), dtype)
        return World(**found)

else:  # pragma: no cover (compiled)
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core.typing.templates import AttributeTemplate
    from numba.extending import (
        infer_getattr,
        intrinsic,
        lower_getattr_generic,
        models,
        register_model,
    )
    from numba.np.arrayobj import make_array, populate_array

    class WorldType(types.Type):
        """The type of a world: its attributes are the arrays of `records.World`."""

        def __init__(self) -> None:
            super().__init__(name="World")

    register_model(WorldType)(models.OpaqueModel)

    def _array(name: str) -> Any:
        dtype, dimensions = ARRAYS[name]
        return types.Array(numba.from_dtype(np.dtype(dtype)), dimensions, "C")

    @infer_getattr
    class _Attributes(AttributeTemplate):
        key = WorldType

        def generic_resolve(self, value: WorldType, attr: str) -> Any:  # type: ignore[override]
            return _array(attr) if attr in ARRAYS else None

    @lower_getattr_generic(WorldType)
    def _getattr(context, builder, _world, book, name):
        def word(n):
            at = builder.gep(words, [ir.Constant(cgutils.intp_t, 3 * NAMES.index(name) + n)])
            found = builder.load(at)
            found.set_metadata("invariant.load", builder.module.add_metadata([]))
            return found

        words = builder.bitcast(book, cgutils.intp_t.as_pointer())
        kind = _array(name)
        array = make_array(kind)(context, builder)
        size = context.get_constant(
            types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype))
        )
        shape, strides = [word(1)], [size]
        if kind.ndim == 2:
            shape.append(word(2))
            strides.insert(0, builder.mul(shape[1], size))
        populate_array(
            array, builder.inttoptr(word(0), array.data.type), shape, strides, size, meminfo=None
        )
        return array._getvalue()

    @intrinsic
    def world(_typing, address):
        """The world that the address book there (see `records.address_book`) leads to."""

        def codegen(_context, builder, _signature, args):
            return builder.inttoptr(args[0], cgutils.voidptr_t)

        return WorldType()(address), codegen
