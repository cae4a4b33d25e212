import { fieldError } from '../../../api/status.ts';
import { byteLength, type Errors } from '../../lib/validate.ts';
import type { DeviceSelector } from '../shapes/resource-claim.ts';
import { compileSelector, mostSelectorCost } from './device-selector.ts';

export const mostSelectors = 32;
const mostExpressionBytes = 10 * 1024;

/** A CEL expression that selects devices. A `stored` one may use all that is known; a new one what the version before also understands. */
export function* validateSelector({ cel }: DeviceSelector, path: string, stored = false): Errors {
  if (cel === undefined) return yield fieldError.required(`${path}.cel`);
  const where = `${path}.cel.expression`;
  if (byteLength(cel.expression) > mostExpressionBytes) return yield fieldError.tooLong(where, mostExpressionBytes);
  const { program, error } = compileSelector(cel.expression, stored ? 'stored' : 'new');
  if (error !== undefined) yield fieldError.invalid(where, cel.expression, error);
  else if (program.estimateCost().max > mostSelectorCost) yield fieldError.forbidden(where, 'too complex, exceeds cost limit');
}
