"""Which server of a workload takes a connection: by the port of its pods, by protocol, and by SNI."""

from collections.abc import Iterator, Sequence

from core.gates import Evidence, Step, failed, passed
from core.istio_ingress.binding import Bound, Front
from core.istio_ingress.merging import Served
from core.istio_ingress.rows import IstioGateway, L4Rule
from core.model import Row
from core.trace.listeners import specificity
from core.trace.request import WEB, Request


class Chain(Row):
    """What a connection goes by once it is accepted: the rules of an HTTP server, else one `tls` or `tcp` rule.

    `names` are the SNI hosts that it is for; none means any.
    """

    served: Served
    names: Sequence[str] = ()
    bound: Bound | None = None
    rule: L4Rule | None = None


class Choice(Row):
    """The chain, and the steps that led to it; without one the connection is refused."""

    steps: Sequence[Step]
    chain: Chain | None = None


def choose(front: Front, gateway: IstioGateway, request: Request) -> Choice:
    """The chain for `request` among all servers of the workload, which share its ports."""
    port = front.ports.behind(request.port)
    there = [one for one in front.merged.served if one.port == port]
    if not there:
        why = front.workload.refused.get(gateway.key)
        kept_off = f"; {gateway.ref} has no server here: {why}" if why else ""
        return _refused(gateway, f"{_no_port(front, request)}{kept_off}")
    if not request.encrypted:
        return _plain(front, gateway, there, request)
    chains = [chain for served in there for chain in _encrypted(front, served)]
    best = _by_name(chains, request.host)
    if best is None:
        names = ", ".join(dict.fromkeys(name for one in chains for name in one.names)) or "none"
        return _refused(
            gateway,
            f"no server on port {request.port} takes the SNI {request.host}: there are {names}; the TLS handshake fails",
        )
    if best.rule is None and request.scheme not in WEB:
        return _refused(
            gateway, f"{best.served} on port {request.port} speaks HTTP, which {request.scheme}:// is not"
        )
    return Choice(steps=(_taken(best, request),), chain=best)


def _plain(front: Front, gateway: IstioGateway, there: Sequence[Served], request: Request) -> Choice:
    web = request.scheme in WEB
    for served in there:
        if web and served.server.plain_http:
            chain = Chain(served=served)
            return Choice(steps=(_taken(chain, request),), chain=chain)
        if request.scheme == "tcp" and not served.server.tls_mode and not served.server.plain_http:
            for bound in front.at(served):
                for rule in bound.l4:
                    chain = Chain(served=served, bound=bound, rule=rule)
                    return Choice(steps=(_taken(chain, request),), chain=chain)
            return _refused(gateway, f"no VirtualService has a tcp rule for {served}")
    spoken = ", ".join(f"{one.server.listener} ({one.server.protocol})" for one in there)
    return _refused(gateway, f"nothing on port {request.port} takes {request.scheme}://: there is {spoken}")


def _encrypted(front: Front, served: Served) -> Iterator[Chain]:
    """The filter chains of an encrypted server, in their order."""
    server = served.server
    if server.plain_http or not server.tls_mode:
        return
    own = [one.rpartition("/")[2] for one in server.hosts]
    if server.terminates_https:
        yield Chain(served=served, names=own)
        return
    for bound in front.at(served):
        for rule in bound.l4:
            if not server.passes_through:
                yield Chain(served=served, names=own, bound=bound, rule=rule)
            for match in rule.matches if server.passes_through else ():
                yield Chain(served=served, names=match.sni_hosts, bound=bound, rule=rule)


def _by_name(chains: Sequence[Chain], name: str) -> Chain | None:
    """The chain with the most specific SNI host for `name`; of equals the first."""
    best: tuple[tuple[bool, int], Chain] | None = None
    for chain in chains:
        for wanted in chain.names or ("*",):
            rank = specificity(wanted.lower())
            if _takes(wanted.lower(), name) and (best is None or rank > best[0]):
                best = (rank, chain)
    return best[1] if best else None


def _takes(wanted: str, name: str) -> bool:
    if wanted == "*":
        return True
    return (
        name.endswith(wanted[1:]) and len(name) >= len(wanted) if wanted.startswith("*") else name == wanted
    )


def _no_port(front: Front, request: Request) -> str:
    ports = sorted({one.server.number for one in front.merged.served})
    told = ", ".join(map(str, ports)) or "none"
    behind = front.ports.behind(request.port)
    reached = "" if behind == request.port else f", which is port {behind} of the pods"
    return f"no server on port {request.port}{reached} (there are {told})"


def _taken(chain: Chain, request: Request) -> Step:
    served = chain.served
    server = served.server
    translated = "" if served.port == request.port else f" (port {served.port} of the pods)"
    because = f"{served} takes {server.protocol} on port {request.port}{translated}"
    evidence = Evidence(
        object=str(served.gateway.ref),
        field=f"spec.servers[{server.listener}].hosts",
        value=", ".join(server.hosts),
    )
    return Step(gate="listener", finding=passed(because, evidence))


def _refused(gateway: IstioGateway, because: str) -> Choice:
    evidence = Evidence(object=str(gateway.ref), field="spec.servers", value=None)
    return Choice(steps=(Step(gate="listener", finding=failed(because, evidence)),))
