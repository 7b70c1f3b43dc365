// Built from clients/js by 'make clients'; do not edit.

// src/errors.ts
var PgstrikeError = class extends Error {
  code;
  constructor(code, message, options) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
};
var RequestError = class extends PgstrikeError {
  status;
  constructor(status, code, message) {
    super(code, message);
    this.status = status;
  }
};
var UnavailableError = class extends PgstrikeError {
  status;
  retryAfter;
  constructor(code, message, { status = null, retryAfter = null, cause } = {}) {
    super(code, message, cause === void 0 ? void 0 : { cause });
    this.status = status;
    this.retryAfter = retryAfter;
  }
};
var FrameTooLongError = class extends PgstrikeError {
  constructor(most) {
    super(
      "frame_too_long",
      `a frame of the stream is longer than ${most} bytes; ask for less, or raise maxFrameBytes`
    );
  }
};

// src/answer.ts
function parseAnswer(text) {
  const { columns, rows, event, clock } = parse(text);
  if (!Array.isArray(columns) || !Array.isArray(rows) || typeof event !== "string") {
    throw noAnswer();
  }
  return { columns, rows, event, clock: typeof clock === "string" ? clock : null, text };
}
function parseMetrics(text) {
  const { metrics } = parse(text);
  if (!Array.isArray(metrics)) throw noAnswer();
  return metrics.map(({ metric, parameters, columns, about }) => ({ name: metric, parameters, columns, about: about ?? "" }));
}
function eventOf(text) {
  const { event } = parse(text);
  if (typeof event !== "string") throw noAnswer();
  return event;
}
function parse(text) {
  try {
    const body = JSON.parse(text);
    if (typeof body === "object" && body !== null) return body;
  } catch {
  }
  throw noAnswer();
}
var noAnswer = () => new UnavailableError(
  "no_answer",
  "the response is not an answer of a pgstrike server; is a proxy down?"
);

