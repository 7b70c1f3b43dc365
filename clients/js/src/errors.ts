/** Base of the errors of this package. `code` is stable, `message` is to be read. */
export class PgstrikeError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The server refuses the request (HTTP 4xx). Sending it again does not help. */
export class RequestError extends PgstrikeError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.status = status;
  }
}

/**
 * The server cannot answer now. The same request may succeed later.
 *
 * `status` is null where no answer came. `retryAfter` is in ms, and null where the server did
 * not send one.
 */
export class UnavailableError extends PgstrikeError {
  readonly status: number | null;
  readonly retryAfter: number | null;

  constructor(
    code: string,
    message: string,
    { status = null, retryAfter = null, cause }: {
      status?: number | null; retryAfter?: number | null; cause?: unknown;
    } = {},
  ) {
    super(code, message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** The stream holds a frame that is longer than the client may keep. */
export class FrameTooLongError extends PgstrikeError {
  constructor(most: number) {
    super(
      "frame_too_long",
      `a frame of the stream is longer than ${most} bytes; `
        + "ask for less, or raise maxFrameBytes",
    );
  }
}
