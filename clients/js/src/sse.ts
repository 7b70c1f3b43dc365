import { FrameTooLongError } from "./errors.js";

/** An event of the stream. `id` is opaque; give it as `after` to go on from here. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
  readonly id: string;
}

export const MAX_FRAME_BYTES = 64 * 1024 * 1024;
const RETRY = /^[0-9]{1,9}$/; // ms; longer ones are no wait that anybody means

/**
 * A parser of event streams, to the letter of the WHATWG text.
 *
 * Feed it bytes, cut anywhere; it returns the events that they complete. It keeps at most
 * `maxFrameBytes` of a frame that has not ended, and throws FrameTooLongError beyond that.
 */
export class Parser {
  lastId: string;
  hasId = false; // whether a frame of this stream had an id
  retry: number | null = null; // ms
  #most: number;
  #decoder = new TextDecoder(); // takes the BOM away
  #afterCr = false;
  #line: string[] = []; // the pieces of a line that has not ended
  #held = 0; // what came since a frame ended, less lines not kept
  #id: string | null = null;
  #type = "";
  #data: string[] = [];

  constructor(lastId = "", maxFrameBytes = MAX_FRAME_BYTES) {
    this.lastId = lastId;
    this.#most = maxFrameBytes;
  }

  feed(bytes: Uint8Array): StreamEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (!text) return [];
    if (this.#afterCr && text.startsWith("\n")) text = text.slice(1);
    this.#afterCr = text.endsWith("\r");
    const ended = text.split(/\r\n|\n|\r/);
    const rest = ended.pop() ?? "";
    const events: StreamEvent[] = [];
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

  #keep(piece: string): void {
    if (piece === "") return;
    this.#line.push(piece);
    this.#held += piece.length;
    if (this.#held > this.#most) throw new FrameTooLongError(this.#most);
  }

  #read(line: string): StreamEvent | null {
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

  #dispatch(): StreamEvent | null {
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
}
