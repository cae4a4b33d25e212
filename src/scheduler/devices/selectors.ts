import { setLatest } from '../../base/latest.ts';
import { compileDeviceSelector, type DeviceSelector, selectsDevice } from '../../cel/index.ts';
import type { Candidate } from './pools.ts';

const compiled = new Map<string, DeviceSelector>();
const mostCompiled = 256;

/** Those used last are kept. */
function compiledSelector(expression: string): DeviceSelector {
  const known = compiled.get(expression) ?? compileDeviceSelector(expression, 'stored');
  setLatest(compiled, expression, known, mostCompiled);
  return known;
}

/** Whether the expression wants the device. Throws Error when it fails. */
export function selects(expression: string, { device, slice }: Candidate): boolean {
  const { program, error } = compiledSelector(expression);
  if (error !== undefined) throw new Error(`CEL compile error: ${error}`);
  const selection = selectsDevice(program, { ...device, driver: slice.spec.driver });
  if (selection.error !== undefined) throw new Error(`CEL runtime error: ${selection.error}`);
  return selection.selected;
}
