const SOON_MS = 250; // a little more than the stream's interval
const RESTS = 12; // times as long as a drawing took
const LONGEST_REST_MS = 500;

/**
 * When the page is drawn: once before the next frame, however often it is asked for. What the
 * stream brings is drawn as often as a slow machine can: most of the page's time is drawing.
 */
export class Drawing {
  readonly #draw: () => void;
  readonly #ended: AbortSignal;
  #isAsked = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity; // when the timer ends, by performance.now()
  #restsUntil = 0;

  constructor(draw: () => void, ended: AbortSignal) {
    this.#draw = draw;
    this.#ended = ended;
  }

  /** Before the next frame. A page that nobody sees is not drawn. */
  now(): void {
    if (this.#isAsked || this.#ended.aborted) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      if (!this.#ended.aborted) this.#work();
    });
  }

  /** The stream's figures, once the page has rested. */
  live(): void {
    this.#by(this.#restsUntil);
  }

  /** With the stream's next figures, or soon. */
  soon(): void {
    this.#by(performance.now() + SOON_MS);
  }

  #by(due: number): void {
    const wait = due - performance.now();
    if (wait <= 0) return this.now();
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.now(), wait);
  }

  #work(): void {
    clearTimeout(this.#timer);
    this.#due = Infinity;
    const begun = performance.now();
    this.#draw();
    setTimeout(() => { // layout and paint are done
      const now = performance.now();
      this.#restsUntil = now + Math.min(RESTS * (now - begun), LONGEST_REST_MS);
    });
  }
}
