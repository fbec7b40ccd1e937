"""Spreads units of work over processes that judge: here, or on the workers of a Dask cluster.

A unit is plain JSON, its result as well, and the result is a pure function of the unit and of what
was set up. Whoever spreads units takes results in any order; a process or worker that is lost costs
the units that it had, which somebody else judges again. Nothing is unpickled by the kit.
"""
