"""Which clusters a visitor may open.

An address can be written by anyone and followed by anyone. Whoever started the dashboard offered the source that it was started
with; the other contexts of the kubeconfig are theirs alone. They are offered only where the visitor can be nobody else: the
dashboard listens on this machine, is asked by a name of this machine, and has no sign-in, which is for others.
"""

from collections.abc import Sequence

from core.serve import is_local
from core.sources import SourceError, is_live
from core.text import printable


class OfferError(SourceError):
    """A source is not offered to this visitor."""


def is_alone(listens_on: str | None, asked_as: str | None, *, signs_in: bool) -> bool:
    """Whether only the user of this machine can be the visitor.

    Args:
        listens_on: The address that the server listens on; None for all of them.
        asked_as: The host that the visitor's browser asked for, with or without a port; None where it is not known.
        signs_in: Whether there is a sign-in.
    """
    return not signs_in and is_local(listens_on or "") and (asked_as is None or is_local(_host(asked_as)))


def _host(asked_as: str) -> str:
    name = asked_as.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0] if name.count(":") <= 1 else name


def check(source: Sequence[str], given: Sequence[str], *, alone: bool) -> None:
    """Whether a visitor may open this source, in which there is a cluster.

    Args:
        source: What the desk names.
        given: The source that the dashboard was started with.
        alone: `is_alone`.

    Raises:
        OfferError: They may not.
    """
    if tuple(source) == tuple(given):
        return
    if len(source) == 1 and is_live(source[0]) and (alone or source[0] in given):
        return
    raise OfferError(
        f"the link is about {', '.join(map(printable, source))}, which this dashboard was not started with: clusters of a "
        "kubeconfig are offered to the user of this machine only; start it with that source to offer it to others"
    )


def offered(given: Sequence[str]) -> Sequence[str]:
    """The clusters that the dashboard was started with."""
    return [one for one in given if is_live(one)]
