"""Transport to one API server: the official client for who we are and TLS, raw bytes for what it says. GET only.

Importing this module is slow; `core.sources.live` does it when a cluster is asked for.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

import msgspec
import urllib3
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from core.faults import UNREADABLE
from core.model import Row
from core.sources.errors import SourceError
from core.sources.live.config import Chosen, choose
from core.sources.live.credentials import api_client
from core.sources.live.faults import (
    AbsentError,
    AnswerError,
    BusyError,
    ForbiddenError,
    GoneError,
    UnauthorisedError,
    UnreachableError,
    UntrustedError,
    UnusableError,
)
from core.sources.live.patience import Cancel, Patience, patiently
from core.text import printable

JSON = "application/json"
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
NAMES_ONLY_ONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
MAX_ANSWER = 1024**3
"""Bytes of one answer."""
_CHUNK = 1024**2
_MAX_ERROR = 64 * 1024
_RENEWED_FOR = 10.0

Query = Sequence[tuple[str, str]]


class _Status(msgspec.Struct):
    message: str = ""


_STATUS = msgspec.json.Decoder(_Status)


class Answer(Row):
    """A whole answer with status 200."""

    body: bytes
    type: str


class Client:
    """One API server, asked with the rights of one context. Safe to use from several threads."""

    def __init__(self, chosen: Chosen, patience: Patience, cancel: Cancel) -> None:
        """Work out who we are, which may run the plugin that the kubeconfig names.

        Raises:
            SourceError: The credentials can't be had.
        """
        self.chosen = chosen
        self.cancel = cancel
        self._patience = patience
        self._lock = threading.Lock()
        self._api = api_client(chosen)
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Take the credentials anew, which may have been replaced meanwhile; not again within a few seconds.

        Raises:
            SourceError: They can't be had.
        """
        with self._lock:
            if time.monotonic() - self._renewed < _RENEWED_FOR:
                return
            self._renewed = time.monotonic()
            self.chosen = choose(self.chosen.context.name)
            self._api = api_client(self.chosen)

    def close(self) -> None:
        """Let connections go that are not in use."""
        self._api.rest_client.close()

    def get(self, path: str, query: Query = (), accept: str = JSON) -> Answer:
        """All of an answer; asked for again, with pauses, after a fault that may pass.

        Raises:
            AnswerError: There is none, or it is no success.
            CancelledError: `cancel` was set.
        """
        return patiently(partial(self._get, path, query, accept), self._patience, self.cancel)

    def _get(self, path: str, query: Query, accept: str) -> Answer:
        with _translated(self._patience):
            response = self._open(path, query, accept, self._patience.read)
            try:
                body = self._body(response)
            except BaseException:
                response.close()
                raise
            response.release_conn()
        return Answer(body=body, type=_type(response))

    def _body(self, response: urllib3.HTTPResponse) -> bytes:
        chunks: list[bytes] = []
        size, patience = 0, self._patience
        deadline = time.monotonic() + patience.whole
        while chunk := response.read1(_CHUNK):
            self.cancel.check()
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_ANSWER:
                raise UnusableError(f"its answer is larger than {MAX_ANSWER:,} bytes")
            if time.monotonic() > deadline:
                raise UnreachableError(f"its answer was not complete after {patience.whole:g} s")
        return b"".join(chunks)

    def watch(self, path: str, query: Query, accept: str, silence: float) -> "Stream":
        """An answer without end, line by line.

        Args:
            path: That of a list.
            query: Its parameters.
            accept: The form asked for.
            silence: Seconds without a line after which the connection counts as broken.

        Raises:
            AnswerError: There is none, or it is no success.
        """
        with _translated(self._patience):
            return Stream(self._open(path, query, accept, silence), self._patience)

    def _open(self, path: str, query: Query, accept: str, read: float) -> urllib3.HTTPResponse:
        with self._lock:  # asking for the credentials may run a plugin, once for all threads
            api = self._api
            request = api.param_serialize(
                "GET",
                path,
                query_params=list(query),
                header_params={"Accept": accept},
                auth_settings=["BearerToken"],
            )
        response = api.call_api(*request, _request_timeout=(self._patience.connect, read)).response
        if response.status != 200:
            try:
                _raise_for(response)
            finally:
                response.close()
        return response  # type: ignore[no-any-return]