// src/http.ts
var TRY_LATER = /* @__PURE__ */ new Set([408, 425, 429]);
var SilentError = class extends UnavailableError {
  name = "UnavailableError";
};
var Request = class {
  stall;
  #abort = new AbortController();
  #signal;
  #end = () => this.#abort.abort();
  constructor(stall, signal) {
    this.stall = stall;
    this.#signal = signal;
    if (signal?.aborted) this.#end();
    signal?.addEventListener("abort", this.#end);
  }
  send(url, access, init = {}) {
    return this.heard(fetch(url, {
      cache: "no-store",
      credentials: access.credentials ?? "same-origin",
      ...init,
      headers: { ...access.headers, ...init.headers },
      signal: this.#abort.signal
    }));
  }
  /** What a promise of the network gives, if it comes in time. */
  async heard(promise) {
    let Lost = UnavailableError;
    const timer = setTimeout(() => {
      Lost = SilentError;
      this.#end();
    }, this.stall);
    try {
      return await promise;
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new Lost(
        "connection_lost",
        `the connection was lost: ${String(cause)}`,
        { cause }
      );
    } finally {
      clearTimeout(timer);
    }
  }
  close() {
    this.#signal?.removeEventListener("abort", this.#end);
    this.#end();
  }
  /** The error of a response with a status of 400 or more. */
  async errorOf(response) {
    const { status } = response;
    if (status < 400) return null;
    const [code, message] = codeAndMessage(status, await this.heard(response.text()));
    if (!TRY_LATER.has(status) && status < 500) {
      return new RequestError(status, code, message);
    }
    const retryAfter = waitOf(response.headers.get("Retry-After"));
    return new UnavailableError(code, message, { status, retryAfter });
  }
};
function codeAndMessage(status, text) {
  try {
    const { code, message } = JSON.parse(text).error;
    if (code !== void 0 && message !== void 0) return [String(code), String(message)];
  } catch {
  }
  return [`http_${status}`, text.slice(0, 200) || `the server answered ${status}`];
}
function waitOf(text) {
  if (text === null) return null;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1e3;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
function sleep(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

// src/panel.ts
var stateOf = (text) => ({ type: "snapshot", data: text, id: eventOf(text) });
var Panel = class {
  clock = null;
  chains = /* @__PURE__ */ new Map();
  event = null;
  /**
   * Take an event. False where it changes no chain. A `reset` changes nothing, because the
   * new state follows it.
   */
  apply(event) {
    if (event.type !== "snapshot" && event.type !== "chain") return false;
    try {
      const { clock, chains } = JSON.parse(event.data);
      if (event.type === "snapshot") this.chains.clear();
      this.clock = clock;
      for (const sent of chains) this.#take(sent);
    } catch (cause) {
      throw new PgstrikeError(
        "bad_event",
        `event ${event.id} (${event.type}) is not one of a panel`,
        { cause }
      );
    }
    this.event = event;
    return true;
  }
  #take(sent) {
    const { symbol, expiry } = sent;
    const key = `${symbol} ${expiry}`;
    if (sent.expired || sent.left) {
      this.chains.delete(key);
      return;
    }
    let rows = this.chains.get(key)?.rows ?? /* @__PURE__ */ new Map();
    for (const strike of sent.gone ?? []) rows.delete(strike);
    const known = rows.size;
    for (const row of sent.rows) rows.set(row.strike, { ...rows.get(row.strike), ...row });
    if (rows.size > known) rows = new Map([...rows].sort(([one], [other]) => one - other));
    const { quote_time: quoteTime, underlying } = sent;
    this.chains.set(key, {
      symbol,
      expiry,
      quoteTime,
      underlying,
      rows,
      ...sent.forward !== void 0 && { forward: sent.forward },
      ...sent.forward_source !== void 0 && { forwardSource: sent.forward_source },
      ...sent.strike_gap !== void 0 && { strikeGap: sent.strike_gap }
    });
  }
};
var PanelStream = class {
  stream;
  panel = new Panel();
  #onEvent;
  constructor(stream, onEvent) {
    this.stream = stream;
    this.#onEvent = onEvent;
  }
  get mode() {
    return this.stream.mode;
  }
  async *[Symbol.asyncIterator]() {
    for await (const event of this.stream) {
      if (this.panel.apply(event)) yield this.panel;
      else this.#onEvent?.(event);
    }
  }
};

// src/query.ts
function search(query) {
  const found = new URLSearchParams();
  for (const [name, values] of Object.entries(query)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (value === void 0 || value === null) continue;
      found.append(name, value instanceof Date ? value.toISOString() : String(value));
    }
  }
  const text = String(found);
  return text && `?${text}`;
}

// src/sse.ts
var MAX_FRAME_BYTES = 64 * 1024 * 1024;
var RETRY = /^[0-9]{1,9}$/;
var Parser = class {
  lastId;
  hasId = false;
  // whether a frame of this stream had an id
  retry = null;
  // ms
  #most;
  #decoder = new TextDecoder();
  // takes the BOM away
  #afterCr = false;
  #line = [];
  // the pieces of a line that has not ended
  #held = 0;
  // what came since a frame ended, less lines not kept
  #id = null;
  #type = "";
  #data = [];
  constructor(lastId = "", maxFrameBytes = MAX_FRAME_BYTES) {
    this.lastId = lastId;
    this.#most = maxFrameBytes;
  }
  feed(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return [];
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const ended = text.split(/\r\n|\n|\r/);
    const rest = ended.pop() ?? "";
    const events = [];
    for (const line of ended) {
      this.#keep(line);
      const whole = this.#line.join("");
      this.#line = [];
      const event = this.#read(whole);
      if (event !== null) events.push(event);
    }
    this.#keep(rest);
    return events;
  }
  #keep(piece) {
    if (piece === "") return;
    this.#line.push(piece);
    this.#held += piece.length;
    if (this.#held > this.#most) throw new FrameTooLongError(this.#most);
  }
  #read(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") {
      this.#data.push(value);
      return null;
    }
    if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && RETRY.test(value)) this.retry = Number(value);
    this.#held -= line.length;
    return null;
  }
  #dispatch() {
    if (this.#id !== null) {
      this.lastId = this.#id;
      this.hasId = true;
    }
    const [data, type] = [this.#data, this.#type || "message"];
    this.#data = [];
    this.#type = "";
    this.#id = null;
    this.#held = 0;
    return data.length > 0 ? { type, data: data.join("\n"), id: this.lastId } : null;
  }
};

