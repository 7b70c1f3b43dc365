"""A connection: the time it has to send a request, and to take an answer.

A whole head must come in time, however slowly it is sent. What cannot be read as a request is
answered in the form of every other error, and is worth one line of the log.
"""

import asyncio
import logging
from collections.abc import Hashable
from typing import Any

from aiohttp import StreamReader, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD

from pgstrike.api.addresses import source
from pgstrike.api.errors import ApiError, failed, in_json, raw_answer, response
from pgstrike.api.server.connection_limits import Connections
from pgstrike.api.server.quick import QuickAnswers
from pgstrike.api.server.quick_parser import QuickParser
from pgstrike.api.server.request_head import (
    HEAD_BYTES,
    MOST_HEADERS,
    RequestHead,
    too_late,
    too_long,
    unreadable,
)
from pgstrike.api.streams.connection import StreamConnection

logger = logging.getLogger(__name__)

# asyncio would make a buffer for each read, which costs more than the rest of a short request.
_read = memoryview(bytearray(262_144))
SENDING_SECONDS = 30.0  # in which some of an answer must be taken


class HttpConnection(web.RequestHandler, asyncio.BufferedProtocol):
    """One connection, from its first byte to its last."""

    __slots__ = (
        "_head",
        "_timer",
        "all",
        "held",
        "is_busy",
        "leads",
        "quick",
        "reader",
        "since",
        "source",
    )

    def __init__(
        self,
        server: web.Server,
        everyone: Connections,
        address: str,
        quick: QuickAnswers,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=everyone.limits.idle_seconds,
            lingering_time=everyone.limits.header_seconds,  # for a body nobody wants
            max_headers=MOST_HEADERS,
            max_line_size=HEAD_BYTES,
            max_field_size=HEAD_BYTES,
            auto_decompress=False,
            **kwargs,
        )
        self.all = everyone
        self.quick = quick
        self.source = source(address)
        self.since = self._loop.time()  # when it began to wait
        self.is_busy = False  # with a request
        self.held: RawRequestMessage | None = None
        self.reader: StreamConnection | None = None  # of the stream that it carries
        self.leads: Hashable = None
        self._head = RequestHead()
        self._timer: asyncio.TimerHandle | None = None
        # It has aiohttp's parser read each request, and passes on what is not answered.
        self._parser: Any = QuickParser(self._parser, self.answer_quickly)
        self.all.add(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._expect(self.all.limits.header_seconds)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self.reader is not None:
            self.reader.lose()
        self.forget()
        super().connection_lost(exc)

    def forget(self) -> None:
        """Count it no longer."""
        self._cancel()
        self.held = None
        self.quick.release(self)
        self.all.remove(self)

    def is_droppable(self) -> bool:
        return not self.is_busy and self.transport is not None

    def drop(self) -> None:
        """Close it for another, without a word."""
        if self.transport is not None:
            self.transport.abort()

    def get_buffer(self, sizehint: int) -> memoryview:
        """The one buffer of all connections; `buffer_updated` copies what was read into it."""
        return _read

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(_read[:nbytes]))

    def data_received(self, data: bytes) -> None:
        if self.held is not None:
            self._pass_on()  # answers keep the order of requests
        if self._head.is_awaited and not self._head.take(data):
            self._refuse(too_long("The request's head"))
        super().data_received(data)
        if self._head.size and self._timer is None and not self.is_busy:
            self._expect(self.all.limits.header_seconds)

    def answer_quickly(self, message: RawRequestMessage, payload: StreamReader) -> bool:
        """Answer a request that came before, where nothing else waits; perhaps in a while."""
        transport = self.transport
        if (
            # aiohttp's timer of an idle connection runs since its first answer.
            self._keepalive_handle is None
            or self.is_busy
            or self._messages
            or payload is not EMPTY_PAYLOAD
            or transport is None
            or transport.is_closing()
            or transport.get_write_buffer_size()
        ):
            return False
        answer = self.quick.find(message)
        if answer is not None:
            self._send(transport, answer)
        elif self.quick.waits(message, self):
            self._cancel()
            self.is_busy = True
            self.all.waiting.pop(self, None)
        else:
            return False
        return True

    def settle(self, answer: bytes | None) -> None:
        """Send the answer that its request waited for, or its request the long way."""
        transport = self.transport
        if answer is None or transport is None or transport.is_closing():
            self._pass_on()
            return
        self.held = None
        self.is_busy = False
        self._send(transport, answer)

    def _pass_on(self) -> None:
        """Have aiohttp take up the request that waits, if one does."""
        message, self.held = self.held, None
        if message is None:
            return
        self._messages.append((message, EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _send(self, transport: asyncio.WriteTransport, answer: bytes) -> None:
        self._cancel()
        self._parser.message_consumed()
        transport.write(answer)
        self._head.is_awaited = True
        self.since = self._loop.time()
        self._next_keepalive_close_time = self.since + self._keepalive_timeout
        self.all.know(self)
        self.all.waiting.pop(self, None)
        self.all.wait(self)
        if transport.get_write_buffer_size():
            self._watch_sending(0)

    def begin(self, request: web.BaseRequest) -> None:
        """A request has come in whole, its body aside."""
        self._cancel()
        self.is_busy = True
        self._head.is_awaited = not request.body_exists
        self.all.take_up(self)

    async def finish_response(
        self,
        request: web.BaseRequest,
        resp: web.StreamResponse,
        start_time: float | None,
    ) -> tuple[web.StreamResponse, bool]:
        self._watch_sending(0)
        try:
            return await super().finish_response(request, in_json(resp), start_time)
        finally:
            self.quick.release(self)
            self._end(request.content)

    def close(self) -> None:
        """End it after the request that it has."""
        self._pass_on()
        super().close()

    def _process_keepalive(self) -> None:
        """aiohttp's look at whether it is idle."""
        if self.held is not None:
            seconds = self._keepalive_timeout
            self._next_keepalive_close_time = self._loop.time() + seconds
        super()._process_keepalive()

    def _end(self, body: StreamReader) -> None:
        """Wait for the next request."""
        self._cancel()
        self.is_busy = False
        self._head.is_awaited = body.is_eof()
        self.since = self._loop.time()
        if self.transport is not None and not self.transport.is_closing():
            self.all.wait(self)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What cannot be read as a request is worth one line, and no traceback."""
        if status >= 500:
            logger.error("request_failed remote=%s", self.source, exc_info=exc)
            error = failed()
        else:
            logger.warning(
                "bad_request remote=%s cause=%s", self.source, type(exc).__name__
            )
            error = unreadable(exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already")
        answer = response(error)
        answer.force_close()
        return answer

    def _expect(self, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._time_out)

    def _time_out(self) -> None:
        self._timer = None
        logger.warning("head_timed_out remote=%s", self.source)
        if self._head.size:
            self._refuse(too_late())
        else:
            self.force_close()

    def _watch_sending(self, unsent_before: int) -> None:
        """End it if nothing of an answer is taken for a while."""
        self._cancel()
        if self.transport is None:
            return
        unsent = self.transport.get_write_buffer_size()
        if not (unsent or self.is_busy):
            return
        if unsent and unsent == unsent_before:
            logger.warning("answer_not_taken remote=%s", self.source)
            self.transport.abort()
            return
        self._timer = self._loop.call_later(
            SENDING_SECONDS, self._watch_sending, unsent
        )

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, error: ApiError) -> None:
        if self.transport is not None and not self.is_busy:
            self.transport.write(raw_answer(error))
        self.force_close()
