"""Small feeds to read, and readers of them."""

import importlib.util
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pgstrike.db.paths import ROOT
from pgstrike.jobs.feed.ndjson import read_ndjson
from pgstrike.jobs.feed.nse_csv import read_nse_csv
from pgstrike.jobs.feed.times import microseconds
from pgstrike.jobs.quote import UNKNOWN, QuoteBatch, Reject

DATA = Path(os.environ.get("PGSTRIKE_DATA", ROOT.parent / "shared" / "data"))
LOTS = {"NIFTY": 75, "BANKNIFTY": 35}

LEG = {
    "OI": "69124.0",
    "Chng_in_OI": "-10.0",
    "Volume": "236846",
    "IV": "12.5",
    "LTP": "95.1",
    "Net_Chng": "1.5",
    "Bid_Qty": "1500",
    "Bid_Price": "94.9",
    "Ask_Price": "95.2",
    "Ask_Qty": "900",
}
CELLS = {
    "Fetch_Time": "29-Aug-2025 09:34:05",
    "Symbol": "NIFTY",
    "Expiry_Date": "02-Sep-2025",
    **{f"CALLS_{name}": cell for name, cell in LEG.items()},
    "Strike_Price": "24650",
    **{f"PUTS_{name}": cell for name, cell in LEG.items()},
    "collection_timestamp": "20250829_093513",
}
HEADER = ",".join(CELLS)
QUOTE = {
    "quote_time": "2025-08-29T04:05:13Z",
    "exchange_time": "2025-08-29T04:04:05Z",
    "symbol": "NIFTY",
    "expiry": "2025-09-02",
    "strike": 24600,
    "underlying": None,
    "call": {"ltp": 95.1, "bid": 94.9, "ask": 95.2, "volume": 17763450, "oi": 5184300},
    "put": {"ltp": 80.0, "iv": 0.1123, "delta": -0.4, "gamma": 0, "theta": -9.5},
}


def csv_file(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def csv_row(cells: Mapping[str, str] = {}) -> str:
    """A good row, save for these cells."""
    return ",".join({**CELLS, **cells}.values())


def csv_bytes(*rows: str, header: str = HEADER) -> bytes:
    """A whole file."""
    return "\n".join((header, *rows, "")).encode()


def read_csv(
    *rows: str, lots: Mapping[str, int] | int = 75, chunk_rows: int = 1000
) -> QuoteBatch:
    """What the CSV reader makes of these rows."""
    return joined(read_nse_csv(io.BytesIO(csv_bytes(*rows)), lots, chunk_rows))


def json_line(**fields: Any) -> str:
    """A good quote, save for these fields; one that is `...` is left out."""
    quote = {name: v for name, v in {**QUOTE, **fields}.items() if v is not ...}
    return json.dumps(quote)


def read_json(*lines: str | bytes) -> QuoteBatch:
    """What the NDJSON reader makes of these lines."""
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return joined(read_ndjson(io.BytesIO(b"\n".join(encoded))))


def joined(batches: Iterable[QuoteBatch]) -> QuoteBatch:
    """All batches of one feed as one."""
    every = list(batches)
    return QuoteBatch(
        np.concatenate([batch.rows for batch in every]),
        every[-1].symbols,
        [text for batch in every for text in batch.raw],
        [reject for batch in every for reject in batch.rejects],
        kinds=every[-1].kinds,
    )


def leg(batch: QuoteBatch, leg: str, row: int = 0) -> dict[str, float | None]:
    """One leg's figures, None where unknown."""
    names = [name for name in (batch.rows.dtype.names or ()) if name.startswith(leg)]
    return {
        name.removeprefix(f"{leg}_"): value(batch.rows[name][row]) for name in names
    }


def value(figure: Any) -> float | None:
    """A figure, None where unknown."""
    return None if figure == UNKNOWN or figure != figure else figure.item()


def only_reject(batch: QuoteBatch) -> Reject:
    """The one reject of a feed that has nothing else."""
    assert len(batch.rows) == 0
    [reject] = batch.rejects
    return reject


def utc(text: str) -> int:
    """A UTC time as QUOTE has it."""
    return microseconds(datetime.fromisoformat(text + "+00:00"))


def recorded(name: str) -> Path:
    """A recorded file, or skip."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"no recorded data: {path}")
    return path


def oracle(folder: str = "oracle_v2") -> ModuleType:
    """The oracle, which lies beside the data, or skip."""
    path = DATA.parent / folder / "session.py"
    if not path.exists():
        pytest.skip(f"no oracle: {path}")
    spec = importlib.util.spec_from_file_location("oracle_session", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def floats(column: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """A column with NaN for unknown figures."""
    return np.where(column == UNKNOWN, np.nan, column.astype(np.float64))