// src/stream_options.ts
var TIMING = {
  firstWait: 1e3,
  longestWait: 3e4,
  longestRetry: 36e5,
  stall: 45e3,
  firstFrame: Infinity,
  poll: 5e3,
  tryStream: 6e4
};

// src/stream.ts
var NEVER_STREAMED = 3;
var REMEMBERED_IDS = 1e3;
var PANEL_PARAMETERS = ["strikes", "fields", "interval", "timeframe"];
var Reread = class extends Error {
};
var NoStreamError = class extends Error {
};
var Stream = class {
  mode = "connecting";
  position;
  #url;
  #request = null;
  // that is read
  #next = null;
  // takes the place of that, or of the wait for one
  #changes = 0;
  // of the subscription
  #read = 0;
  // the change that is read
  #held = 0;
  // the change whose state was handed on
  #options;
  #timing;
  #isPanel;
  #recent = /* @__PURE__ */ new Set();
  // ids of events that were handed on
  #retry;
  #failures = 0;
  #unstreamed = 0;
  #wasTooLong = false;
  #waiting = null;
  // ended by a change
  constructor(url, options = {}) {
    this.#isPanel = isPanel(url);
    if (this.#isPanel && options.snapshot) {
      throw new TypeError("a panel's stream brings its state; leave snapshot out");
    }
    this.position = options.after ?? "";
    this.#url = url;
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
    this.#retry = this.#timing.firstWait;
  }
  async *[Symbol.asyncIterator]() {
    const { snapshot, poll, signal } = this.#options;
    let mustRead = snapshot !== void 0 && this.position === "";
    while (!signal?.aborted) {
      let asked = null;
      try {
        if (mustRead) {
          yield await this.#readSnapshot();
          mustRead = false;
        }
        yield* this.#readStream();
      } catch (error) {
        if (signal?.aborted) return;
        if (this.#next) continue;
        if (error instanceof Reread) mustRead = true;
        else if (error instanceof NoStreamError || this.#isHeldBack(error)) {
          this.#unstreamed = NEVER_STREAMED;
        } else if (error instanceof UnavailableError) asked = error.retryAfter;
        else if (error instanceof FrameTooLongError && !this.#wasTooLong) {
          this.#wasTooLong = true;
        } else throw error;
      }
      if (this.#next) continue;
      if ((snapshot || poll) && this.#unstreamed >= NEVER_STREAMED) {
        yield* this.#poll();
        this.#unstreamed = 0;
      } else {
        await this.#wait(asked);
      }
    }
  }
  /**
   * Go on with another subscription, without a gap: its connection is opened at the newest
   * id before the present one is closed. A raw stream misses and repeats no event; a panel's
   * whole new state comes first. Where it cannot be opened, it is tried as after a cut.
   */
  async change(url, poll) {
    if (isPanel(url) !== this.#isPanel) {
      throw new TypeError("a panel stays a panel, and a raw stream a raw one");
    }
    this.#url = url;
    if (poll) this.#options = { ...this.#options, poll };
    const change = ++this.#changes;
    const opened = await this.#open().catch(() => null);
    if (change !== this.#changes) return opened?.request.close();
    this.#next?.request.close();
    this.#next = opened;
    this.#request?.close();
    this.#waiting?.abort();
  }
  /** Open the connection again, now: after the machine slept it may be dead without a sign. */
  again() {
    this.#setMode("connecting");
    return this.change(this.#url);
  }
  // Whether a proxy seems to keep the stream back: no frame came in the time that one may take.
  #isHeldBack(error) {
    const { firstFrame, stall } = this.#timing;
    return error instanceof SilentError && this.#unstreamed > 0 && firstFrame < stall;
  }
  #setMode(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#options.onMode?.(mode);
  }
  async #wait(asked) {
    this.#setMode("waiting");
    const { longestRetry, longestWait } = this.#timing;
    const first = Math.min(this.#retry, longestRetry);
    const most = Math.max(longestWait, first);
    const backoff = Math.min(most, first * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    const ms = asked === null ? backoff : Math.min(asked, longestRetry);
    await this.#sleep(ms + Math.random() * backoff / 2);
  }
  async #sleep(ms) {
    const { signal } = this.#options;
    const waiting = this.#waiting = new AbortController();
    await sleep(ms, signal ? AbortSignal.any([signal, waiting.signal]) : waiting.signal);
  }
  async #readSnapshot() {
    const { snapshot, signal } = this.#options;
    const { event: id, text } = await snapshot(signal ? { signal } : {});
    this.#startAt(id);
    return { type: "snapshot", data: text, id };
  }
  async #readState() {
    const { poll, signal } = this.#options;
    if (!poll) return this.#readSnapshot();
    const event = await poll(signal ? { signal } : {});
    this.#startAt(event.id);
    return event;
  }
  async *#readStream() {
    const next = this.#next;
    this.#next = null;
    if (!next) this.#setMode("connecting");
    this.#unstreamed += 1;
    const { request, response, change } = next ?? await this.#open();
    this.#request = request;
    this.#read = change;
    try {
      const error = await request.errorOf(response);
      if (error instanceof UnavailableError) this.#unstreamed -= 1;
      if (error !== null) throw error;
      const type = response.headers.get("Content-Type") ?? "";
      if (response.status !== 200 || !/^text\/event-stream\s*(;|$)/i.test(type)) {
        throw new NoStreamError();
      }
      yield* this.#events(response.body.getReader(), request);
    } finally {
      this.#request = null;
      request.close();
    }
  }
  async #open() {
    const headers = { Accept: "text/event-stream" };
    const change = this.#changes;
    const position = this.#isPanel && change !== this.#held ? "" : this.position;
    if (position) headers["Last-Event-ID"] = position;
    const { firstFrame, stall } = this.#timing;
    const request = new Request(Math.min(firstFrame, stall), this.#options.signal);
    try {
      const response = await request.send(this.#url, this.#options, { headers });
      return { change, request, response };
    } catch (error) {
      request.close();
      throw error;
    }
  }
  async *#events(reader, request) {
    const parser = new Parser(this.position, this.#options.maxFrameBytes ?? MAX_FRAME_BYTES);
    for (; ; ) {
      const { done, value } = await request.heard(reader.read());
      if (done) return;
      const events = parser.feed(value);
      if (parser.hasId) {
        this.#unstreamed = 0;
        request.stall = this.#timing.stall;
        this.#setMode("streaming");
      }
      for (const event of events) if (this.#take(event)) yield event;
      this.#standAt(parser.lastId);
      if (parser.retry !== null) this.#retry = parser.retry;
    }
  }
  // Whether to hand an event on; one that was handed on before is left out.
  #take({ type, id }) {
    if (type === "reset") {
      if (this.#options.snapshot) throw new Reread();
      this.#startAt(id);
      return true;
    }
    if (this.#isPanel && type === "snapshot") {
      this.#startAt(id);
      this.#held = this.#read;
      this.#progress();
      return true;
    }
    if (this.#recent.has(id) || id === this.position) return false;
    this.#recent.add(id);
    if (this.#recent.size > REMEMBERED_IDS) {
      const [oldest] = this.#recent;
      this.#recent.delete(oldest);
    }
    this.#standAt(id);
    return true;
  }
  // Go on after an id, whatever came before it.
  #startAt(id) {
    this.position = id;
    this.#recent.clear();
  }
  #standAt(id) {
    if (id === this.position) return;
    this.position = id;
    this.#progress();
  }
  #progress() {
    this.#failures = 0;
    this.#wasTooLong = false;
  }
  // Poll for a while. A poll that fails is tried again at the next one's time. The one that
  // succeeds after it ends the polling, because the server is back.
  async *#poll() {
    const { signal } = this.#options;
    const end = performance.now() + this.#timing.tryStream;
    let seen = this.position;
    let hasFailed = false;
    while (performance.now() < end && !signal?.aborted && !this.#next) {
      let wait = this.#timing.poll;
      try {
        const event = await this.#readState();
        this.#setMode("polling");
        if (event.id !== seen) {
          seen = event.id;
          yield event;
        }
        if (hasFailed) return;
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof UnavailableError)) throw error;
        this.#setMode("waiting");
        hasFailed = true;
        const asked = Math.min(error.retryAfter ?? 0, this.#timing.longestRetry);
        wait = Math.max(wait, asked);
      }
      if (!this.#next) await this.#sleep(wait * (1 + Math.random() / 5));
    }
  }
};
var isPanel = (url) => {
  const { searchParams } = new URL(url, globalThis.location?.href);
  return PANEL_PARAMETERS.some((name) => searchParams.has(name));
};

