"""The edits of a scenario as data: what a user may change in a what-if."""

from collections.abc import Mapping, Sequence

from core.model import Row

LABEL_KINDS = {
    "service": "Service",
    "serviceentry": "ServiceEntry",
    "namespace": "Namespace",
    "pod": "Pod",
    "gateway": "Gateway",
}
"""The kinds a label edit may name, as the command line spells them."""

ENV_CONTROLLERS = ("kgateway", "istiod", "agentgateway")
VERSION_CONTROLLERS = ("kgateway", "istio", "agentgateway")


class LabelEdit(Row, tag_field="edit", tag="label"):
    """`kubectl label`: set and unset labels of one object. `kind` is a key of LABEL_KINDS."""

    kind: str
    namespace: str
    name: str
    set: Mapping[str, str] = {}
    unset: Sequence[str] = ()

    @property
    def target(self) -> str:
        """The object as the command line spells it: `service/shop/cart`, `namespace/shop`."""
        return f"{self.kind}/{self.namespace}/{self.name}" if self.namespace else f"{self.kind}/{self.name}"


class EnvEdit(Row, tag_field="edit", tag="env"):
    """Set and unset environment variables of a controller. `controller` is one of ENV_CONTROLLERS.

    `unset` says that a variable has no value, so that its default counts; `reset` goes back to what the
    source tells of it, which may be nothing.
    """

    controller: str
    set: Mapping[str, str] = {}
    unset: Sequence[str] = ()
    reset: Sequence[str] = ()


class VersionEdit(Row, tag_field="edit", tag="version"):
    """The version a controller is taken to have, None for the one that the source tells.

    `controller` is one of VERSION_CONTROLLERS.
    """

    controller: str
    version: str | None


Edit = LabelEdit | EnvEdit | VersionEdit
