"""What came out of a comparison as JSON types, to cross processes, and back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from torq_conformance.compare.comparison import Answers, Compared, Group, Key, Latitude
from torq_conformance.compare.judged_answer import Answer

Json = dict[str, Any]


def to_json(compared: Compared) -> Json:
    """A comparison as JSON types."""
    return {
        "valid": compared.valid,
        "corrupted": compared.corrupted,
        "groups": [[_key(key), _group(group)] for key, group in compared.groups.items()],
        "latitudes": {
            name: {
                "count": one.count,
                "example": one.example.hex(),
                "answers": _answers(one.answers),
            }
            for name, one in compared.latitudes.items()
        },
        "wrong": [[who, count] for who, count in compared.wrong.items()],
        "breakdowns": [[*key, count] for key, count in compared.breakdowns.items()],
        "reported": [_group(group) for group in compared.reported],
        "unreported": compared.unreported,
        "ended": compared.ended,
        "lost": compared.lost,
    }


def from_json(document: Json) -> Compared:
    """The comparison of its JSON form."""
    latitudes = {
        name: Latitude(one["count"], bytes.fromhex(one["example"]), _answers_of(one["answers"]))
        for name, one in document["latitudes"].items()
    }
    return Compared(
        valid=document["valid"],
        corrupted=document["corrupted"],
        groups={_key_of(key): _group_of(group) for key, group in document["groups"]},
        latitudes=latitudes,
        wrong=Counter(dict(document["wrong"])),
        breakdowns=Counter({(who, kind): n for who, kind, n in document["breakdowns"]}),
        reported=[_group_of(one) for one in document["reported"]],
        unreported=document["unreported"],
        ended=document["ended"],
        lost=document["lost"],
    )


def add(whole: Compared, part: Compared) -> None:
    """Add what came of the next part of the stream, which is all behind what there is."""
    whole.valid += part.valid
    whole.corrupted += part.corrupted
    whole.wrong += part.wrong
    whole.breakdowns += part.breakdowns
    whole.ended, whole.lost = whole.ended or part.ended, whole.lost or part.lost
    for key, group in part.groups.items():
        known = whole.groups.setdefault(key, replace(group, count=0))
        known.count += group.count
        if len(group.data) < len(known.data):
            known.where, known.data, known.answers = group.where, group.data, group.answers
    for what, one in part.latitudes.items():
        there = whole.latitudes.setdefault(what, Latitude())
        there.count += one.count
        if not there.example or len(one.example) < len(there.example):
            there.example, there.answers = one.example, one.answers


def _key(key: Key) -> Json:
    wrong = [[*one] for one in key.wrong]
    return {**vars(key), "wrong": wrong, "kinds": sorted(key.kinds)}


def _key_of(document: Json) -> Key:
    wrong = tuple(tuple(one) for one in document["wrong"])
    return Key(**{**document, "wrong": wrong, "kinds": frozenset(document["kinds"])})


def _group(group: Group) -> Json:
    return {**vars(group), "data": group.data.hex(), "answers": _answers(group.answers)}


def _group_of(document: Json) -> Group:
    data, answers = bytes.fromhex(document["data"]), _answers_of(document["answers"])
    return Group(document["where"], data, answers, document["count"])


def _answers(answers: Answers) -> list[Json | None]:
    return [None if one is None else vars(one) for one in answers]


def _answers_of(documents: list[Json | None]) -> Answers:
    return tuple(
        None
        if one is None
        else Answer(**{**one, "wrong": tuple(one["wrong"]), "choice": tuple(one["choice"])})
        for one in documents
    )
