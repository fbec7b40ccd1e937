"""The option ``--cluster``, and the crew that it stands for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from torq_conformance.cluster.crew import Crew
from torq_conformance.cluster.introduction import introduction
from torq_conformance.cluster.tasks import Json
from torq_conformance.errors import KitError
from torq_conformance.report.foreign_text import shown


def cluster_option(command: Callable[..., None]) -> Callable[..., None]:
    """The option ``--cluster``."""
    option = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="Spread over a Dask cluster instead: tcp://HOST:PORT, tls://HOST:PORT, local:N.",
    )
    return option(command)


def check_where(processes: int | None, cluster: str | None) -> None:
    """Refuse two answers to the question where."""
    if processes is not None and cluster is not None:
        raise KitError("-n is of this machine, --cluster of others.", "Leave one of them out.")


@contextmanager
def crew_of(
    task: str,
    setup: Json,
    *,
    processes: int | None = None,
    cluster: str | None = None,
    build: Json | None = None,
) -> Iterator[Crew]:
    """A crew for a task; KitError where nobody can do it. ``build``: of which build it must be."""
    check_where(processes, cluster)
    crew: Crew
    if cluster is None:
        from torq_conformance.cluster.here import LocalCrew

        crew = LocalCrew(task, setup, processes or os.cpu_count() or 1)
    else:
        from torq_conformance.cluster.dask_crew import DaskCrew

        kit = introduction({"vendor_specs": setup.get("vendor_specs")}, {})
        crew = DaskCrew(cluster, task, setup, kit, build, _tell)
    try:
        yield crew
    finally:
        crew.close()


def _tell(text: str) -> None:
    click.echo(shown(text), err=True)
