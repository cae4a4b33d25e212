/** What every environment has. */
import type { Library } from '../api.ts';
import { standardMacros } from '../macros.ts';
import * as t from '../types.ts';
import { conversionFunctions } from './conversions.ts';
import { operatorFunctions } from './operators.ts';
import { timeFunctions } from './timestamps.ts';

export const standardLibrary: Library = {
  name: 'standard',
  functions: { ...operatorFunctions, ...conversionFunctions, ...timeFunctions },
  macros: standardMacros,
  types: [
    t.bool,
    t.bytes,
    t.double,
    t.duration,
    t.int,
    t.list(t.dyn),
    t.map(t.dyn, t.dyn),
    t.nullType,
    t.string,
    t.timestamp,
    t.typeOfType(),
    t.uint,
  ],
};
