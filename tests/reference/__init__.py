"""The same model a second time, in plain SimPy: the specification and the slow truth.

Nothing here knows the compiled kernels.  `twin.run(model, evs, factors)` is the entry.
"""
