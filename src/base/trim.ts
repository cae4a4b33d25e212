/** The text without such characters at its end, in time that grows with their number: a pattern that ends in `+$` looks at every run of them. */
export function trimmedEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end--;
  return text.slice(0, end);
}
