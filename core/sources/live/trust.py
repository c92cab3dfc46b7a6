"""TLS as kubectl does it: certificates are read once, and those of old clusters are good enough."""

import ssl

from kubernetes.client.configuration import Configuration
from kubernetes.config.config_exception import ConfigException
from urllib3 import disable_warnings
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util.ssl_ import create_urllib3_context


def tls_context(configuration: Configuration) -> ssl.SSLContext:
    """What the API server has to prove, and with which certificate we do.

    Python 3.13 demands extensions of certificates (the "strict" checks of RFC 5280) that the authorities of many clusters
    don't write. Go does not, so kubectl gets on without.

    Raises:
        ConfigException: A certificate or key can't be read.
    """
    needed = ssl.CERT_REQUIRED if configuration.verify_ssl else ssl.CERT_NONE
    context = create_urllib3_context(cert_reqs=needed)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not configuration.verify_ssl:  # the kubeconfig says so, in these words
        disable_warnings(InsecureRequestWarning)
    try:
        if configuration.ssl_ca_cert or configuration.ca_cert_data:
            context.load_verify_locations(configuration.ssl_ca_cert, cadata=configuration.ca_cert_data)
        else:
            context.load_default_certs()
        if configuration.cert_file:
            context.load_cert_chain(configuration.cert_file, configuration.key_file, password=_no_password)
    except ssl.SSLError as error:
        raise ConfigException(_unreadable(error)) from error
    return context


def _no_password() -> str:
    raise ConfigException("the client key of the kubeconfig is encrypted: kubectl can't use it either")


def _unreadable(error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the client certificate and the client key of the kubeconfig don't belong together"
    return "a certificate or key of the kubeconfig can't be read (it is no PEM)"
