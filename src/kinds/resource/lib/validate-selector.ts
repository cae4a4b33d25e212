import { fieldError } from '../../../api/status.ts';
import { byteLength, type Errors } from '../../lib/validate.ts';
import type { DeviceSelector } from '../shapes/resource-claim.ts';

export const mostSelectors = 32;
const mostExpressionBytes = 10 * 1024;

/** A CEL expression that selects devices. */
export function* validateSelector({ cel }: DeviceSelector, path: string): Errors {
  if (cel === undefined) yield fieldError.required(`${path}.cel`);
  else if (byteLength(cel.expression) > mostExpressionBytes) yield fieldError.tooLong(`${path}.cel.expression`, mostExpressionBytes);
}
