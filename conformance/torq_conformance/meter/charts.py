"""Charts of measurements, as SVG and PNG, for documents; drawn by matplotlib, an extra."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torq_conformance.errors import KitError
from torq_conformance.meter.measurement import Measurement
from torq_specs.workloads import LATENCY_NS_MAX, LEVELS, MEMORY_BYTES_MAX, workload_of

BEFORE, AFTER, FLOOR = "#4477aa", "#ee6677", "#222222"


def draw(found: Measurement, other: Measurement | None, folder: Path) -> Iterator[Path]:
    """Draw rates, latencies, and what costs by levels and by messages sent; the files' paths."""
    try:
        import matplotlib as mpl

        mpl.use("agg")
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise KitError(
            "Charts need matplotlib.", "Install torq-conformance[charts], or leave --charts out."
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    several = [one for one in (found, other) if one is not None]
    for name, draw_into in DRAWN.items():
        figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
        if draw_into(axes, several):
            for kind in ("svg", "png"):
                path = folder / f"{name}.{kind}"
                figure.savefig(path, dpi=150, metadata={"Date": None} if kind == "svg" else None)
                yield path
        plt.close(figure)


def _rates(axes: Any, several: list[Measurement]) -> bool:
    names = [name for name in several[0].loops if all(name in one.loops for one in several)]
    if not names:
        return False
    height = 0.8 / len(several)
    for number, (one, colour) in enumerate(zip(several, (BEFORE, AFTER), strict=False)):
        places = [index + number * height for index in range(len(names))]
        rates = [one.loops[name]["rate"] for name in names]
        axes.barh(places, rates, height, color=colour, label=f"{one.name} {one.version}")
    for index, name in enumerate(names):
        floor = workload_of(name).floor
        if floor:
            ends = [index - height / 2, index + 0.8 - height / 2]
            axes.plot([floor, floor], ends, color=FLOOR, linewidth=2)
    axes.plot([], [], color=FLOOR, linewidth=2, label="floor of section 9")
    axes.set_xscale("log")
    axes.set_yticks([index + 0.4 - height / 2 for index in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("operations per second, one thread")
    axes.legend(loc="lower right")
    return True


def _latencies(axes: Any, several: list[Measurement]) -> bool:
    names = [
        n for n in several[0].loops if all("p99_ns" in one.loops.get(n, {}) for one in several)
    ]
    height = 0.8 / len(several)
    for number, (one, colour) in enumerate(zip(several, (BEFORE, AFTER), strict=False)):
        for index, name in enumerate(names):
            found, place = one.loops[name], index + number * height
            micros = [found[key] / 1000 for key in ("p50_ns", "p99_ns", "p999_ns")]
            axes.plot([micros[0], micros[2]], [place, place], color=colour, linewidth=1)
            axes.plot(micros[:1], [place], marker="|", markersize=12, color=colour)
            axes.plot(micros[1:2], [place], marker="o", color=colour)
            axes.plot(micros[2:], [place], marker=">", color=colour)
        axes.plot([], [], marker="o", color=colour, label=f"{one.name} {one.version}")
    axes.axvline(LATENCY_NS_MAX / 1000, color=FLOOR, linewidth=2, label="claim of section 9, p99")
    axes.set_xscale("log")
    axes.set_yticks([index + 0.4 - height / 2 for index in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel("microseconds of one call: p50 |, p99 o, p99.9 >")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    return bool(names)


def _books(axes: Any, several: list[Measurement]) -> bool:
    is_drawn = False
    for one, colour in zip(several, (BEFORE, AFTER), strict=False):
        costs = one.cost("instructions")
        levels = [level for level in LEVELS if f"order_book_{level}" in costs]
        if levels:
            cost = [costs[f"order_book_{level}"] for level in levels]
            axes.plot(levels, cost, marker="o", color=colour, label=f"{one.name} {one.version}")
            is_drawn = True
    if is_drawn:
        axes.set_xlabel("levels a side")
        axes.set_ylabel("instructions of a round trip")
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper left")
    return is_drawn


def _counts(axes: Any, several: list[Measurement]) -> bool:
    drawn = [one for one in several if one.by_count]
    below = axes.inset_axes((0, 0, 1, 0.47))
    above = axes.inset_axes((0, 0.53, 1, 0.4), sharex=below)
    axes.set_axis_off()
    for one, colour in zip(drawn, (BEFORE, AFTER), strict=False):
        counts = sorted(one.by_count, key=int)
        sent = [int(count) / 1000 for count in counts]
        style = {"marker": "o", "markersize": 3, "color": colour}
        micros = [one.by_count[count]["ns_each"] / 1000 for count in counts]
        above.plot(sent, micros, label=f"{one.name} {one.version}", **style)
        below.plot(sent, [one.by_count[count]["peak_bytes"] / 1e6 for count in counts], **style)
    below.axhline(MEMORY_BYTES_MAX / 1e6, color=FLOOR, linewidth=2)
    below.set_xlim(left=0)
    below.set_xlabel("thousands of messages sent")
    below.set_ylabel("MB resident at most")
    above.plot([], [], color=FLOOR, linewidth=2, label="claim of section 9, memory")
    above.set_ylabel("microseconds each")
    above.tick_params(labelbottom=False)
    above.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    for one in (above, below):
        one.set_ylim(bottom=0)
    return bool(drawn)


DRAWN = {"rates": _rates, "latencies": _latencies, "books": _books, "counts": _counts}
"""What is drawn, by the name of its file."""
