"""The errors of this client. Each has a stable `code` and a `message` to read.

PgstrikeError
 |- RequestError        the server refuses the request
 |- UnavailableError    the server cannot answer now, or cannot be reached
 |- FrameTooLongError   the stream holds a frame longer than max_frame_bytes
"""


class PgstrikeError(Exception):
    """Base of the errors that this package raises."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class RequestError(PgstrikeError):
    """The server refuses the request (HTTP 4xx). Sending it again does not help."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.status = status


class UnavailableError(PgstrikeError):
    """The server cannot answer now. The same request may succeed later.

    `status` is None where no answer came. `retry_after` is in seconds, and None where the
    server did not send one.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.retry_after = retry_after


class FrameTooLongError(PgstrikeError):
    """The stream holds a frame that is longer than the client may keep."""

    def __init__(self, most: int) -> None:
        super().__init__(
            "frame_too_long",
            f"a frame of the stream is longer than {most} bytes; "
            "ask for less, or raise max_frame_bytes",
        )
