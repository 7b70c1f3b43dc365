"""FastAPI that hands out the bytes of a file. Called with a port and the file."""

import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response

PORT, FILE = sys.argv[1:]
BODY = Path(FILE).read_bytes()
app = FastAPI()


@app.get("/{path:path}")
async def answer() -> Response:
    return Response(BODY, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(PORT), log_level="warning")
