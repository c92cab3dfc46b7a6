"""What waypath costs, as ratios within one run: machines differ, ratios much less.

    python3 dev.py bench [--sizes 1000,10000] [--rounds 5]

Aims: load + resolve at most 0.5 of `json.loads` of the same bytes; growth exponent of load + resolve at most 1.15; one
label flip at most 1/50 of a full resolve; one trace, after the first, at most 1/20 of a full resolve, also where all
routes of a gateway share a hostname. `--live` measures reading a cluster (benchmarks/live.py), `--page` a toggle in a
browser (benchmarks/toggle.py). Every figure is the best of its rounds, interleaved.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.synthetic import cluster, routes_of_one_host
from core.edits import LabelEdit
from core.labels import INGRESS_USE_WAYPOINT
from core.paths import Resolution, resolve
from core.sources import read
from core.trace.engine import Tracer
from core.trace.request import parse_request
from core.whatif import preview

Made = TypeVar("Made")


def timed(action: Callable[[], Made]) -> tuple[float, Made]:
    """Seconds that `action` takes, and what it gives."""
    start = time.perf_counter()
    made = action()
    return time.perf_counter() - start, made


def flip(resolution: Resolution, number: int) -> None:
    """Preview the label of one service, another at every call."""
    services = [key for key in resolution.cluster.services if key[1].startswith("svc-")]
    namespace, name = services[number * 7919 % len(services)]
    has = resolution.cluster.services[(namespace, name)].labels.get(INGRESS_USE_WAYPOINT) == "true"
    edit = LabelEdit(
        kind="service", namespace=namespace, name=name, set={INGRESS_USE_WAYPOINT: "false" if has else "true"}
    )
    preview(resolution, [edit])


def traced(tracer: Tracer, url: str) -> None:
    """Trace a request through the Gateway that all routes are at."""
    tracer.trace(tracer.resolution.cluster.gateways["infra", "http"], parse_request(url))


def measure_one_host(routes: int, rounds: int) -> dict[str, float]:
    """Seconds of a resolve and of a trace, for `routes` routes that share a hostname."""
    best: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "routes.json"
        file.write_bytes(routes_of_one_host(routes))
        loaded = read([str(file)])
        for number in range(rounds):
            seconds, resolution = timed(lambda: resolve(loaded.cluster))
            tracer = Tracer(resolution, loaded.policies)
            url = f"http://shop.example.test/svc-{number * 7919 % routes:05d}/x"
            traced(tracer, url)
            once, _ = timed(partial(traced, tracer, url))
            best["resolve"] = min(seconds, best.get("resolve", math.inf))
            best["trace"] = min(once, best.get("trace", math.inf))
    return best


def measure(services: int, rounds: int) -> dict[str, float]:
    """Seconds by step, for a cluster of `services`."""
    data = cluster(services)
    best: dict[str, float] = {"megabytes": len(data) / 1e6}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cluster.json"
        file.write_bytes(data)
        for number in range(rounds):
            for name, seconds in one_round(data, file, number).items():
                best[name] = min(seconds, best.get(name, math.inf))
    return best


def one_round(data: bytes, file: Path, number: int) -> dict[str, float]:
    """Seconds by step, each step once. The first flip works out look-ups that later ones share."""
    seconds = {}
    seconds["json.loads"], parsed = timed(lambda: json.loads(data))
    del parsed  # what it made would slow every collection after it
    seconds["load"], loaded = timed(lambda: read([str(file)]))
    seconds["resolve"], resolution = timed(lambda: resolve(loaded.cluster))
    seconds["first flip"], _ = timed(lambda: flip(resolution, number))
    seconds["flip"], _ = timed(lambda: flip(resolution, number + 1))
    tracer = Tracer(resolution, loaded.policies)
    seconds["first trace"], _ = timed(lambda: traced(tracer, "http://svc-00007.example.test/"))
    seconds["trace"], _ = timed(lambda: traced(tracer, f"http://svc-{number:05d}.example.test/"))
    return seconds


def main() -> None:
    """Print the table and the ratios against their aims."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000", help="numbers of services, ascending")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--live", action="store_true", help="measure reading a live cluster (benchmarks/live.py)"
    )
    parser.add_argument("--page", action="store_true", help="measure the page (benchmarks/toggle.py)")
    parser.add_argument("--clicks", type=int, default=40, help="of each page, with --page")
    options = parser.parse_args()
    if options.live:
        from benchmarks import live  # noqa: PLC0415 - it measures by what is above

        live.report(10_000, options.rounds)
        return
    if options.page:
        from benchmarks import toggle  # noqa: PLC0415 - it needs a browser's driver

        toggle.report(options.clicks)
        return
    sizes = [int(size) for size in options.sizes.split(",")]
    results = {size: measure(size, options.rounds) for size in sizes}
    print(
        f"{'services':>9} {'MB':>6} {'json.loads':>11} {'load':>8} {'resolve':>9} {'flip':>9} {'trace':>9}",
        end="",
    )
    print(f" {'(load+resolve)/json.loads':>26} {'flip/resolve':>13} {'trace/resolve':>14}")
    for size, seconds in results.items():
        both = seconds["load"] + seconds["resolve"]
        print(
            f"{size:>9} {seconds['megabytes']:>6.0f} {seconds['json.loads']:>9.2f} s {seconds['load']:>6.2f} s "
            f"{seconds['resolve'] * 1e3:>6.0f} ms {seconds['flip'] * 1e3:>6.2f} ms "
            f"{seconds['trace'] * 1e3:>6.2f} ms "
            f"{both / seconds['json.loads']:>26.2f} {'1/' + format(seconds['resolve'] / seconds['flip'], '.0f'):>13}"
            f" {'1/' + format(seconds['resolve'] / seconds['trace'], '.0f'):>14}"
        )
    if len(sizes) > 1:
        small, large = results[sizes[0]], results[sizes[-1]]
        for step in ("load", "resolve"):
            exponent = math.log(large[step] / small[step]) / math.log(sizes[-1] / sizes[0])
            print(f"growth of {step}: exponent {exponent:.2f}")
    shared = measure_one_host(sizes[-1], options.rounds)
    print(
        f"{sizes[-1]} routes of one hostname: resolve {shared['resolve'] * 1e3:.0f} ms, trace "
        f"{shared['trace'] * 1e3:.2f} ms, 1/{shared['resolve'] / shared['trace']:.0f} of it"
    )


if __name__ == "__main__":
    main()
