import { type Answer, type Row, rowsOf } from "./api.js";

/** What a panel draws of an answer's rows, as an answer. */
export function drawnOf(answer: Answer, drawn: (rows: readonly Row[]) => readonly Row[]): Answer {
  const rows = drawn(rowsOf(answer));
  const columns = rows[0] ? Object.keys(rows[0]) : answer.columns;
  return { ...answer, columns, rows: rows.map((row) => columns.map((column) => row[column])) };
}

/** An answer as CSV by RFC 4180; unknown is an empty cell. */
export function csvOf({ columns, rows }: Answer): string {
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Hand a text to the browser as a file. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
