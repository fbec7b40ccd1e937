"""One stream of whole questions over the whole space of cases, in which everything varies at once.

Question i of a seed is a pure function of (seed, i, registry). Nothing here knows a TLV by name and
nothing looks for a certain fault: what is drawn follows from layouts, the registry and rules.
"""
