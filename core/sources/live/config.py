"""The kubeconfig as kubectl reads it, or the service account of the pod that this runs in."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from core.model import Row
from core.sources.errors import SourceError
from core.sources.files import reason
from core.sources.live.types import Context
from core.text import printable

IN_CLUSTER = "in-cluster"
"""The name of the context that stands for the pod's own service account."""
_LISTS = {"clusters": "cluster", "contexts": "context", "users": "user"}
_PATHS = {"clusters": ("certificate-authority",), "users": ("client-certificate", "client-key", "tokenFile")}
_HOST, _PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


class Kubeconfig(Row):
    """All files of the kubeconfig in one: entries by list and name, with paths made absolute."""

    entries: Mapping[str, Mapping[str, Mapping[str, Any]]]
    current: str
    files: Sequence[str]


class Chosen(Row):
    """A context with what it needs. `config` is a kubeconfig of this context alone, None for the service account."""

    context: Context
    config: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        """How places name it."""
        return f"live:{printable(self.context.name)}"


def contexts() -> Sequence[Context]:
    """The contexts that `live:NAME` takes, sorted by name; empty where there is no kubeconfig.

    Raises:
        SourceError: A file of the kubeconfig can't be read.
    """
    config = load()
    found = [_context(config, name) for name in sorted(config.entries["contexts"])]
    return found if found or not _in_pod() else [_own()]


def choose(name: str | None) -> Chosen:
    """The context called `name`; without a name the current one, or the pod's own service account.

    Raises:
        SourceError: There is no such context, or it is not complete.
    """
    config = load()
    known = config.entries["contexts"]
    if not known and _in_pod() and name in (None, "", IN_CLUSTER):
        return Chosen(context=_own(), config=None)
    if not known:
        where = f"{', '.join(config.files)} has none" if config.files else f"{_looked()} does not exist"
        raise SourceError(
            f"no context of a kubeconfig: {where}; set KUBECONFIG, or log in to a cluster with your provider's command"
        )
    wanted = name or config.current
    listed = _listed(known)
    if not wanted:
        raise SourceError(f"the kubeconfig has no current context: name one as live:CONTEXT ({listed})")
    if wanted not in known:
        which = "current context" if not name else "context"
        raise SourceError(
            f"the {which} {printable(wanted)} is not in the kubeconfig: it has {listed} (kubectl config get-contexts)"
        )
    return _complete(config, wanted)


def _listed(known: Mapping[str, Any]) -> str:
    names = [printable(name) for name in sorted(known)]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _context(config: Kubeconfig, name: str) -> Context:
    body = config.entries["contexts"][name]
    cluster = str(body.get("cluster") or "")
    server = config.entries["clusters"].get(cluster, {}).get("server")
    return Context(name=name, current=name == config.current, cluster=cluster, server=str(server or ""))


def _complete(config: Kubeconfig, name: str) -> Chosen:
    """A kubeconfig of this context only, so that what is wrong with others does no harm."""
    body, shown = config.entries["contexts"][name], printable(name)
    context = _context(config, name)
    cluster, user = config.entries["clusters"].get(context.cluster), str(body.get("user") or "")
    if cluster is None:
        raise SourceError(
            f"context {shown} is about cluster {printable(context.cluster) or '(none)'}, which the kubeconfig does not "
            "have: correct it with kubectl config set-context"
        )
    if not context.server.startswith(("https://", "http://")):
        what = f"server {printable(context.server)}, which is no http:// or https:// address"
        raise SourceError(
            f"cluster {printable(context.cluster)} of context {shown} has "
            f"{what if context.server else 'no server'}: correct it with kubectl config set-cluster"
        )
    if user and user not in config.entries["users"]:
        raise SourceError(
            f"context {shown} is about user {printable(user)}, which the kubeconfig does not have: "
            "correct it with kubectl config set-context"
        )
    users = [{"name": user, "user": dict(config.entries["users"][user])}] if user else []
    own = {"cluster": context.cluster, **({"user": user} if user else {})}
    return Chosen(
        context=context,
        config={
            "current-context": name,
            "contexts": [{"name": name, "context": own}],
            "clusters": [{"name": context.cluster, "cluster": dict(cluster)}],
            "users": users,
        },
    )


# --- files ----------------------------------------------------------------------------------------------------------


def load() -> Kubeconfig:
    """The files of `KUBECONFIG`, else `~/.kube/config`: of two entries with one name the first counts, as for kubectl.

    Files that don't exist are passed over.

    Raises:
        SourceError: A file can't be read, or is no kubeconfig.
    """
    entries: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in _LISTS}
    current, files = "", []
    for path in _paths():
        data = _read(path)
        if data is None:
            continue
        files.append(printable(str(path)))
        current = current or str(data.get("current-context") or "")
        for listed, word in _LISTS.items():
            for name, body in _named(path, data, listed, word):
                entries[listed].setdefault(name, _absolute(path, listed, body))
    return Kubeconfig(entries=entries, current=current, files=files)


def _paths() -> Sequence[Path]:
    listed = [one for one in os.environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    return [Path(one).expanduser() for one in dict.fromkeys(listed)] or [Path.home() / ".kube" / "config"]


def _looked() -> str:
    return printable(", ".join(map(str, _paths())))


def _read(path: Path) -> Mapping[str, Any] | None:
    shown = printable(str(path))
    try:
        data = yaml.safe_load(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SourceError(f"the kubeconfig {shown} can't be read: {reason(error)}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark is not None else ""
        raise SourceError(f"{shown} is no kubeconfig: it can't be read as YAML{line}") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise SourceError(f"{shown} is no kubeconfig: it holds no mapping with contexts, clusters and users")
    return data


def _named(
    path: Path, data: Mapping[str, Any], listed: str, word: str
) -> Sequence[tuple[str, dict[str, Any]]]:
    found = []
    rows = data.get(listed) or []
    for number, row in enumerate(rows if isinstance(rows, list) else [rows]):
        body = row.get(word) if isinstance(row, dict) else None
        name = row.get("name") if isinstance(row, dict) else None
        if name is None or not isinstance(body or {}, dict):
            raise SourceError(
                f"{printable(str(path))} is no kubeconfig: {listed}[{number}] has no name, or no {word}"
            )
        found.append((str(name), dict(body or {})))
    return found


def _absolute(path: Path, listed: str, body: dict[str, Any]) -> dict[str, Any]:
    """Paths in a kubeconfig are relative to its folder; a plugin's command is where it holds a slash."""
    folder = Path(os.path.abspath(path)).parent  # noqa: PTH100 - resolve() would follow a link to another folder
    for key in _PATHS.get(listed, ()):
        if body.get(key):
            body[key] = os.path.normpath(folder / str(body[key]))
    plugin = body.get("exec")
    if isinstance(plugin, dict) and os.sep in str(plugin.get("command") or ""):
        body["exec"] = {**plugin, "command": os.path.normpath(folder / str(plugin["command"]))}
    return body


# --- the pod's own account ------------------------------------------------------------------------------------------


def _in_pod() -> bool:
    return bool(os.environ.get(_HOST)) and bool(os.environ.get(_PORT))


def _own() -> Context:
    host = os.environ[_HOST]
    server = f"https://{f'[{host}]' if ':' in host else host}:{os.environ[_PORT]}"
    return Context(name=IN_CLUSTER, current=True, cluster=IN_CLUSTER, server=server)
