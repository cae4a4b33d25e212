import type { Source } from './scenario.ts';
import { corners } from './sources/corners.ts';
import { custom, definitions } from './sources/custom.ts';
import { deletes } from './sources/deletes.ts';
import { fixtures } from './sources/fixtures.ts';
import { objects, reviews } from './sources/objects.ts';
import { applies, patches } from './sources/patches.ts';
import { reads } from './sources/reads.ts';
import { policies } from './sources/policies.ts';
import { requests } from './sources/requests.ts';
import { watches } from './sources/watches.ts';

/** All that is asked. Of the generated ones, a seed gives one scenario. */
export const sources: readonly Source[] = [
  corners,
  fixtures,
  objects,
  reviews,
  patches,
  applies,
  reads,
  watches,
  deletes,
  definitions,
  custom,
  policies,
  requests,
];