class Stream:
    """The lines of a watch."""

    def __init__(self, response: urllib3.HTTPResponse, patience: Patience) -> None:
        self._response = response
        self._patience = patience

    def lines(self) -> Iterator[bytes]:
        """Each line as it comes; ends where the API server ends it.

        Raises:
            UnreachableError: The connection broke.
        """
        rest = b""
        with _translated(self._patience):
            while chunk := self._response.read1(_CHUNK):
                *whole, rest = (rest + chunk).split(b"\n")
                if len(rest) > MAX_ANSWER:
                    raise UnusableError(f"a line of its answer is larger than {MAX_ANSWER:,} bytes")
                yield from filter(None, whole)
        if rest.strip():
            raise UnreachableError("the connection broke off in the middle of an event")

    def stop(self) -> None:
        """End the reading of lines, from any thread."""
        try:
            self._response.shutdown()
        except (OSError, RuntimeError, ValueError):
            self._response.close()

    def close(self) -> None:
        """Let the connection go."""
        self._response.close()


# --- answers --------------------------------------------------------------------------------------------------------


def _type(response: urllib3.HTTPResponse) -> str:
    return printable(response.headers.get("Content-Type", ""), 60).partition(";")[0]


def _raise_for(response: urllib3.HTTPResponse) -> None:
    said = _message(response)
    match response.status:
        case 401:
            raise UnauthorisedError(said)
        case 403:
            raise ForbiddenError(said)
        case 404:
            raise AbsentError(said)
        case 410:
            raise GoneError(said)
        case 408 | 429 | 500 | 502 | 503 | 504 as status:
            raise BusyError(f"it answers {status}{f' ({said})' if said else ''}", _wait(response.headers))
        case status:
            raise UnusableError(f"it answers {status}{f' ({said})' if said else ''}")


def _message(response: urllib3.HTTPResponse) -> str:
    """What the API server says in a `Status`, on one line."""
    try:
        text = response.read(_MAX_ERROR)
        found = _STATUS.decode(text).message
    except (*UNREADABLE, urllib3.exceptions.HTTPError, OSError):
        return ""
    return printable(found)


def _wait(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


@contextmanager
def _translated(patience: Patience) -> Iterator[None]:
    """Transport's many exceptions as one, with a reason that a reader understands."""
    try:
        yield
    except (AnswerError, SourceError):
        raise
    except ApiException as error:  # TLS, as the official client reports it
        raise UntrustedError(_tls(str(error.reason))) from error
    except urllib3.exceptions.SSLError as error:
        raise UntrustedError(_tls(str(error))) from error
    except ConfigException as error:  # a plugin, asked for another token
        raise UnreachableError(printable(str(error))) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise UnreachableError(_reason(error, patience)) from error


def _reason(error: BaseException, patience: Patience) -> str:
    exceptions = urllib3.exceptions
    match error:
        case exceptions.NameResolutionError():
            return "the name of its host can't be resolved"
        case exceptions.NewConnectionError():  # urllib3 has it as a kind of ConnectTimeoutError
            cause = error.__cause__ or error.__context__
            text = getattr(cause, "strerror", None) or "refused"
            return f"no connection: {printable(text[:1].lower() + text[1:])}"
        case exceptions.ConnectTimeoutError():
            return f"no connection within {patience.connect:g} s"
        case exceptions.ReadTimeoutError():
            return "it stopped answering"
        case exceptions.ProxyError():
            return f"the proxy on the way to it does not answer ({printable(str(error.original_error))})"
        case exceptions.LocationValueError():
            return "its address can't be read"
        case exceptions.ProtocolError() | OSError():
            return "the connection broke off"
        case _:
            return printable(str(error)) or type(error).__name__


def _tls(text: str) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in text or "certificate verify failed" in text:
        why = text.rpartition("certificate verify failed: ")[2].partition(" (_ssl")[0]
        return f"its certificate is not trusted ({printable(why).rstrip('.')})"
    if "PEM" in text:
        return "a certificate or key of the kubeconfig can't be read (it is no PEM)"
    if "ALERT" in text.upper():
        return f"it refused the TLS connection ({printable(text.rpartition(']')[2].strip() or text)})"
    if "EOF" in text:
        return "it broke the TLS connection off"
    return f"no TLS connection ({printable(text.replace(chr(10), ' '))})"
