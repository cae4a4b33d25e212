import { fieldError } from '../../../api/status.ts';
import { compileDeviceSelector, maxSelectorCost, maxSelectorLength } from '../../../cel/index.ts';
import { byteLength, type Errors } from '../../lib/validate.ts';
import type { DeviceSelector } from '../shapes/resource-claim.ts';

export const mostSelectors = 32;

/** A CEL expression that selects devices. A `stored` one may use all that is known; a new one what the version before also understands. */
export function* validateSelector({ cel }: DeviceSelector, path: string, stored = false): Errors {
  if (cel === undefined) return yield fieldError.required(`${path}.cel`);
  const where = `${path}.cel.expression`;
  if (byteLength(cel.expression) > maxSelectorLength) return yield fieldError.tooLong(where, maxSelectorLength);
  const selector = compileDeviceSelector(cel.expression, stored ? 'stored' : 'new');
  if (selector.error !== undefined) yield fieldError.invalid(where, cel.expression, selector.error);
  else if (selector.maxCost > maxSelectorCost) yield fieldError.forbidden(where, 'too complex, exceeds cost limit');
}
