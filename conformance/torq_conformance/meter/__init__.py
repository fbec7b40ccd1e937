"""The meter: instructions, memory, allocations and rates of an implementation, and the claims.

Instructions and allocations are counted from outside, as the difference between runs that differ by
so many messages of one kind: what a program does before and after cancels out, and a repeated run
gives the same number. Wall clocks decide nothing unless there is nothing better.
"""
