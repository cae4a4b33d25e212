import type { Input, Kind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { FlowSchema } from '../../../kinds/flowcontrol/flow-schema.ts';
import { type BootstrapObject, bootstrapLevels, bootstrapSchemas } from '../../../kinds/flowcontrol/lib/bootstrap.ts';
import { PriorityLevelConfiguration } from '../../../kinds/flowcontrol/priority-level-configuration.ts';
import { decodeObject } from '../../../api/decode.ts';
import { sameOrEmpty } from '../../../kinds/lib/fields.ts';

const annotation = 'apf.kubernetes.io/autoupdate-spec';
const fieldManager = 'api-priority-and-fairness-config-producer-v1';
type Configuration = ApiObject & { readonly spec: object };

/** What strconv.ParseBool takes. */
const booleans: Readonly<Record<string, boolean>> = Object.fromEntries(
  ['1', 't', 'T', 'true', 'TRUE', 'True']
    .map((text) => [text, true])
    .concat(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
);
const saidOf = ({ metadata }: ApiObject): boolean | undefined => booleans[metadata.annotations?.[annotation] ?? ''];

/** What to make of an object that is there; undefined: nothing. */
function revised<T extends Configuration>(present: T, wanted: T, mandatory: boolean): T | undefined {
  const said = saidOf(present);
  const follows = mandatory || (said ?? present.metadata.generation === 1);
  const spec = follows && !sameOrEmpty(present.spec, wanted.spec) ? wanted.spec : undefined;
  if (spec === undefined && said === follows) return undefined;
  const annotations = said === follows ? present.metadata.annotations : { ...present.metadata.annotations, [annotation]: String(follows) };
  return { ...present, metadata: { ...present.metadata, annotations }, ...(spec === undefined ? {} : { spec }) };
}

async function ensureOne<T extends Configuration>(
  client: Client,
  kind: Kind<T>,
  { name, spec, mandatory }: BootstrapObject<unknown>,
): Promise<void> {
  const { object } = decodeObject(kind, { metadata: { name, annotations: { [annotation]: 'true' } }, spec });
  kind.strategy.defaults?.(object as never);
  const wanted = object as unknown as T;
  try {
    const update = revised(await client.get(kind, { name }), wanted, mandatory);
    if (update !== undefined) await client.update(kind, update, { fieldManager });
  } catch (error) {
    // Somebody changes it now: the next round looks at it again.
    if (isConflict(error)) return;
    if (!isNotFound(error)) throw error;
    await client.create(kind, wanted as Input<T>, { fieldManager }).catch((failure: unknown) => {
      if (!isAlreadyExists(failure)) throw failure;
    });
  }
}

/** Objects that say they follow the server, of which the server knows nothing (any more). */
async function removeUnwanted<T extends Configuration>(
  client: Client,
  kind: Kind<T>,
  wanted: readonly BootstrapObject<unknown>[],
): Promise<void> {
  const names = new Set(wanted.map(({ name }) => name));
  for (const object of (await client.list(kind)).items) {
    const { name } = object.metadata;
    if (names.has(name) || saidOf(object) !== true) continue;
    await client.delete(kind, { name }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}

/** Makes and corrects the priority levels and flow schemas of the server's own (pkg/registry/flowcontrol/ensurer). */
export async function ensureFlowControl(client: Client): Promise<void> {
  await Promise.all(bootstrapLevels.map((one) => ensureOne(client, PriorityLevelConfiguration, one)));
  await Promise.all(bootstrapSchemas.map((one) => ensureOne(client, FlowSchema, one)));
  await removeUnwanted(client, FlowSchema, bootstrapSchemas);
  await removeUnwanted(client, PriorityLevelConfiguration, bootstrapLevels);
}
