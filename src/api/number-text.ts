/** A number whose text says more than its value: that it is written as a fraction, or digits beyond what a number holds exactly. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  /** As it was written. */
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text);
  }
}
/** The same value with plain numbers; itself where it has no others. */
export function plainNumbers(json: unknown): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (json instanceof NumberText) return Number(json.text);
  let changed = false;
  const entries = Object.entries(json).map(([key, value]): [string, unknown] => {
    const kept = plainNumbers(value);
    if (kept !== value) changed = true;
    return [key, kept];
  });
  if (!changed) return json;
  return Array.isArray(json) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
