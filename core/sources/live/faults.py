"""What may go wrong between here and an API server, as exceptions; the text of each is a reason, not yet a sentence."""


class AnswerError(Exception):
    """Base: there is no usable answer."""


class UnauthorisedError(AnswerError):
    """401: the API server does not know who asks."""


class ForbiddenError(AnswerError):
    """403: who asks may not read this."""


class AbsentError(AnswerError):
    """404: there is no such kind, or object."""


class GoneError(AnswerError):
    """410: the place in a list, or the version to watch from, is too old."""


class UnreachableError(AnswerError):
    """There was no answer, or not all of one. It may be worth another try."""


class UntrustedError(UnreachableError):
    """One of both sides does not trust the other's certificate, which may have been replaced."""


class BusyError(AnswerError):
    """429 or 5xx. `wait` is what the API server asks for, in seconds, None where it does not."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class UnusableError(AnswerError):
    """The answer is none that an API server gives: another try will hardly help."""
