"""The corners that drawing reaches too rarely, as dimensions of cells: each enumerated whole.

Drawing varies everything at once and meets what nobody listed; a corner of one size, one place or
one pair it meets once in a hundred thousand questions. A dimension lists such corners for every
rule there is, from layouts, registry and rules alone. Its cells are made only when they are asked.
"""
