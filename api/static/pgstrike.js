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
var Request = class {
  #abort = new AbortController();
  #signal;
  #stall;
  #end = () => this.#abort.abort();
  constructor(stall, signal) {
    this.#stall = stall;
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
    const timer = setTimeout(this.#end, this.#stall);
    try {
      return await promise;
    } catch (cause) {
      this.#signal?.throwIfAborted();
      throw new UnavailableError(
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

// src/stream.ts
var NEVER_STREAMED = 3;
var REMEMBERED_IDS = 1e3;
var PANEL_PARAMETERS = ["strikes", "fields", "interval", "timeframe"];
var TIMING = {
  firstWait: 1e3,
  longestWait: 3e4,
  longestRetry: 36e5,
  stall: 45e3,
  poll: 5e3,
  tryStream: 6e4
};
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
        else if (error instanceof UnavailableError) asked = error.retryAfter;
        else if (error instanceof NoStreamError) this.#unstreamed = NEVER_STREAMED;
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
    await sleep(ms + Math.random() * backoff / 2, this.#options.signal);
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
    const request = new Request(this.#timing.stall, this.#options.signal);
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
  // Poll for a while. A poll that fails is tried again at the next one's time.
  async *#poll() {
    this.#setMode("polling");
    const { signal } = this.#options;
    const end = performance.now() + this.#timing.tryStream;
    let seen = this.position;
    while (performance.now() < end && !signal?.aborted) {
      let wait = this.#timing.poll;
      try {
        const event = await this.#readState();
        if (event.id !== seen) {
          seen = event.id;
          yield event;
        }
      } catch (error) {
        if (signal?.aborted) return;
        if (!(error instanceof UnavailableError)) throw error;
        const asked = Math.min(error.retryAfter ?? 0, this.#timing.longestRetry);
        wait = Math.max(wait, asked);
      }
      await sleep(wait * (1 + Math.random() / 5), signal);
    }
  }
};
var isPanel = (url) => {
  const { searchParams } = new URL(url, globalThis.location?.href);
  return PANEL_PARAMETERS.some((name) => searchParams.has(name));
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
  /** The whole state of a panel, as the event with which its stream begins. */
  async #panelState(query, options) {
    const data = await this.#read(`${PREFIX}/panel${search(query)}`, {}, options);
    return { type: "snapshot", data, id: eventOf(data) };
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
  Stream,
  UnavailableError
};
