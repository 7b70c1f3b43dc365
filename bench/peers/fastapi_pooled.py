"""FastAPI as a team writes it first: a pooled query, and a response model of its rows.

Called with a port, the file that names the database, and the query. Each column of the query is
a member of each row; every one but the first is a number or unknown.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

PORT, FILE = sys.argv[1:]
DSN, QUERY = Path(FILE).read_text().splitlines()


class Strike(BaseModel):
    """One row of a chain."""

    expiry: str
    strike: float
    call_ltp: float | None
    call_bid: float | None
    call_ask: float | None
    call_iv: float | None
    call_oi: int | None
    call_volume: int | None
    call_delta: float | None
    put_ltp: float | None
    put_bid: float | None
    put_ask: float | None
    put_iv: float | None
    put_oi: int | None
    put_volume: int | None
    put_delta: float | None


class Chain(BaseModel):
    """The rows of one expiry."""

    rows: list[Strike]


@asynccontextmanager
async def pooled(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(DSN, min_size=4, max_size=10) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=pooled)


@app.get("/v1/chain", response_model=Chain)
async def chain() -> Chain:
    rows = await app.state.pool.fetch(QUERY)
    return Chain(rows=[Strike(**row) for row in rows])


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="warning")
