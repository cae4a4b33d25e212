import { serverSideApply, updateManagedFields } from '../../../src/api/apply.ts';
import { parseJson } from '../../../src/api/json.ts';
import type { AnyKind, Draft } from '../../../src/api/kind.ts';
import type { ApiObject } from '../../../src/api/meta.ts';
import { StatusError } from '../../../src/api/status.ts';
import { CustomResourceDefinition } from '../../../src/kinds/apiextensions/custom-resource-definition.ts';
import { customKinds } from '../../../src/kinds/apiextensions/lib/custom-kind.ts';
import { decodeBody, ParsedBody } from '../../../src/server/lib/decoding.ts';
import { validateCreate, validateUpdate } from '../../../src/server/lib/validation.ts';
import { custom } from '../../differential/sources/custom.ts';
import { allow, type Target } from '../lib/target.ts';

const ignored = () => undefined;
const time = '2026-01-02T03:04:05Z';
const scenarioOf = (seed: number): string => {
  const bodies = custom.scenario(seed).steps.flatMap(({ body }) => (body !== undefined && 'value' in body ? [body.value] : []));
  return JSON.stringify(bodies).replaceAll('$NS', 'ns').replaceAll('$IP', '5');
};

/** A list of JSON: a CustomResourceDefinition, then objects of its kind, which are written one over the other. */
export const target: Target = {
  inputs: 100,
  samples: () => Array.from({ length: 20 }, (_, seed) => scenarioOf(seed)),
  words: [
    ...[
      '"properties":{',
      '"items":{',
      '"additionalProperties":',
      '"x-kubernetes-validations":[{"rule":"',
      '"default":',
      '"x-kubernetes-int-or-string":true,',
    ],
    ...[
      '"x-kubernetes-preserve-unknown-fields":true,',
      '"x-kubernetes-embedded-resource":true,',
      '"x-kubernetes-list-type":"map",',
      '"x-kubernetes-list-map-keys":["a"],',
    ],
    ...[
      '"type":"',
      'object',
      'array',
      'string',
      'integer',
      '"pattern":"',
      '"enum":[',
      '"nullable":true,',
      '"format":"date-time",',
      '"maxLength":1,',
      '"allOf":[{',
      '"not":{',
    ],
    ...[
      'self',
      'oldSelf',
      '.all(x,',
      '.matches(',
      '"jsonPath":"',
      '.spec.',
      '[*]',
      '"__proto__":',
      '"apiVersion":"x",',
      'null',
      '{}',
      '[]',
      '-1',
      '1e400',
    ],
  ],
  generate: (random) => scenarioOf(random.int(2 ** 31)),
  check(input) {
    const parsed = allow(() => parseJson(input).value, SyntaxError);
    if (!Array.isArray(parsed)) return;
    const [given, ...objects] = parsed as readonly unknown[];
    const definition = allow(() => decodeBody(CustomResourceDefinition, given, {}, ignored), StatusError) as
      | Draft<CustomResourceDefinition>
      | undefined;
    if (definition === undefined || validateCreate(CustomResourceDefinition, definition as ApiObject).length > 0) return;
    definition.status.acceptedNames = structuredClone(definition.spec.names);
    for (const kind of customKinds(definition as CustomResourceDefinition)) {
      JSON.stringify([kind.custom?.published(2), kind.custom?.published(3)]);
      let stored: ApiObject | undefined;
      for (const one of objects) stored = written(kind, one, stored) ?? stored;
    }
  },
};
function written(kind: AnyKind, given: unknown, old: ApiObject | undefined): ApiObject | undefined {
  return allow(() => {
    const draft = decodeBody(kind, new ParsedBody(given), { fieldValidation: 'Warn' }, ignored) as Draft<ApiObject>;
    draft.metadata.name ??= 'one';
    const errors =
      old === undefined ? validateCreate(kind, draft as ApiObject) : validateUpdate(kind, draft as ApiObject, old, '', ignored);
    const object = updateManagedFields({ kind, old, updated: draft, manager: 'm', subresource: '', time }) as ApiObject;
    for (const { value } of kind.strategy.columns ?? []) value(object, 0);
    if (errors.length > 0) return undefined;
    const sent = { apiVersion: object.apiVersion, kind: kind.kind, metadata: { name: draft.metadata.name } };
    serverSideApply({ kind, live: object, applied: sent, sent, manager: 'other', force: true, subresource: '', time });
    return object;
  }, StatusError);
}
