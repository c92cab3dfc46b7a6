"""A live cluster read once."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.manifests import collector_off, understood
from core.sources.live.config import choose
from core.sources.live.patience import Cancel, Patience
from core.sources.live.rows import Assembled
from core.sources.live.scope import Scope, scope_of
from core.sources.live.types import Report
from core.sources.loaded import Loaded, SourceInfo, counted, ranked

if TYPE_CHECKING:
    from core.sources.live.gathering import Gathering

_PATIENCE = Patience()


def read_live(
    context: str | None = None,
    *,
    namespaces: Sequence[str] = (),
    selector: str | None = None,
    progress: Report | None = None,
    cancelled: threading.Event | None = None,
    patience: Patience = _PATIENCE,
) -> Loaded:
    """The cluster behind a context, as it is now. Nothing is changed there.

    Args:
        context: Its name; None for the current one, or the service account of the pod that this runs in.
        namespaces: The only ones to read; none for all.
        selector: Picks namespaces by labels, as Istio's discovery selectors do; in `kubectl get -l`'s form.
        progress: Is told about ten times a second how far the reading got.
        cancelled: Ends the reading once it is set.
        patience: How long is waited, and how often is tried again.

    Raises:
        SourceError: There is no such context, or the API server can't be read at all.
        CancelledError: `cancelled` was set.
    """
    with collector_off():
        found = read_assembled(context, scope_of(namespaces, selector), progress, Cancel(cancelled), patience)
        return loaded(found)


def read_assembled(
    context: str | None,
    scope: Scope,
    progress: Report | None,
    cancel: Cancel,
    patience: Patience = _PATIENCE,
    *,
    keeps: bool = False,
) -> Assembled:
    """The rows of a cluster, to be merged with others.

    Raises:
        SourceError: As `read_live`.
    """
    from core.sources.live.assembling import assemble  # noqa: PLC0415 - the official client is slow to import

    return assemble(gather(context, scope, progress, cancel, patience, keeps=keeps))


def gather(
    context: str | None,
    scope: Scope,
    progress: Report | None,
    cancel: Cancel,
    patience: Patience,
    *,
    keeps: bool = False,
) -> "Gathering":
    """All lists of a cluster.

    Raises:
        SourceError: As `read_live`.
    """
    chosen = choose(context)
    from core.sources.live.client import Client  # noqa: PLC0415
    from core.sources.live.gathering import Gathering  # noqa: PLC0415

    client = Client(chosen, patience, cancel)
    try:
        gathering = Gathering(client, scope, keeps=keeps)
        gathering.read(progress)
    finally:
        client.close()
    return gathering


def loaded(found: Assembled) -> Loaded:
    """Rows as a source."""
    cluster, policies, problems = understood(found.reading)
    info = SourceInfo(
        kind="live",
        name=found.name,
        objects=counted(cluster),
        observed=cluster.observed,
        read_at=found.stamp,
        missing=tuple(found.missing),
        unread=cluster.unread,
    )
    return Loaded(
        cluster=cluster,
        policies=policies,
        problems=ranked(problems),
        info=info,
        missing=found.missing,
    )
