"""Who we are to an API server: what the official client makes of a kubeconfig, or of the pod's service account."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from kubernetes.client.api_client import ApiClient
from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.dateutil import parse_rfc3339
from kubernetes.config.exec_provider import ExecProvider
from kubernetes.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_TOKEN_FILENAME,
    InClusterConfigLoader,
)
from kubernetes.config.kube_config import ConfigNode, FileOrData, KubeConfigLoader
from urllib3.exceptions import HTTPError

from core.sources.errors import SourceError
from core.sources.live.config import Chosen
from core.sources.live.proxies import choose_proxy
from core.sources.live.trust import tls_context
from core.text import printable

_CONNECTIONS = 64
_READ = dict.fromkeys(("ca_certs", "ca_cert_data", "cert_file", "key_file"))
"""What the official client would read anew for each connection."""


class _Loader(KubeConfigLoader):
    """The official loader, but for a plugin that fails: that is told, not just logged."""

    _user: Any
    _cluster: Any

    def _load_from_exec_plugin(self) -> bool | None:
        if "exec" not in self._user:
            return None
        status = _run_plugin(self._user["exec"], self._cluster)
        if "token" in status:
            self.token = f"Bearer {status['token']}"
        elif status.get("clientCertificateData") and status.get("clientKeyData"):
            self.cert_file = _plain_file(status, "clientCertificateData")
            self.key_file = _plain_file(status, "clientKeyData")
        else:
            raise ConfigException("its plugin's answer has neither a token nor a certificate with its key")
        if "expirationTimestamp" in status:
            self.expiry = parse_rfc3339(status["expirationTimestamp"])
        return True


def _plain_file(status: Mapping[str, Any], key: str) -> str:
    return FileOrData(status, None, data_key_name=key, base64_file_content=False).as_file()  # type: ignore[no-any-return]


def _run_plugin(plugin: Any, cluster: Any) -> Mapping[str, Any]:
    command = printable(str(plugin.safe_get("command") or "(none)"))
    try:
        return ExecProvider(plugin, "", cluster).run()  # type: ignore[no-any-return]
    except FileNotFoundError as error:
        hint = printable(str(plugin.safe_get("installHint") or "")).strip()
        raise ConfigException(
            f"the plugin {command} is not installed{f' ({hint})' if hint else ''}"
        ) from error
    except OSError as error:
        raise ConfigException(f"the plugin {command} can't be run: {error.strerror}") from error
    except ConfigException as error:
        said = printable(str(error).removeprefix("exec: "))
        raise ConfigException(f"the plugin {command} failed: {said}") from error


def api_client(chosen: Chosen) -> ApiClient:
    """The official client with the credentials of a context.

    Raises:
        SourceError: They can't be had.
    """
    configuration = Configuration()
    configuration.connection_pool_maxsize = _CONNECTIONS
    configuration.retries = False  # `patience` decides that; and no redirect is followed
    configuration.keep_alive = True
    context = printable(chosen.context.name)
    try:
        if chosen.config is None:
            InClusterConfigLoader(SERVICE_TOKEN_FILENAME, SERVICE_CERT_FILENAME).load_and_set(configuration)
        else:
            _load(chosen.config, chosen.context.name, configuration)
        choose_proxy(configuration, _cluster(chosen))
        api = ApiClient(configuration)
        api.user_agent = f"waypath/{_own_version()}"
        if chosen.context.server.startswith("https:"):
            api.rest_client.pool_manager.connection_pool_kw |= {
                **_READ,
                "ssl_context": tls_context(configuration),
            }
    except (ConfigException, ValueError, KeyError, TypeError, AttributeError, OSError, HTTPError) as error:
        raise SourceError(f"context {context} can't be used: {_said(error)}") from error
    return api


def _cluster(chosen: Chosen) -> Mapping[str, Any]:
    """The cluster of the kubeconfig; nothing for the service account."""
    found: Mapping[str, Any] = chosen.config["clusters"][0]["cluster"] if chosen.config else {}
    return found


def _load(config: Mapping[str, Any], context: str, configuration: Configuration) -> None:
    loader = _Loader(  # type: ignore[no-untyped-call]
        config_dict=ConfigNode("kubeconfig", config), active_context=context, config_base_path=""
    )
    loader.load_and_set(configuration)  # type: ignore[no-untyped-call]


def _said(error: Exception) -> str:
    text = printable(str(error))
    if isinstance(error, ConfigException):
        return text[:1].lower() + text[1:]
    return f"its credentials in the kubeconfig can't be read ({text or type(error).__name__})"


def _own_version() -> str:
    try:
        return version("waypath")
    except PackageNotFoundError:
        return "dev"
