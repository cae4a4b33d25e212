/** Libraries of cel-go that Kubernetes 1.36 switches on for device selectors only (ext/bindings.go), or never (ext/encoders.go). */
import type { Library } from '../api.ts';
import { base64 } from '../bytes.ts';
import { bindMacro } from '../macros.ts';
import * as t from '../types.ts';
import { Bytes, CelError } from '../values.ts';
import { overload } from './overloads.ts';

/** `cel.bind(name, value, expression)` */
export const bindingsLibrary: Library = { name: 'bindings', macros: [bindMacro] };

/** Padding may be missing. */
function decode(text: string): Bytes | CelError {
  try {
    return new Bytes(Uint8Array.fromBase64(text.replaceAll(/[\r\n]/g, '')));
  } catch {
    return new CelError('illegal base64 data');
  }
}
export const encodersLibrary: Library = {
  name: 'encoders',
  functions: {
    'base64.decode': [overload('base64_decode_string', [t.string], t.bytes, decode)],
    'base64.encode': [overload('base64_encode_bytes', [t.bytes], t.string, (bytes: Bytes) => base64(bytes.value))],
  },
};
