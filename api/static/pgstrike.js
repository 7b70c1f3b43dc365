// A client for browsers: for await (const event of stream(url, options)).
//
// It resumes where it was cut, waits when it is told to, reads a snapshot anew after a
// reset, and polls that snapshot where streaming is impossible. onMode says which.

const NEVER_STREAMED = 3; // attempts in a row without a frame, before polling
const OF_PANEL = ["strikes", "fields", "interval", "timeframe"]; // with one, it is a panel
const TIMING = { // ms
  firstWait: 1000, longestWait: 30000, stall: 45000, poll: 5000, tryStream: 60000,
};

/** The server refuses the request; sending the same again is of no use. */
export class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

class Later extends Error {
  constructor(wait = null) {
    super("the server cannot answer now");
    this.wait = wait;
  }
}
class NoStream extends Error {}
class Lost extends Error {}
class Reread extends Error {}

/** A parser of event streams, to the letter of the WHATWG text. */
export class Parser {
  lastId = "";
  retry = null;
  #decoder = new TextDecoder(); // takes the BOM away
  #afterCr = false;
  #rest = "";
  #id = "";
  #type = "";
  #data = [];

  feed(bytes) {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return [];
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\n|\r/);
    this.#rest = lines.pop();
    return lines.map((line) => this.#line(line)).filter((event) => event !== null);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^[0-9]+$/.test(value)) this.retry = Number(value);
    return null;
  }

  #dispatch() {
    this.lastId = this.#id;
    const [data, type] = [this.#data, this.#type || "message"];
    this.#data = [];
    this.#type = "";
    return data.length ? { type, data: data.join("\n"), id: this.lastId } : null;
  }
}

/**
 * Iterate over it once. `mode` is connecting, streaming, waiting or polling.
 *
 * `snapshot` is the URL of a REST answer, which comes first, after each reset, and while
 * polling, as an event of type `snapshot`. Without it a `reset` is handed on. `headers`
 * and `credentials` are those of fetch; aborting `signal` ends the iteration. A panel
 * (see Panel) takes no `snapshot`: the stream itself brings its state.
 */
export class Stream {
  mode = "connecting";
  #failures = 0;
  #unstreamed = 0;
  #isPanel;

  constructor(url, options = {}) {
    const { searchParams } = new URL(url, globalThis.location?.href);
    this.#isPanel = OF_PANEL.some((name) => searchParams.has(name));
    if (this.#isPanel && options.snapshot) {
      throw new TypeError("a panel's stream brings its state; leave snapshot out");
    }
    this.url = url;
    this.options = options;
    this.position = options.after ?? null;
    this.timing = { ...TIMING, ...options.timing };
    this.firstWait = this.timing.firstWait;
  }

  async *[Symbol.asyncIterator]() {
    const { snapshot, signal } = this.options;
    let reread = Boolean(snapshot) && this.position === null;
    while (!signal?.aborted) {
      let wait = null;
      try {
        if (reread) {
          yield await this.#readSnapshot();
          reread = false;
        }
        yield* this.#readStream();
      } catch (error) {
        if (signal?.aborted) return;
        if (error instanceof Reread) reread = true;
        else if (error instanceof Later) wait = error.wait;
        else if (error instanceof NoStream) this.#unstreamed = NEVER_STREAMED;
        else if (!(error instanceof Lost)) throw error;
      }
      if (snapshot && this.#unstreamed >= NEVER_STREAMED) {
        yield* this.#poll();
        this.#unstreamed = 0;
      } else {
        await this.#wait(wait);
      }
    }
  }

