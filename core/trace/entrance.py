"""A Gateway as requests find it: its listeners, and behind each the rules in their order."""

from collections.abc import Sequence
from functools import cached_property

from core.classes import data_plane
from core.cluster import Cluster
from core.listener_sets import Bound, bound_listeners
from core.model import Gateway, Listener
from core.routes import Attached, attached_to
from core.trace.candidates import Behind
from core.trace.index import ListenerIndex


class Entrance:
    """One Gateway. Its routes are ordered when the first request comes."""

    def __init__(self, cluster: Cluster, gateway: Gateway) -> None:
        self._cluster = cluster
        self._gateway = gateway
        self._behind: dict[str, Behind] = {}
        self.plane = data_plane(cluster, gateway).plane
        self.listeners: Sequence[Bound] = [one for one in bound_listeners(cluster, gateway) if not one.fault]

    @cached_property
    def _routes(self) -> Sequence[Attached]:
        return attached_to(self._cluster, self._gateway)

    def behind(self, listener: Listener) -> Behind:
        """The routes behind `listener`."""
        found = self._behind.get(listener.name)
        if found is None:
            index = ListenerIndex(self._routes, listener)
            found = self._behind[listener.name] = Behind(
                listener=listener, routes=self._routes, index=index, plane=self.plane
            )
        return found
