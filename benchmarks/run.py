"""What waypath costs, as ratios within one run: machines differ, ratios much less.

    python3 dev.py bench [--sizes 1000,10000] [--rounds 5]

Aims: load + resolve at most 0.5 of `json.loads` of the same bytes; growth exponent of load + resolve at most 1.15; one
label flip at most 1/50 of a full resolve. Every figure is the best of its rounds, interleaved.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.synthetic import cluster
from core.edits import LabelEdit
from core.labels import INGRESS_USE_WAYPOINT
from core.paths import Resolution, resolve
from core.sources import read
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
    return seconds


def main() -> None:
    """Print the table and the ratios against their aims."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000", help="numbers of services, ascending")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    results = {size: measure(size, options.rounds) for size in sizes}
    print(f"{'services':>9} {'MB':>6} {'json.loads':>11} {'load':>8} {'resolve':>9} {'flip':>9}", end="")
    print(f" {'(load+resolve)/json.loads':>26} {'flip/resolve':>13}")
    for size, seconds in results.items():
        both = seconds["load"] + seconds["resolve"]
        print(
            f"{size:>9} {seconds['megabytes']:>6.0f} {seconds['json.loads']:>9.2f} s {seconds['load']:>6.2f} s "
            f"{seconds['resolve'] * 1e3:>6.0f} ms {seconds['flip'] * 1e3:>6.2f} ms "
            f"{both / seconds['json.loads']:>26.2f} {'1/' + format(seconds['resolve'] / seconds['flip'], '.0f'):>13}"
        )
    if len(sizes) > 1:
        small, large = results[sizes[0]], results[sizes[-1]]
        for step in ("load", "resolve"):
            exponent = math.log(large[step] / small[step]) / math.log(sizes[-1] / sizes[0])
            print(f"growth of {step}: exponent {exponent:.2f}")


if __name__ == "__main__":
    main()
