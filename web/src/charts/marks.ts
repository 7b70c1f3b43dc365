import { placeLabels } from "./scale.js";

/** A level that a chart marks: a wall, the underlying, max pain. */
export interface Mark {
  readonly at: number;
  readonly label: string;
  readonly colour: string;
}

const ROW = 14;
const PAD = 4;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number; // of the rows of labels
  readonly bottom: number; // where the lines end
}

interface Drawn {
  readonly mark: Mark;
  readonly x: number;
  readonly text: string;
}

/** Marks with their places; one beyond an edge says so by an arrow at that edge. */
function drawnOf(marks: readonly Mark[], xOf: (at: number) => number, box: Box): Drawn[] {
  return marks.map((mark) => {
    const x = xOf(mark.at);
    if (x < box.left) return { mark, x: box.left, text: `◂ ${mark.label}` };
    if (x > box.right) return { mark, x: box.right, text: `${mark.label} ▸` };
    return { mark, x, text: mark.label };
  });
}

/** How high the labels of these marks are, so that a chart leaves them room. */
export function marksHeight(
  ink: CanvasRenderingContext2D, marks: readonly Mark[], xOf: (at: number) => number, box: Box,
): number {
  const rows = placed(ink, drawnOf(marks, xOf, box), box).map(({ row }) => row);
  return marks.length === 0 ? 0 : (Math.max(...rows) + 1) * ROW + 2;
}

/** Draw the marks: a line each, and above it a label that no other one and no line covers. */
export function drawMarks(
  ink: CanvasRenderingContext2D, marks: readonly Mark[], xOf: (at: number) => number, box: Box,
  paper: string,
): void {
  const drawn = drawnOf(marks, xOf, box);
  const places = placed(ink, drawn, box);
  ink.save();
  ink.textAlign = "left";
  ink.textBaseline = "middle";
  ink.lineWidth = 1;
  ink.setLineDash([3, 3]);
  drawn.forEach(({ mark, x, text }, at) => {
    if (text !== mark.label) return; // it is beyond the edge
    ink.strokeStyle = mark.colour;
    line(ink, Math.round(x) + 0.5, box.top + (places[at]!.row + 1) * ROW - 1, box.bottom);
  });
  drawn.forEach(({ mark, text }, at) => {
    const { left, row } = places[at]!;
    const y = box.top + row * ROW;
    ink.fillStyle = paper;
    ink.fillRect(left + 1, y, ink.measureText(text).width + 2 * PAD - 2, ROW - 1);
    ink.fillStyle = mark.colour;
    ink.fillText(text, left + PAD, y + ROW / 2);
  });
  ink.restore();
}

function placed(ink: CanvasRenderingContext2D, drawn: readonly Drawn[], box: Box) {
  const labels = drawn.map(({ x, text }) => ({ x, width: ink.measureText(text).width + 2 * PAD }));
  return placeLabels(labels, box.left, box.right, 2);
}

function line(ink: CanvasRenderingContext2D, x: number, from: number, to: number): void {
  ink.beginPath();
  ink.moveTo(x, from);
  ink.lineTo(x, to);
  ink.stroke();
}
