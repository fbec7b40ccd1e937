"""Constants, tables, types and a thin codec in other languages, one module a language."""