  #say(mode) {
    if (mode === this.mode) return;
    this.mode = mode;
    this.options.onMode?.(mode);
  }

  async #wait(told) {
    this.#say("waiting");
    const most = Math.max(this.timing.longestWait, this.firstWait);
    const backoff = Math.min(most, this.firstWait * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    // Jitter only lengthens what the server asked for.
    await sleep((told ?? backoff) + Math.random() * backoff / 2, this.options.signal);
  }

  // Gives what `read` makes of the answer; a silence as long as `stall` ends it.
  async *#fetching(url, headers, read) {
    const abort = new AbortController();
    const end = () => abort.abort();
    let timer = setTimeout(end, this.timing.stall);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(end, this.timing.stall);
    };
    this.options.signal?.addEventListener("abort", end);
    try {
      const response = await lostOn(fetch(url, {
        headers: { ...this.options.headers, ...headers },
        credentials: this.options.credentials ?? "same-origin",
        cache: "no-store",
        signal: abort.signal,
      }));
      yield* read(response, alive);
    } finally {
      clearTimeout(timer);
      this.options.signal?.removeEventListener("abort", end);
      end();
    }
  }

  async #readSnapshot() {
    const read = async function* (response) {
      await refuse(response);
      yield await lostOn(response.text());
    };
    for await (const text of this.#fetching(this.options.snapshot, {}, read)) {
      this.position = eventOf(text);
      return { type: "snapshot", data: text, id: this.position };
    }
  }

  async *#readStream() {
    this.#say("connecting");
    this.#unstreamed += 1;
    const headers = { Accept: "text/event-stream" };
    if (this.position) headers["Last-Event-ID"] = this.position;
    yield* this.#fetching(this.url, headers, (response, alive) =>
      this.#events(response, alive));
  }

  async *#events(response, alive) {
    try {
      await refuse(response);
    } catch (error) {
      if (error instanceof Later) this.#unstreamed -= 1; // says nothing about streaming
      throw error;
    }
    const type = response.headers.get("Content-Type") ?? "";
    if (!/^text\/event-stream\s*(;|$)/i.test(type)) throw new NoStream();
    const parser = new Parser();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await lostOn(reader.read());
      if (done) return;
      alive();
      const events = parser.feed(value);
      if (parser.lastId) {
        this.#unstreamed = 0;
        this.#say("streaming");
      }
      for (const event of events) {
        if (event.type === "reset") {
          if (this.options.snapshot) throw new Reread();
          this.position = event.id;
        } else if (this.#isPanel && event.type === "snapshot") {
          // Whole, so it counts even where it is no newer than what was had.
          this.position = event.id;
          this.#failures = 0;
        } else if (!this.#advance(event.id)) continue;
        yield event;
      }
      this.#advance(parser.lastId);
      if (parser.retry !== null) this.firstWait = parser.retry;
    }
  }

  // Whether an id is new; an event that was had already is not handed on.
  #advance(id) {
    const [now, old] = [place(id), place(this.position ?? "")];
    if (!now || (old && old.epoch === now.epoch && now.id <= old.id)) return false;
    this.position = id;
    this.#failures = 0;
    return true;
  }

  async *#poll() {
    this.#say("polling");
    const { signal } = this.options;
    const end = performance.now() + this.timing.tryStream;
    let seen = this.position;
    while (performance.now() < end && !signal?.aborted) {
      let wait = this.timing.poll;
      try {
        const event = await this.#readSnapshot();
        if (event.id !== seen) {
          seen = event.id;
          yield event;
        }
      } catch (error) {
        if (error instanceof Later) wait = Math.max(wait, error.wait ?? 0);
        else if (!(error instanceof Lost)) throw error;
      }
      await sleep(wait * (1 + Math.random() / 5), signal);
    }
  }
}

/**
 * The chains that a panel's events add up to: `chains` is a Map from "NIFTY 2025-09-02" to
 * { symbol, expiry, quoteTime, underlying, rows }, and `rows` one from strike to figures.
 * A `reset` needs nothing: a state follows it.
 */
export class Panel {
  clock = null;
  chains = new Map();

  /** Take an event; false where it is none of the panel's own. */
  apply({ type, data }) {
    if (type !== "snapshot" && type !== "chain") return false;
    const body = JSON.parse(data);
    if (type === "snapshot") this.chains.clear();
    this.clock = body.clock;
    for (const sent of body.chains) this.#take(sent);
    return true;
  }

  #take(sent) {
    const { symbol, expiry } = sent;
    const key = `${symbol} ${expiry}`;
    if (sent.expired || sent.left) {
      this.chains.delete(key);
      return;
    }
    const rows = this.chains.get(key)?.rows ?? new Map();
    for (const strike of sent.gone ?? []) rows.delete(strike);
    for (const row of sent.rows) rows.set(row.strike, { ...rows.get(row.strike), ...row });
    const { quote_time: quoteTime, underlying } = sent;
    this.chains.set(key, { symbol, expiry, quoteTime, underlying, rows });
  }
}

export const stream = (url, options) => new Stream(url, options);

// Whatever fetch or a body throws: the network failed, or a silence was cut.
const lostOn = (promise) =>
  promise.catch((cause) => { throw new Lost("the connection was lost", { cause }); });

function place(text) {
  const match = /^([0-9A-Za-z]{1,32}):([0-9]{1,19})$/.exec(text);
  return match && { epoch: match[1], id: BigInt(match[2]) };
}

function eventOf(text) {
  let event;
  try {
    event = JSON.parse(text)?.event;
  } catch {
    throw new Later(); // a proxy answered in its place
  }
  if (typeof event !== "string") throw new Later();
  return event;
}

async function refuse(response) {
  if (response.status === 429 || response.status >= 500) {
    throw new Later(waitOf(response.headers.get("Retry-After")));
  }
  if (response.status >= 400) {
    throw new RequestError(response.status, messageOf(await lostOn(response.text())));
  }
  if (response.status !== 200) throw new NoStream();
}

function messageOf(text) {
  try {
    return String(JSON.parse(text).error.message);
  } catch {
    return text.slice(0, 200);
  }
}

// Retry-After is seconds or a date.
function waitOf(text) {
  if (text === null) return null;
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000;
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
