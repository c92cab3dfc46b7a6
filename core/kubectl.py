"""Edits as `kubectl` commands. Every word that comes from a cluster or a file is quoted for the shell."""

import re
import shlex
from collections.abc import Sequence

from core.edits import LabelEdit
from core.model import ObjectRef

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_RESOURCES = {"gateway": "gateways.gateway.networking.k8s.io"}
"""Kinds whose short name Istio's own API has too."""


def quote(word: str) -> str:
    """`word` as one shell word, on one line: what is not printable ASCII is written as an ANSI-C escape."""
    if _UNPRINTABLE.search(word) is None:
        return shlex.quote(word)
    escaped = "".join(
        char
        if " " <= char <= "~" and char not in "\\'"
        else f"\\{char}"
        if char in "\\'"
        else "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
        for char in word
    )
    return f"$'{escaped}'"


def label_command(edit: LabelEdit) -> str:
    """`kubectl label`, with `--overwrite` since the label may be there with another value."""
    changes = [f"{key}={value}" for key, value in edit.set.items()] + [f"{key}-" for key in edit.unset]
    resource = _RESOURCES.get(edit.kind, edit.kind)
    # Behind the kind's slash a name that starts with a dash can't be taken for an option.
    subject = [f"{resource}/{edit.name}"] if edit.name.startswith("-") else [resource, edit.name]
    words = ["kubectl", "label", *subject]
    if edit.namespace:
        words += ["-n", edit.namespace]
    return _join([*words, *changes, *(["--overwrite"] if edit.set else [])])


def env_command(deployment: ObjectRef, container: str, changes: Sequence[str]) -> str:
    """`kubectl set env` on the container of a controller; `changes` are `NAME=VALUE` or `NAME-`."""
    words = [
        "kubectl",
        "set",
        "env",
        f"{deployment.kind.lower()}/{deployment.name}",
        "-n",
        deployment.namespace,
    ]
    if container:
        words += ["-c", container]
    return _join([*words, *changes])


def rollout_command(action: str, deployment: ObjectRef) -> str:
    """`kubectl rollout status`, which waits, or `kubectl rollout restart`."""
    subject = f"{deployment.kind.lower()}/{deployment.name}"
    return _join(["kubectl", "rollout", action, subject, "-n", deployment.namespace])


def wait_command(condition: str, gateway: ObjectRef) -> str:
    """`kubectl wait` until a Gateway has a condition, for five minutes at most."""
    subject = f"{_RESOURCES['gateway']}/{gateway.name}"
    return _join(
        ["kubectl", "wait", subject, "-n", gateway.namespace, f"--for=condition={condition}", "--timeout=5m"]
    )


def _join(words: Sequence[str]) -> str:
    return " ".join(quote(word) for word in words)
