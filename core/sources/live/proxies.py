"""The proxy on the way to an API server, as kubectl chooses it: Go's rules, not Python's."""

import ipaddress
import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from urllib3.util import make_headers

from core.text import printable

_SCHEMES = ("http", "https", "socks5", "socks5h")


def choose_proxy(configuration: Configuration, cluster: Mapping[str, Any]) -> None:
    """Set the proxy for the host of `configuration`.

    `proxy-url` of the kubeconfig's `cluster` counts before all else. Without it `HTTPS_PROXY` does (`HTTP_PROXY` for a
    plain address), but for what `NO_PROXY` names, and never for this machine itself. Source: client-go rest.Config,
    golang.org/x/net/http/httpproxy.

    Raises:
        ConfigException: There is one that can't be used.
    """
    own = str(cluster.get("proxy-url") or "")
    proxy = own or _from_environment(configuration.host)
    configuration.proxy = None
    configuration.no_proxy = "" if own else _variable("NO_PROXY")
    if proxy:
        configuration.proxy = _usable(proxy if "://" in proxy else f"http://{proxy}")
        user = urlsplit(configuration.proxy)
        if user.username:
            both = f"{unquote(user.username)}:{unquote(user.password or '')}"
            configuration.proxy_headers = make_headers(proxy_basic_auth=both)


def _usable(proxy: str) -> str:
    scheme = proxy.partition("://")[0].lower()
    if scheme.startswith("socks") and find_spec("socks") is None:
        raise ConfigException(
            "its proxy speaks SOCKS, for which the Python package PySocks has to be installed"
        )
    if scheme not in _SCHEMES:
        raise ConfigException(
            f"its proxy has the scheme {printable(scheme)}, which is none of {', '.join(_SCHEMES)}"
        )
    return proxy


def _from_environment(host: str) -> str:
    split = urlsplit(host)
    return "" if _is_here(split.hostname or "") else _variable(f"{split.scheme.upper()}_PROXY")


def _variable(name: str) -> str:
    return os.environ.get(name) or os.environ.get(name.lower()) or ""


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
