/** A canvas that fills its element, sharp on every screen, with a note at the pointer. */
export class Canvas {
  readonly ink: CanvasRenderingContext2D;
  width = 0;
  height = 0;
  readonly #root: HTMLElement;
  readonly #canvas = document.createElement("canvas");
  readonly #note = document.createElement("div");
  readonly #draw: () => void;
  readonly #noteAt: (x: number, y: number) => string | null;
  readonly #sizes: ResizeObserver;

  constructor(
    root: HTMLElement, draw: () => void, noteAt: (x: number, y: number) => string | null,
  ) {
    this.#root = root;
    this.#draw = draw;
    this.#noteAt = noteAt;
    this.ink = this.#canvas.getContext("2d")!;
    this.#canvas.setAttribute("role", "img");
    this.#note.className = "tip";
    this.#note.hidden = true;
    root.append(this.#canvas, this.#note);
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(root);
    root.addEventListener("pointermove", this.#moved);
    root.addEventListener("pointerleave", this.#left);
  }

  /** What a screen reader says of it. */
  describe(text: string): void {
    if (this.#canvas.ariaLabel !== text) this.#canvas.ariaLabel = text;
  }

  /** Draw again, if it has a size. */
  draw(): void {
    if (this.width === 0) return;
    const ratio = devicePixelRatio;
    this.ink.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.ink.clearRect(0, 0, this.width, this.height);
    this.ink.font = FONT;
    this.ink.textBaseline = "middle";
    this.#draw();
  }

  close(): void {
    this.#sizes.disconnect();
    this.#root.removeEventListener("pointermove", this.#moved);
    this.#root.removeEventListener("pointerleave", this.#left);
    this.#canvas.remove();
    this.#note.remove();
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#root;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.width = clientWidth;
    this.height = clientHeight;
    this.#canvas.width = Math.round(clientWidth * devicePixelRatio);
    this.#canvas.height = Math.round(clientHeight * devicePixelRatio);
    this.draw();
  }

  #moved = (event: PointerEvent) => {
    const box = this.#root.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const text = this.#noteAt(x, y);
    this.#note.hidden = text === null;
    if (text === null) return;
    this.#note.textContent = text;
    const left = x + 14 + this.#note.offsetWidth > this.width
      ? x - 10 - this.#note.offsetWidth : x + 14;
    const top = Math.min(y + 12, this.height - this.#note.offsetHeight);
    this.#note.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  };

  #left = () => {
    this.#note.hidden = true;
  };
}

export const FONT = '11px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** Diagonal lines, which say that nothing is known there. */
export function hatch(ink: CanvasRenderingContext2D, colour: string): CanvasPattern {
  const size = 7;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const pen = tile.getContext("2d")!;
  pen.strokeStyle = colour;
  pen.beginPath();
  for (const x of [-size, 0, size]) {
    pen.moveTo(x - 1, size + 1);
    pen.lineTo(x + size + 1, -1);
  }
  pen.stroke();
  return ink.createPattern(tile, "repeat")!;
}
