"""The head of a request: its longest size, and the error for a head that cannot be read."""

from aiohttp.http_exceptions import LineTooLong

from pgstrike.api.errors import ApiError

MOST_HEADERS = 64
HEAD_BYTES = 32_768  # of a request: its first line and its headers
HEAD_END = b"\r\n\r\n"


class RequestHead:
    """How much has come of the head of the next request."""

    __slots__ = ("_tail", "is_awaited", "size")

    def __init__(self) -> None:
        self.is_awaited = True  # not where a body comes
        self.size = 0  # bytes of a head that has not come to its end
        self._tail = b""

    def take(self, data: bytes) -> bool:
        """Count a piece of it; False: the head is too long, in whatever pieces it comes."""
        if not self.size:
            data = data.lstrip(b"\r\n")  # may stand before a request
        if HEAD_END in self._tail + data:
            self.size, self._tail, self.is_awaited = 0, b"", False
            return True
        self.size += len(data)
        self._tail = data[-3:]
        return self.size <= HEAD_BYTES


def unreadable(error: BaseException | None) -> ApiError:
    """What to say of bytes that are no request."""
    if isinstance(error, LineTooLong):
        return too_long("A line of the request")
    return ApiError(
        400,
        "bad_request",
        "This is no HTTP request; send one of HTTP/1.1, with a Host.",
    )


def too_long(what: str) -> ApiError:
    return ApiError(
        431,
        "head_too_long",
        f"{what} is longer than {HEAD_BYTES} bytes; send a shorter one.",
    )


def too_late() -> ApiError:
    return ApiError(
        408,
        "request_timeout",
        "The request's head did not come in time; send it at once.",
    )
