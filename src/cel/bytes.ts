/** Bytes and text. */
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
export const utf8Bytes = (text: string): Uint8Array => encoder.encode(text);
/** undefined for what is no UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
export const base64 = (bytes: Uint8Array): string => bytes.toBase64();
