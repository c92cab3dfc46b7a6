#!/usr/bin/env python3
"""Build what the tests against a real API server need: kube-apiserver, etcd and the CRDs of the mesh.

    python3 tools/apiserver/build.py            build unless it is cached, and print the folder
    python3 tools/apiserver/build.py --where    print the folder, whether or not it is there

The folder is ${XDG_CACHE_HOME:-~/.cache}/waypath/apiserver/KEY, where KEY follows from go.mod, go.sum and the versions
below. It holds `kube-apiserver` and `etcd`, so that it can be named by KUBEBUILDER_ASSETS, and `crds/`: the resource
definitions of Gateway API and Istio, copied out of the Go module cache. A first build takes several minutes on two
cores and needs Go, and either the modules in Go's cache or a way to a module proxy. Needs nothing else but Python.

Exit codes: 0 the folder is complete; 1 it can't be made here, and standard error says why.
"""

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parent
KUBERNETES = "v1.37.2"
BINARIES = ("etcd", "kube-apiserver")
CRDS = {
    # module@version: its checksum as go.sum would have it, and the files within
    "sigs.k8s.io/gateway-api@v1.6.3": (
        "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
        "config/crd/experimental/*.k8s.io_*.yaml",
    ),
    "istio.io/api@v1.31.4": (
        "h1:AcnncYrlDj1PJkym7h88Gggkef4MAra8QpGaXRMsr+E=",
        "kubernetes/customresourcedefinitions.gen.yaml",
    ),
}
NOT_CRDS = ("vap_safeupgrades",)
"""Admission policies lie among the CRDs; they would keep the experimental ones out."""
LONGEST_BUILD = 25 * 60
"""Seconds after which a build is given up, whatever it waits for. On two cores a first one takes 7 minutes."""
LONGEST_DOWNLOAD = 4 * 60
"""Seconds for the first modules, by which it shows whether there is a way to a module proxy."""
ABANDONED = 24 * 60 * 60
"""Seconds after which a folder that a build left behind, when it was killed, is taken away."""


class NotHereError(Exception):
    """Why the folder can't be made on this machine."""


def folder() -> Path:
    """Where what is built for these very versions belongs."""
    inputs = [(SOURCE / name).read_bytes() for name in ("go.mod", "go.sum")]
    inputs.append(repr((KUBERNETES, sorted(CRDS.items()))).encode())
    digest = hashlib.sha256(b"\0".join(inputs)).digest()
    key = base64.b32encode(digest[:10]).decode().lower()
    return _cache() / "waypath" / "apiserver" / key


def _cache() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    if named.startswith("/"):  # a relative one is to be ignored, says its specification
        return Path(named)
    try:
        return Path.home() / ".cache"
    except RuntimeError as error:
        raise NotHereError("there is no home directory to keep it in: set HOME or XDG_CACHE_HOME") from error


def is_complete(place: Path) -> bool:
    """Whether the folder has everything; it is moved into its place only when it has."""
    return all(os.access(place / name, os.X_OK) for name in BINARIES) and (place / "crds").is_dir()


def build(place: Path) -> None:
    """Make the folder beside its place, then move it there, so that no half of it is ever found."""
    if shutil.which("go") is None:
        raise NotHereError("Go is not on the PATH")
    place.parent.mkdir(parents=True, exist_ok=True)
    clear_abandoned(place.parent)
    work = Path(tempfile.mkdtemp(prefix=".building-", dir=place.parent))
    try:
        say("building kube-apiserver and etcd; the first time takes several minutes")
        started = time.monotonic()
        end = started + LONGEST_BUILD
        take_crds(work / "crds", started + LONGEST_DOWNLOAD)
        version = "k8s.io/component-base/version"
        major, minor, _ = KUBERNETES.removeprefix("v").split(".")
        stamp = f"-X {version}.gitVersion={KUBERNETES} -X {version}.gitMajor={major} -X {version}.gitMinor={minor}"
        compile_program("go.etcd.io/etcd/server/v3", work / "etcd", "-s -w", end)
        compile_program(
            "k8s.io/kubernetes/cmd/kube-apiserver", work / "kube-apiserver", f"-s -w {stamp}", end
        )
        work.chmod(0o755)
        if not is_complete(place):  # else another build was faster, and its programs may be running
            shutil.rmtree(place, ignore_errors=True)
            work.replace(place)
        say(f"built in {time.monotonic() - started:.0f} s")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def clear_abandoned(cache: Path) -> None:
    """Take away what builds left behind that were killed."""
    for left in cache.glob(".building-*"):
        if time.time() - left.stat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)


def compile_program(package: str, binary: Path, ldflags: str, end: float) -> None:
    """One program, in Go's usual way; what Go caches makes the next build short."""
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ldflags]
    go("build", *flags, "-o", str(binary), package, end=end)


def take_crds(place: Path, end: float) -> None:
    """The resource definitions out of their modules, whose contents must be those that the checksums name."""
    place.mkdir()
    for module, (checksum, pattern) in CRDS.items():
        told = json.loads(go("mod", "download", "-json", module, end=end))
        if told.get("Sum") != checksum:
            raise NotHereError(f"{module} has the checksum {told.get('Sum')}, not {checksum}")
        files = sorted(Path(told["Dir"]).glob(pattern))
        wanted = [file for file in files if not any(word in file.name for word in NOT_CRDS)]
        if not wanted:
            raise NotHereError(f"{module} has no {pattern}")
        for file in wanted:
            (place / file.name).write_bytes(file.read_bytes())


def go(*arguments: str, end: float) -> str:
    """What Go prints; the toolchain that is installed is used, and no C compiler. `end` is by time.monotonic."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "", "GOWORK": "off"}
    try:
        done = subprocess.run(
            ["go", *arguments],
            cwd=SOURCE,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=max(1.0, end - time.monotonic()),
        )
    except subprocess.TimeoutExpired as error:
        raise NotHereError(
            f"`go {arguments[0]}` was not done in {error.timeout:.0f} s, and was ended"
        ) from error
    if done.returncode:
        told = f"{done.stderr}\n{_error_in(done.stdout)}"
        lines = [line for line in told.splitlines() if line and not line.startswith("go: downloading ")]
        raise NotHereError(f"`go {arguments[0]}` failed: {' | '.join(lines[-5:]) or 'it does not say why'}")
    return done.stdout


def _error_in(answer: str) -> str:
    """What `go mod download -json` says of a failure, which it prints with its data."""
    try:
        return str(json.loads(answer).get("Error", ""))
    except ValueError:
        return ""


def say(text: str) -> None:
    print(f"tools/apiserver/build.py: {text}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Print the folder, after building what is missing."""
    if arguments not in ([], ["--where"]):
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was begun is cleared away
    try:
        place = folder()
        if not arguments and not is_complete(place):
            build(place)
    except (NotHereError, OSError) as error:
        say(str(error))
        return 1
    print(place)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
