"""Mistakes that somebody could make in the product, and for each the test that notices it."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """One change of one text, which is in its file once."""

    test: str
    path: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}: {self.old!r} -> {self.new!r}"


def of(test: str, path: str, *changes: tuple[str, str]) -> list[Mutant]:
    return [Mutant(test, path, *change) for change in changes]


MUTANTS = [
    *of(
        "tests/jobs/schedule/test_options.py",
        "jobs/schedule/schedule.py",
        ('"misfire_grace_time": None', '"misfire_grace_time": 1'),
        ('"coalesce": True', '"coalesce": False'),
        ('"max_instances": 1', '"max_instances": 2'),
        ("executor=job.name", 'executor="rollups"'),
        ("min(TICK_SECONDS, job.seconds)", "TICK_SECONDS"),
        ("abs(self._ahead - before) > 1", "self._ahead - before > 1"),
        ("job.modify(next_run_time=wall_time())", "job.modify()"),
    ),
    *of(
        "tests/jobs/refresh/test_refresh.py",
        "jobs/refresh/refresh.py",
        ("done + refresh_live(connection)", "done"),
        ("is_live=False", "is_live=True"),
        ("start = end", "start = window.to_time"),
    ),
    *of(
        "tests/jobs/schedule/test_options.py",
        "jobs/schedule/jobs.py",
        ("can_wait=True", "can_wait=False"),
        ("settings.rollup_seconds", "settings.snapshot_seconds"),
    ),
    *of(
        "tests/jobs/schedule/test_processes.py",
        "jobs/schedule/process.py",
        (
            "min(monotonic() - self._looked, 2 * BEAT_SECONDS)",
            "monotonic() - self._looked",
        ),
        ("fallback_application_name=name", 'fallback_application_name=""'),
    ),
    *of(
        "tests/sql/test_claim_run.py",
        "sql/logic/80_schedule/run_is_due.sql",
        ("OR job.due_at > p_now + job.every", ""),
        ("AND (run.job IS NULL OR NOT ops.is_alive(run.pid, run.backend_start))", ""),
    ),
    *of(
        "tests/sql/test_claim_run.py",
        "sql/logic/80_schedule/is_alive.sql",
        ("session.backend_start = p_backend_start", "TRUE"),
    ),
    *of(
        "tests/db/test_listen.py",
        "db/listen.py",
        (
            "return monotonic() - self.heard_at < 3 * self.probe_seconds",
            "return True",
        ),
        ("< 3 * self.probe_seconds", "< 300 * self.probe_seconds"),
        ("< 3 * self.probe_seconds", "< 1 * self.probe_seconds"),
        ("if not self.connected or self.heard_at is None", "if self.heard_at is None"),
        ("            self.heard_at = None\n", ""),
        ("if self._probe_is_out and is_silent", "if self._probe_is_out"),
        ("if self._probe_is_out and is_silent", "if False"),
        ("self._connection is None or self._connection.closed", "False"),
        ("elif payload == HELLO", "elif False"),
        (
            "self._connection, self.connected = None, False\n            await",
            "self._connection = None\n            await",
        ),
    ),
    *of(
        "tests/jobs/pricing/test_pricing.py",
        "jobs/pricing/pricing.py",
        (
            "takes &= (own.status != IvStatus.FEED) & (refused == 0)",
            "takes &= refused == 0",
        ),
        (
            "takes &= (own.status != IvStatus.FEED) & (refused == 0)",
            "takes &= own.status != IvStatus.FEED",
        ),
        ("missing = np.isnan(iv)", "missing = np.ones(len(rows), bool)"),
        ("carried = missing & (mid > 0)", "carried = (mid > 0)"),
        ("np.where(is_fed, own, figure)", "figure"),
        ("fed[is_fed] |= FED[name]", "fed[is_fed] = FED[name]"),
        ("        missing &= ~carried\n", ""),
        ("~(time_value > spread)", "(time_value < spread)"),
        ("(bid > 0) & (ask > 0)", "ask > 0"),
        ("two_sided & (ask < bid)", "two_sided & (ask <= bid)"),
        ("np.fmax(mid, WIDEST_TICKS * tick)", "mid"),
        ("np.fmax(mid, WIDEST_TICKS * tick)", "WIDEST_TICKS * tick"),
    ),
    *of(
        "tests/jobs/pricing/test_pricing.py",
        "jobs/pricing/pricer.py",
        ("<= solved.quote_time", "< solved.quote_time"),
        ('symbols[first["symbol"]],', '"",'),
        ("prices[first], {})", "prices[first], {(9_000, 24_800.0): (0.9, 0.9)})"),
        (
            "newest = dict(sorted(self.solved))",
            "newest = dict(sorted(self.solved)[:1])",
        ),
        ('int(first["quote_time"]) // self.second_us', "0"),
    ),
    *of(
        "tests/db/test_lock.py",
        "db/lock.py",
        ("holder.transaction(force_rollback=True)", "holder.transaction()"),
        ('        holder.execute(query("hold_on"))\n', ""),
        (
            "if monotonic() >= ends:\n            return False",
            "if False:\n            pass",
        ),
        ("max(round(seconds * 1000), 1)", "round(seconds)"),
        ("patience = NAMED_SECONDS", "patience = 0"),
        ("min(patience, ends - monotonic())", "patience"),
        (
            "except psycopg.errors.LockNotAvailable:\n        return False",
            "except psycopg.errors.LockNotAvailable:\n        return True",
        ),
    ),
    *of(
        "tests/db/test_session.py",
        "db/session.py",
        (
            '                await session.execute(query("read_for"), [reader])',
            "                pass",
        ),
        (
            "        async with session.pipeline():\n            if reader",
            "        if True:\n            if reader",
        ),
        ("        await forget_statements(session)\n        raise", "        raise"),
        (
            "except psycopg.errors.InvalidParameterValue:",
            "except psycopg.errors.DivisionByZero:",
        ),
        (
            'BEGIN READ WRITE")\n            await session.execute(query(name)',
            'BEGIN")\n            await session.execute(query(name)',
        ),
        (
            "session.execute(query(name), parameters)\n"
            '            await session.execute("COMMIT")\n',
            "session.execute(query(name), parameters)\n",
        ),
        (
            "        or state.transaction_status != psycopg.pq.TransactionStatus.IDLE\n",
            "",
        ),
        ("return await asyncio.shield(task)", "return await task"),
        ("        await asyncio.wait([task])\n", ""),
        ("        task.cancel()\n", ""),
    ),
    *of(
        "tests/jobs/ingest/test_store.py",
        "jobs/ingest/store.py",
        (
            "with self.connection.transaction(), self.connection.cursor() as cursor",
            "with self.connection.cursor() as cursor",
        ),
        ("LIVE_AHEAD if is_live else RECORDED_AHEAD", "RECORDED_AHEAD"),
        ("            self.unpruned = 0\n", ""),
        ("added and self.unpruned >= PRUNE_REJECTS", "self.unpruned > PRUNE_REJECTS"),
        ("ahead and monotonic() >= self.say_ahead_at", "ahead"),
        ("        self.declared |= codes\n", ""),
        ('[each for each in rejects if each.reason != "ahead_of_market"]', "[]"),
        (
            "contextlib.suppress(psycopg.errors.CheckViolation)",
            "contextlib.suppress(ValueError)",
        ),
        ('batch.symbols[batch.rows["symbol"][row_no]]', "batch.symbols[0]"),
        ("self.known_years |= {each for each in new if each[0] in known}", "pass"),
        ("(times - day, times + day)", "(times, times)"),
        (
            "np.flatnonzero(keys[1:] != keys[:-1]) + 1",
            "np.flatnonzero(keys[1:] != keys[:-1])",
        ),
        ("chains.get(key, unknown)", "chains.get(key, (0, 0, 0))"),
        ("whole[: len(prices)] = prices\n", "\n"),
    ),
    *of(
        "tests/api/access/test_key_table.py",
        "api/access/keys.py",
        ("        before, self.by_name", "        before, _"),
        ("self._changes += before != self.by_name", "self._changes += bool(before)"),
        ("if monotonic() - self._looked > MISS_SECONDS", "if True"),
        ("if monotonic() - self._looked > MISS_SECONDS", "if False"),
        ("self.by_name.get(key.name) == own", "key.name in self.by_name"),
        ("own = key._replace(session=None)", "own = key"),
        (
            "        if key.session is not None and not self.sessions.holds(key.session):\n            return False\n",
            "",
        ),
        ("self.key_streams if row.streams is None else row.streams", "row.streams"),
        ("return self._changes + self.sessions.ended", "return self._changes"),
        ("                await self.sessions.look()\n", ""),
        ("except DatabaseError as error:", "except ZeroDivisionError as error:"),
        (
            "return None if words is None else frozenset(words)",
            "return frozenset(words or ())",
        ),
        ("[self.owners] if self.owners else []", "[]"),
    ),
    *of(
        "tests/api/server/test_connection_limits.py",
        "api/server/connection_limits.py",
        ("len(own) >= self.limits.per_address", "len(own) > self.limits.per_address"),
        (
            "len(self.open) < self.limits.connections",
            "len(self.open) <= self.limits.connections",
        ),
        ("own if has_too_many else self.waiting", "self.waiting"),
        ("            del unknown[peer]\n", ""),
        ("sum(each.is_busy for each in unknown) > most", "len(unknown) > most"),
        ("peer.since > before", "peer.since >= before - 1000"),
        ("if peer.is_droppable()", "if True"),
        ("bool(self.limits.per_address) and not", "not"),
        (
            "        self.waiting.pop(peer, None)\n        self.know(peer)\n        peer.drop()",
            "        peer.drop()",
        ),
    ),
    *of(
        "tests/db/install/test_render.py",
        "db/install/render.py",
        ('if only[1] == engine else ""', 'if True else ""'),
        (
            r'rf"time_bucket(\1, {bucket_origin()})"',
            r'r"time_bucket(\1)"',
        ),
        ('place = "1" if call[1] == "first"', 'place = "1" if call[1] == "last"'),
        ("count({call[2] if known else '*'})", "count(*)"),
        ("{time} < p_to", "{time} <= p_to"),
        ("source.symbol = p_symbol", "TRUE"),
        ("sorted(renamed, key=len, reverse=True)", "sorted(renamed, key=len)"),
        ("if rollup.source in BASES", "if True"),
        ("{wanted['width']}", "1 day"),
        ('(?=\\b|_)")', '(?=\\b)")'),
    ),
    *of(
        "tests/attack/test_causes.py",
        "db/causes.py",
        ('    "53300": CONNECTIONS,\n', ""),
        ('    "40P01": BUSY,\n', ""),
        ('    ("no pg_hba.conf entry", ROLE),\n', ""),
        ('    ("the database system is", STARTING),\n', ""),
        ("known or (OTHER if is_servers else None)", "known or OTHER"),
        ("known or (OTHER if is_servers else None)", "known"),
        ("by_diagnosis(error) or ", ""),
        ("part in text), UNREACHABLE)", "part in text), OTHER)"),
        ("        return NO_FREE_CONNECTION\n", "        return OTHER\n"),
        ('if error.diag.source_function == "PreCommit_Notify"', "if False"),
    ),
    *of(
        "tests/api/events/test_hub.py",
        "api/events/hub.py",
        ("if event.position.id != self.position.id + 1", "if False"),
        (
            "or event.position.epoch != self.position.epoch:\n            return False",
            "and False:\n            pass",
        ),
        (
            "            return True\n        if event.position.id",
            "            pass\n        if event.position.id",
        ),
        ("missing > len(self.ring)", "missing > len(self.ring) + 1"),
        ("        self.ring.clear()\n", ""),
        ("        self.ring_bytes = 0\n        for", "        for"),
        (
            "return events > self.events or size > self.bytes",
            "return events > self.events",
        ),
        (
            "        if not self._pressed:\n            self._relief.set()",
            "        self._relief.set()",
        ),
        ("self.position.epoch == position.epoch and", "True and"),
        ("self._relief.clear()", "pass"),
        (
            "async with asyncio.timeout(RELIEF_SECONDS)",
            "async with asyncio.timeout(None)",
        ),
    ),
    *of(
        "tests/api/streams/test_fanout.py",
        "api/streams/fanout.py",
        ("        if reader.is_busy:\n            continue\n", ""),
        (
            "if self._work >= WORK or self._spent >= SLICE_SECONDS:\n                await",
            "if False:\n                await",
        ),
        ("and 0 <= reader.seen <= heartbeat.upto", "and True"),
        ("if is_even and broadcast.pending(reader.seen) is None", "if is_even"),
        ("self._put(broadcast.payer, broadcast)", 'self._put("", broadcast)'),
        ("if not turn.done.done()", "if True"),
        ("        self._quiet.pop(broadcast, None)\n\n", "\n"),
        ("            line.waiting.pop(broadcast, None)\n", "            pass\n"),
        (
            "is not None:\n            self._quiet[broadcast] = monotonic()",
            "is not None:\n            self._quiet[broadcast] = 0",
        ),
        ("if reader.seen != seen or reader.key is not key", "if burst is None"),
    ),
    *of(
        "tests/api/streams/test_throttle.py",
        "api/streams/throttle.py",
        ("self._last + self.seconds)", "self._last)"),
        ("        self._due.pop(broadcast, None)\n", ""),
        ("        self._waiting.pop(broadcast, None)\n", ""),
        ("self._tick, at)", "self._tick, at + self.seconds)"),
        (
            "self._last = at",
            "self._last = asyncio.get_running_loop().time() + self.seconds",
        ),
        ("islice(self._due, AT_ONCE)", "self._due"),
        ("            elif self._waiting:\n                self._set_timer()\n", ""),
        ("            self._timer.cancel()\n", "            pass\n"),
        ("loop.time() + GATHER_SECONDS", "loop.time()"),
    ),
    *of(
        "tests/api/streams/test_panel.py",
        "api/chains/expiry_chain.py",
        ("if row.newest > since or not was_in", "if row.newest > since"),
        ("if self._moved[-1] > since else now", "if False else now"),
        ("headed <= since:", "True:"),
        (
            "is_newest = times[0] > times[1] or (",
            "is_newest = times[0] >= times[1] or (",
        ),
        ("lowest <= self._head_strike", "lowest < self._head_strike"),
        (
            "        if money != self._money[-1]:\n            self._places.clear()\n",
            "",
        ),
        (
            "            self._places.clear()\n            self._delisted.pop",
            "            self._delisted.pop",
        ),
    ),
    *of(
        "tests/api/chains/test_expiry_chain.py",
        "api/chains/expiry_chain.py",
        ("self.since = self._moved[0]", "pass"),
        ("max(bisect_right(self._moved, id) - 1, 0)", "0"),
        ("elif money != self._money[-1]", "elif True"),
    ),
    *of(
        "tests/api/chains/test_strike.py",
        "api/chains/strike.py",
        ("if new != old]", "if True]"),
        ("        self._kept.clear()\n\n", "\n"),
        (
            "            self._kept.clear()\n            self._kept_since",
            "            self._kept_since",
        ),
        ("self._stale += places", "self._stale = places"),
        ('if since == ALL else ""', 'if True else ""'),
    ),
    *of(
        "tests/api/chains/test_window.py",
        "api/chains/window.py",
        (
            "underlying - below:\n        return",
            "underlying - below + 1:\n        return",
        ),
        (
            "strikes[above] - underlying < underlying",
            "strikes[above] - underlying <= underlying",
        ),
        ("reach = (levels + 0.5) * money.gap", "reach = levels * money.gap"),
        ("self.above < strike <= self.upto", "self.above <= strike <= self.upto"),
        ("self.above < strike <= self.upto", "self.above < strike < self.upto"),
        ("math.nextafter(lowest, -math.inf)", "lowest"),
        (
            "if above == 0:\n        return Money(strikes[0], gap)",
            "if above == 0:\n        return Money(None, gap)",
        ),
        (
            "first = bisect_right(strikes, self.above)",
            "first = bisect_right(strikes, self.above) + 1",
        ),
    ),
    *of(
        "tests/api/chains/test_market.py",
        "api/chains/market.py",
        ("elif event.symbol in self.chains", "else"),
        (
            'if event.topic == "chain" and event.symbol == symbol',
            'if event.topic == "chain"',
        ),
        ("        self.chains.clear()\n", ""),
        ("        self.restarts += 1\n", ""),
        ("self._to_notify.pop(symbol, ())", "self._to_notify.get(symbol, ())"),
        ("if not event.expiry or not wanted", "if not event.expiry"),
        ("        self.passing.pop(shown, None)\n", ""),
        ("            self._to_notify[symbol].discard(shown)\n", ""),
        ("        if not fields.users:\n", "        if True:\n"),
        (
            '            logger.warning("event_ignored cause=%s", one_line(error))\n            return\n',
            "            return\n",
        ),
    ),
    *of(
        "tests/api/chains/test_bar_market.py",
        "api/chains/read_market.py",
        (
            "self.version_of(event) > self.version",
            "self.version_of(event) >= self.version",
        ),
        ("if read.version < self.version_of(self._waiting[0])", "if False"),
        ("if not self.chains.keys() <= read.updates.keys()", "if False"),
        ("        self._waiting.clear()\n", ""),
        (
            "        self.version = read.version\n        self._pass_read()",
            "        self._pass_read()",
        ),
        ("bool(self.chains) and self.version_of", "self.version_of"),
        ("super().hold(symbol, read, self.at)", "super().hold(symbol, read, id)"),
    ),
    *of(
        "tests/api/chains/test_updates.py",
        "api/chains/updates.py",
        ("(KeyError, TypeError, AttributeError)", "(TypeError, AttributeError)"),
        ("(KeyError, TypeError, AttributeError)", "KeyError"),
        ('body.get("expired", False)', "False"),
    ),
    *of(
        "tests/jobs/live/feeds/test_kite_packets.py",
        "jobs/live/feeds/kite_packets.py",
        ("DIVISORS[3] = 1e7", "DIVISORS[3] = 1e6"),
        ("DIVISORS[[6, 12]] = 1e4", "DIVISORS[[6]] = 1e4"),
        ('("oi", ">u4", 48)', '("oi", ">u4", 52)'),
        ('("ask", ">i4", 128)', '("ask", ">i4", 124)'),
        ("        price[price == 0] = np.nan\n", ""),
        ("[np.isnan(rows[side])] = UNKNOWN", "[:0] = UNKNOWN"),
        ("np.where(since > 0,", "np.where(since > -(2**40),"),
        ("return here[: other[0]]", "return here"),
        ("        at += records.nbytes\n", "        at += length + HEAD\n"),
        ("np.argsort(numbers, kind", "np.argsort(-numbers, kind"),
        ('reasons["negative"] |= records[name] < 0', "pass"),
    ),
    *of(
        "tests/jobs/live/feeds/test_upstox_messages.py",
        "jobs/live/feeds/upstox_messages.py",
        ('for name in ("ltp", "iv", "oi"):', 'for name in ("ltp", "iv"):'),
        ('(said["volume"] != 0) | is_new', 'said["volume"] != 0'),
        ('(said["volume"] != 0) | is_new', 'said["is_option"]'),
        ("np.where(said[side] == 0, np.nan, said[side])", "said[side]"),
        ('    is_stamped &= ~said["is_option"]\n', ""),
        (
            "put(rows, name, said[name], has_greeks)",
            "put(rows, name, said[name], said[name] != 0)",
        ),
        ('~negative & ~(said["oi"] <= MOST)', '~negative & (said["oi"] > MOST)'),
        ("market.depth.levels[0]", "market.depth.levels[-1]"),
    ),
    *of(
        "tests/jobs/live/test_history.py",
        "jobs/live/history.py",
        ("LAST_SECOND = 59 * SECOND", "LAST_SECOND = 60 * SECOND"),
        ('np.cumsum(candles["volume"])', 'candles["volume"]'),
        ('side="right"', 'side="left"'),
        ("(quoted >= start) & (quoted < end)", "(minutes >= start) & (minutes < end)"),
        ("is_traded |= known", "is_traded &= known"),
    ),
    *of(
        "tests/jobs/live/test_paced.py",
        "jobs/live/paced.py",
        ("await self._turn()", "pass"),
        ("sleep(2**tried)", "sleep(1)"),
        ("except RefusedError:", "except AssertionError:"),
    ),
    *of(
        "tests/jobs/live/feeds/test_kite.py",
        "jobs/live/feeds/kite.py",
        (
            "frame.read_at >= self._list.until:\n            fetched",
            "True:\n            fetched",
        ),
        ('if frame.data[:1] == b"{":', "if False:"),
        (
            "                if self._list and frame.read_at >= self._list.until:\n                    return\n",
            "",
        ),
        (
            '{"a": "mode", "v": ["full", tokens]}',
            '{"a": "mode", "v": ["quote", tokens]}',
        ),
    ),
]
