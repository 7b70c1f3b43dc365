const LEAST_MS = 5000; // a clock that is set right jumps by less

/** Tells that the machine slept: the time of day went on, and the time of the page did not. */
export class Sleep {
  #ahead = Date.now() - performance.now();

  /** Whether it slept since this was asked last. */
  ended(): boolean {
    const before = this.#ahead;
    this.#ahead = Date.now() - performance.now();
    return this.#ahead - before > LEAST_MS;
  }
}
