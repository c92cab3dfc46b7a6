"""What the API server refused, in sentences, and the rule that would grant it."""

from collections.abc import Mapping, Sequence

from core.model import Problem
from core.sources.live.config import Chosen
from core.sources.live.wanted import WANTED, Rule
from core.sources.loaded import MissingRight
from core.text import printable


def unauthorised(chosen: Chosen) -> str:
    """Why nothing can be read, and what to renew."""
    return (
        f"context {printable(chosen.context.name)}: the API server {printable(chosen.context.server)} does not accept "
        f"its credentials (401): {_renewal(chosen)}"
    )


def _renewal(chosen: Chosen) -> str:
    if chosen.config is None:
        return "the token of the pod's service account is not valid any more; restart the pod"
    users = chosen.config["users"]
    if not users:
        return "the context names no user; give it one with kubectl config set-context --user"
    name, body = printable(users[0]["name"]), users[0]["user"]
    if body.get("exec"):
        return f"log in again with what {printable(str(body['exec'].get('command')))} asks, the plugin of user {name}"
    if body.get("token") or body.get("tokenFile"):
        return f"renew the token of user {name}"
    if body.get("client-certificate") or body.get("client-certificate-data"):
        return f"renew the client certificate of user {name}"
    if body.get("auth-provider"):
        return f"log in again with the auth provider of user {name}"
    return f"renew the credentials of user {name}"


def refused(where: str, kind: str, missing: Sequence[MissingRight]) -> Problem:
    """That a kind is not known for want of a right."""
    if all(one.verb == "watch" for one in missing):
        return _unwatched(where, kind, missing)
    first = missing[0]
    inside = sorted({one.namespace for one in missing if one.namespace})
    place = f" in namespace {', '.join(inside)}" if inside else ""
    verbs = ", ".join(sorted({one.verb for one in missing}))
    plural = f"{first.resource}.{first.group}" if first.group else first.resource
    message = (
        f"{kind} objects{place} can't be read: the right to {verbs} {plural} is missing; what depends on them is "
        f"unknown. The rule that grants it: {in_yaml(rules_for(missing))}"
    )
    return Problem(severity="error", where=where, message=message)


def _unwatched(where: str, kind: str, missing: Sequence[MissingRight]) -> Problem:
    message = (
        f"{kind} objects are read anew every few seconds, as the right to watch them is missing. "
        f"The rule that grants it: {in_yaml(rules_for(missing))}"
    )
    return Problem(severity="warning", where=where, message=message)


def failed(where: str, kind: str, reason: str) -> Problem:
    """That a kind is not known because its list could not be read."""
    message = f"{kind} objects can't be read: {reason}; what depends on them is unknown. Read again to try once more."
    return Problem(severity="error", where=where, message=message)


def rules_for(missing: Sequence[MissingRight]) -> Sequence[Rule]:
    """The RBAC rules that would grant what is missing; who lists also watches."""
    verbs: dict[tuple[str, str], set[str]] = {}
    for one in missing:
        granted = {"list", "watch"} if one.verb in ("list", "watch") else {one.verb}
        verbs.setdefault((one.group, one.resource), set()).update(granted)
    grouped: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (group, resource), needed in sorted(verbs.items()):
        grouped.setdefault((group, tuple(sorted(needed))), []).append(resource)
    return [
        Rule(groups=(group,), resources=tuple(resources), verbs=needed)
        for (group, needed), resources in sorted(grouped.items())
    ]


def in_yaml(rules: Sequence[Rule]) -> str:
    """Rules as they stand in a Role or ClusterRole, in flow style on one line each."""
    return "\n".join(
        f"- {{apiGroups: {_list(rule.groups)}, resources: {_list(rule.resources)}, verbs: {_list(rule.verbs)}}}"
        for rule in rules
    )


def _list(words: Sequence[str]) -> str:
    return "[" + ", ".join(word or '""' for word in words) + "]"


KIND_OF: Mapping[tuple[str, str], str] = {(one.group, one.plural): one.word for one in WANTED} | {
    ("", "configmaps"): "ConfigMap"
}
"""(group, plural) → kind"""