// src/tabs.ts
var Tabs = class {
  me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  isLeader = false;
  #name;
  #member;
  #signal;
  #channel = null;
  constructor(name, member, signal) {
    this.#name = name;
    this.#member = member;
    this.#signal = signal;
    if (!globalThis.navigator?.locks || !globalThis.document) return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }) => {
      const { message, from } = data;
      this.#member.take(message, from);
    };
    signal.addEventListener("abort", () => this.#channel?.close());
  }
  start() {
    if (!this.#channel) return void this.#lead();
    const lead = () => this.#lead();
    navigator.locks.request(this.#name, { signal: this.#signal }, lead).catch(() => void 0);
  }
  say(message) {
    const envelope = { from: this.me, message };
    if (!this.#signal.aborted) this.#channel?.postMessage(envelope);
  }
  #lead() {
    this.isLeader = true;
    this.#member.lead();
    return new Promise((resolve) => this.#signal.addEventListener("abort", () => resolve()));
  }
};

// src/wishes.ts
var JOINED = ["symbol", "expiry", "fields", "topic"];
function joined(queries) {
  const [first] = queries;
  if (first === void 0) return null;
  const found = { ...first };
  for (const name of JOINED) {
    const sets = queries.map((query) => setsOf(query)[name]);
    delete found[name];
    if (sets.includes(null)) continue;
    found[name] = [...new Set(sets.flatMap((set) => [...set]))].sort();
  }
  return found;
}
function covers(wide, query) {
  const [has, wanted] = [setsOf(wide), setsOf(query)];
  return JOINED.every((name) => has[name] === null || wanted[name] !== null && [...wanted[name]].every((word) => has[name].has(word)));
}
function fixedPart(query) {
  const rest = Object.entries(query).filter(([name]) => !JOINED.includes(name));
  return JSON.stringify(rest.sort(([one], [other]) => one < other ? -1 : 1));
}
function showPart(own, all, query) {
  const { symbol: symbols, expiry: expiries } = setsOf(query);
  own.chains.clear();
  const places = /* @__PURE__ */ new Map();
  for (const [key, chain] of [...all.chains].sort(byExpiry)) {
    const place = places.get(chain.symbol) ?? 0;
    places.set(chain.symbol, place + 1);
    const names = [chain.expiry, ["front", "next"][place] ?? ""];
    const isWanted = expiries === null || names.some((name) => expiries.has(name));
    if (symbols.has(chain.symbol) && isWanted) own.chains.set(key, chain);
  }
  const isWhole = [...places.keys()].every((symbol) => symbols.has(symbol));
  own.clock = isWhole ? all.clock : newest([...own.chains.values()]);
  own.event = all.event;
}
function isFor(query, type, data) {
  const { topic, symbol } = setsOf(query);
  if (type === "reset") return true;
  if (topic !== null && !topic.has(type)) return false;
  try {
    const of = JSON.parse(data).symbol;
    return typeof of !== "string" || symbol.has(of);
  } catch {
    return true;
  }
}
function newest(chains) {
  return chains.map(({ quoteTime }) => quoteTime).sort((one, other) => Date.parse(one) - Date.parse(other)).at(-1) ?? null;
}
var byExpiry = ([, one], [, other]) => one.expiry < other.expiry ? -1 : Number(one.expiry > other.expiry);
function setsOf({ symbol, expiry, fields, topic }) {
  const expiries = setOf(expiry);
  if (expiries?.has("next")) expiries.add("front");
  return {
    symbol: setOf(symbol),
    fields: setOf(fields),
    topic: setOf(topic),
    expiry: expiries?.has("all") ? null : expiries
  };
}
function setOf(words) {
  if (words === void 0 || words === null) return null;
  return new Set([words].flat().flatMap((each) => each.split(",")));
}

// src/shared.ts
var COUNT_MS = 6e4;
var SharedPanel = class {
  mode = "connecting";
  panel = new Panel();
  #source;
  #options;
  #ended = new AbortController();
  #query;
  // of this tab
  #tabs = null;
  // What all tabs know of the stream.
  #all = new Panel();
  #hasState = false;
  #streamed = null;
  #position = "";
  #number = 0;
  // of the newest frame
  #wishes = /* @__PURE__ */ new Map();
  // The leader's.
  #stream = null;
  #reading = null;
  #silent = /* @__PURE__ */ new Set();
  // What the iteration has not given yet.
  #isNew = false;
  #error = null;
  #wake = () => void 0;
  constructor(query, source, options = {}) {
    this.#query = query;
    this.#source = source;
    this.#options = options;
    if (options.signal?.aborted) this.#end();
    options.signal?.addEventListener("abort", this.#end);
  }
  async *[Symbol.asyncIterator]() {
    try {
      await this.#join();
      while (!this.#ended.signal.aborted) {
        if (this.#isNew) {
          this.#isNew = false;
          yield this.panel;
        } else if (this.#error) throw this.#error;
        else await new Promise((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#end();
    }
  }
  /** Go on with another query: of other symbols, expiries, fields or topics. */
  change(query) {
    if (fixedPart(query) !== fixedPart(this.#query)) {
      throw new TypeError("only symbol, expiry, fields and topic of a shared panel can change");
    }
    this.#query = query;
    this.#show();
    this.#sayWish();
  }
  /** Have the connection opened again, now: after the machine slept it may be dead. */
  again() {
    if (this.#tabs?.isLeader) void this.#stream?.again();
    else this.#say({ kind: "again" });
  }
  #end = () => {
    this.#say({ kind: "wish", query: null, lacksState: false });
    this.#options.signal?.removeEventListener("abort", this.#end);
    this.#ended.abort();
    this.#wake();
  };
  async #join() {
    const name = `${await this.#source.name()} ${fixedPart(this.#query)}`;
    const { signal } = this.#ended;
    if (signal.aborted) return;
    this.#tabs = new Tabs(name, {
      lead: () => this.#lead(),
      take: (message, from) => this.#take(message, from)
    }, signal);
    globalThis.addEventListener?.("pagehide", () => this.#say({ kind: "wish", query: null, lacksState: false }), { signal });
    globalThis.addEventListener?.("pageshow", (shown) => {
      if (shown.persisted) this.#sayWish();
    }, { signal });
    this.#tabs.start();
    this.#sayWish();
  }
  #say(message) {
    this.#tabs?.say(message);
  }
  #sayWish() {
    const lacksState = !this.#hasState;
    this.#say({ kind: "wish", query: this.#query, lacksState });
    if (this.#tabs) this.#note(this.#tabs.me, this.#query, false);
  }
  #take(message, from) {
    const { kind } = message;
    if (kind === "wish") this.#note(from, message.query, message.lacksState);
    else if (kind === "again") return this.#tabs.isLeader ? this.again() : void 0;
    else if (this.#tabs.isLeader) return;
    else if (kind === "state") this.#start(message);
    else if (kind === "count") this.#sayWish();
    else if (kind === "query") this.#streamed = message.query;
    else if (kind === "mode") this.#become(message.mode);
    else if (kind === "error") this.#fail(message);
    else this.#follow(message.number, message.event);
  }
  #start(message) {
    if (message.to !== this.#tabs.me) return;
    Object.assign(this.#all, message.held);
    this.#streamed = message.query;
    this.#position = message.position;
    this.#number = message.number;
    this.#hasState = true;
    this.#become(message.mode);
    this.#show();
  }
  #follow(number, event) {
    const follows = number === this.#number + 1;
    this.#number = number;
    if (event.type === "snapshot") this.#hasState = true;
    else if (!this.#hasState) return;
    else if (!follows) {
      this.#hasState = false;
      return this.#sayWish();
    }
    this.#apply(event);
  }
  #apply(event) {
    this.#position = event.id;
    if (this.#all.apply(event)) this.#show();
    else if (isFor(this.#query, event.type, event.data)) this.#options.onEvent?.(event);
  }
  #show() {
    if (!this.#hasState) return;
    showPart(this.panel, this.#all, this.#query);
    this.#isNew = true;
    this.#wake();
  }
  #become(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    this.#options.onMode?.(mode);
  }
  #fail({ to, code, message, status }) {
    if (to !== "" && to !== this.#tabs.me) return;
    this.#error = status === null ? new PgstrikeError(code, message) : new RequestError(status, code, message);
    this.#wake();
  }
  #lead() {
    const { signal } = this.#ended;
    signal.addEventListener("abort", () => this.#reading?.abort());
    this.#wishes.set(this.#tabs.me, this.#query);
    if (this.#streamed && this.#hasState) this.#open(this.#streamed, this.#position);
    this.#tune(false);
    void this.#count(signal);
  }
  async #count(until) {
    for (; ; ) {
      this.#silent = new Set(this.#wishes.keys());
      this.#silent.delete(this.#tabs.me);
      this.#say({ kind: "count" });
      await sleep(COUNT_MS, until);
      if (until.aborted) return;
      for (const tab of this.#silent) this.#wishes.delete(tab);
      this.#tune(true);
    }
  }
  #note(tab, query, lacksState) {
    this.#silent.delete(tab);
    this.#wishes.delete(tab);
    if (query !== null) this.#wishes.set(tab, query);
    if (!this.#tabs.isLeader) return;
    this.#tune(false);
    const streamed = this.#streamed;
    if (!lacksState || !this.#hasState || !streamed) return;
    const { clock, chains, event } = this.#all;
    this.#say({
      kind: "state",
      to: tab,
      held: { clock, chains, event },
      query: streamed,
      position: this.#position,
      number: this.#number,
      mode: this.mode
    });
  }
  /** Read what all tabs want. What none wants any more is left out at a count. */
  #tune(narrows) {
    const wanted = joined([...this.#wishes.values()]);
    const now = this.#streamed;
    if (wanted === null) return;
    const isOpen = this.#stream !== null && !this.#reading.signal.aborted;
    if (isOpen && now && covers(now, wanted) && !(narrows && !covers(wanted, now))) return;
    if (!isOpen) return this.#open(wanted, "");
    this.#streamed = wanted;
    this.#say({ kind: "query", query: wanted });
    const { poll } = this.#source.options(wanted);
    void this.#stream.change(this.#source.url(wanted), poll);
  }
  #open(query, after) {
    this.#reading?.abort();
    const reading = this.#reading = new AbortController();
    this.#streamed = query;
    this.#say({ kind: "query", query });
    this.#stream = new Stream(this.#source.url(query), {
      ...this.#source.options(query),
      ...after && { after },
      signal: reading.signal,
      onMode: (mode) => {
        if (reading.signal.aborted) return;
        this.#say({ kind: "mode", mode });
        this.#become(mode);
      }
    });
    void this.#read(this.#stream, reading);
  }
  async #read(stream, reading) {
    try {
      for await (const event of stream) {
        if (reading.signal.aborted) return;
        this.#number += 1;
        this.#say({ kind: "frame", number: this.#number, event });
        if (event.type === "snapshot") this.#hasState = true;
        this.#apply(event);
      }
    } catch (error) {
      if (!reading.signal.aborted) this.#refuse(error, reading);
    }
  }
  // A wrong wish of one tab is no error of the others; the newest one is tried without first.
  #refuse(error, reading) {
    reading.abort();
    const isOfOne = error instanceof RequestError && error.status !== 401;
    const tab = isOfOne ? [...this.#wishes.keys()].at(-1) ?? "" : "";
    const message = {
      kind: "error",
      to: tab,
      message: error.message,
      code: error instanceof PgstrikeError ? error.code : "failed",
      status: error instanceof RequestError ? error.status : null
    };
    this.#say(message);
    this.#fail(message);
    this.#wishes.delete(tab);
    if (isOfOne) this.#tune(false);
  }
};

// src/client.ts
var PREFIX = "/v1";
var SESSION = "/session";
var ANSWER_MS = 6e4;
var Client = class {
  #url;
  #options;
  #access;
  constructor(url = "", options = {}) {
    const { search: search2, hash, username } = new URL(url, globalThis.location?.href);
    if (url !== "" && (search2 || hash || username)) {
      throw new TypeError("url has more than an address; give the key as { key }");
    }
    this.#url = url.replace(/\/+$/, "");
    this.#options = options;
    this.#access = {
      ...options.credentials && { credentials: options.credentials },
      headers: { ...options.headers, ...bearer(options.key) }
    };
  }
  /** The events as the server's log has them, each once and in order. */
  stream(query = {}, options = {}) {
    return this.#stream(query, options);
  }
  /** A part of the chains, kept up to date: for await (const panel of client.panel(...)). */
  panel(query, { onEvent, ...options } = {}) {
    const wanted = { timeframe: "live", ...query };
    const poll = (read) => this.#panelState(wanted, read);
    return new PanelStream(this.#stream(wanted, { ...options, poll }), onEvent);
  }
  /**
   * A panel by a stream that all tabs of the browser share, if they have the same server, key,
   * strikes, timeframe and interval. `rows` may have figures that only another tab asked for.
   */
  sharedPanel(query, options = {}) {
    const { timing, maxFrameBytes } = this.#options;
    return new SharedPanel({ timeframe: "live", ...query }, {
      name: () => this.#readerName(),
      url: (wanted) => this.#urlOf(wanted),
      options: (wanted) => ({
        ...this.#access,
        ...timing && { timing },
        ...maxFrameBytes !== void 0 && { maxFrameBytes },
        poll: (read) => this.#panelState(wanted, read)
      })
    }, options);
  }
  /**
   * Have a stream, or a panel, go on with another query. Its new connection is opened at the
   * newest id before the old one is closed, so nothing is missed in between.
   */
  async change(stream, query) {
    if (stream instanceof Stream) return stream.change(this.#urlOf(query));
    const wanted = { timeframe: "live", ...query };
    const poll = (read) => this.#panelState(wanted, read);
    await stream.stream.change(this.#urlOf(wanted), poll);
  }
  /** A metric's rows; `metrics` lists the names, their parameters and columns. */
  metric(name, query, options) {
    return this.#answer(`/metrics/${encodeURIComponent(name)}`, query, options);
  }
  /** Which metrics there are, what they take and what they answer. */
  async metrics(options) {
    return parseMetrics(await this.#read(`${PREFIX}/metrics`, {}, options));
  }
  /** One indicator by strike. One row per expiry and strike, with call and put. */
  strikeDistribution(query, options) {
    return this.#answer("/strike-distribution", query, options);
  }
  /** One indicator over time, by moneyness level: 0 stays at the money. */
  moneynessSeries(query, options) {
    return this.#answer("/moneyness-series", query, options);
  }
  /** Exchange a key for a cookie, so that the page need not keep the key. */
  async signIn(key, options) {
    await this.#read(SESSION, { method: "POST", headers: bearer(key) }, options);
  }
  /** Have the cookie deleted. */
  async signOut(options) {
    await this.#read(SESSION, { method: "DELETE" }, options);
  }
  async #panelState(query, options) {
    return stateOf(await this.#read(`${PREFIX}/panel${search(query)}`, {}, options));
  }
  // Of the server and the key. The digest keeps the key out of the names that a browser lists.
  async #readerName() {
    const text = new TextEncoder().encode(JSON.stringify(this.#access));
    const digest = await globalThis.crypto.subtle?.digest("SHA-256", text);
    const hex = [...new Uint8Array(digest ?? [])].map((byte) => byte.toString(16).padStart(2, "0"));
    return `pgstrike ${this.#url} ${hex.join("")}`;
  }
  #stream(query, options) {
    const { timing, maxFrameBytes } = this.#options;
    return new Stream(this.#urlOf(query), {
      ...this.#access,
      ...timing && { timing },
      ...maxFrameBytes !== void 0 && { maxFrameBytes },
      ...options
    });
  }
  #urlOf(query) {
    return `${this.#url}${PREFIX}/stream${search(query)}`;
  }
  async #answer(path, query, options) {
    return parseAnswer(await this.#read(PREFIX + path + search(query), {}, options));
  }
  async #read(path, init, { signal } = {}) {
    const request = new Request(ANSWER_MS, signal);
    try {
      const response = await request.send(this.#url + path, this.#access, init);
      const error = await request.errorOf(response);
      if (error !== null) throw error;
      return await request.heard(response.text());
    } finally {
      request.close();
    }
  }
};
var bearer = (key) => key === void 0 ? {} : { Authorization: `Bearer ${key}` };
export {
  Client,
  FrameTooLongError,
  Panel,
  PanelStream,
  Parser,
  PgstrikeError,
  RequestError,
  SharedPanel,
  Stream,
  UnavailableError
};
