/** Base64 of UTF-8 text. */
function encode(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** stringData is written into data, where it wins, and is never stored. */
export function mergeStringData(secret: {
  data?: Record<string, string> | undefined;
  stringData?: Record<string, string> | undefined;
}): void {
  if (secret.stringData === undefined) return;
  const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, encode(text)] as const);
  secret.data = { ...secret.data, ...Object.fromEntries(encoded) };
  delete secret.stringData;
}
