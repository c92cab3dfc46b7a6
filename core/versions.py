"""Controller versions, and the profile that a version follows."""

import re
from collections.abc import Sequence

from core.model import Row

_PATTERN = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+.].*)?", re.DOTALL)


class Version(Row, order=True):
    """A release. A pre-release counts as its release: 1.31.0-rc.0 behaves as 1.31."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}" + (f".{self.patch}" if self.patch else "")


def parse_version(text: str) -> Version | None:
    """The version in `2.1`, `v2.1.2` or `1.31.0-rc.0`; None for anything else (`main`, `latest`, a digest)."""
    match = _PATTERN.fullmatch(text.strip())
    if match is None:
        return None
    major, minor, patch = match.groups()
    return Version(major=int(major), minor=int(minor), patch=int(patch or 0))


class Profile(Row):
    """The version that decides, and what is behind it.

    `version` is the one to compare rules with. `assumed` is set where the source tells no version, or one
    newer than any that was observed; `follows` is the observed version whose behaviour is taken.
    """

    version: Version
    follows: Version
    assumed: bool
    origin: str
    """Where the version was read, or why it is assumed."""


def profile_for(observed: Sequence[Version], version: Version | None, origin: str) -> Profile:
    """The profile for `version`, None meaning that the source does not tell: then the newest of `observed`.

    A version between two observed ones follows the lower; one older than all, the oldest; one newer, the newest.
    """
    newest = observed[-1]
    if version is None:
        return Profile(version=newest, follows=newest, assumed=True, origin=origin)
    follows = max((one for one in observed if one <= version), default=observed[0])
    newer = (version.major, version.minor) > (newest.major, newest.minor)
    return Profile(version=version, follows=follows, assumed=newer, origin=origin)
