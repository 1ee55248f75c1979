"""Why a request gets no verdict; each is an HTTP status and a sentence, and none of them lets a part pass."""

from __future__ import annotations

from adfw.errors import AdfwError


class Refused(AdfwError):  # noqa: N818 - it is an answer, not a failure of the service
    """A request without a verdict; the text is what the client reads."""

    status = 400
    retry_after: int | None = None


class Malformed(Refused):
    """A body or parameter that is none."""


class NoAccess(Refused):
    """A missing or wrong token."""

    status = 401


class Forbidden(Refused):
    """A page of another site, or a name this service does not go by."""

    status = 403


class Unknown(Refused):
    """A detector that is not served."""

    status = 404


class TooSlow(Refused):
    """A client that does not finish its request in time."""

    status = 408


class Conflict(Refused):
    """A part id that was answered for another image, or a change that cannot be made now."""

    status = 409


class TooLarge(Refused):
    """More bytes or images than the limits allow."""

    status = 413


class WrongType(Refused):
    """A content type nobody reads."""

    status = 415


class Unavailable(Refused):
    """Nothing can be scored or recorded at the moment; carries the seconds after which to try again."""

    status = 503

    def __init__(self, text: str, retry_after: int = 1) -> None:
        super().__init__(text)
        self.retry_after = retry_after
