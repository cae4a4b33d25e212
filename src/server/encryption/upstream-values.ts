import { isEnvelope, readEnvelope, readMessage } from '../../api/codec-protobuf.ts';
import { decodeObject } from '../../api/decode.ts';
import { type AnyKind, apiVersionOf, messageShape } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { encodeStored } from '../cache/stored-object.ts';
import type { Decrypted, Transformer, Transformers } from './transformer.ts';

/** Versions that upstream stores some kinds in and that are not served here, with the ones whose fields they have. */
const sameFields = new Map([['admissionregistration.k8s.io/v1beta1', 'admissionregistration.k8s.io/v1']]);

/**
 * Reads also what kube-apiserver stored, as if it had been written here: its values are protobuf (`--storage-media-type`), and definitions
 * JSON of v1beta1. They are stale, so that a migration of storage writes them anew.
 */
export function readingUpstream(inner: Transformers, kinds: readonly AnyKind[]): Transformers {
  const kindOf = new Map(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  const fromProtobuf = (value: Uint8Array): object => {
    const envelope = readEnvelope(value);
    const kind = kindOf.get(`${sameFields.get(envelope.apiVersion) ?? envelope.apiVersion} ${envelope.kind}`);
    if (kind === undefined) throw new Error(`no kind "${envelope.kind}" is known for version "${envelope.apiVersion}"`);
    return decodeObject(kind, readMessage({ ...envelope, apiVersion: apiVersionOf(kind) }, messageShape(kind))).object;
  };
  const readings: Readonly<Record<'any' | 'definitions', (value: Uint8Array) => object | undefined>> = {
    any: (value) => (isEnvelope(value) ? fromProtobuf(value) : undefined),
    definitions: (value) => (isEnvelope(value) ? fromProtobuf(value) : definitionOfV1beta1(value)),
  };
  const reading = (transformer: Transformer, read: (value: Uint8Array) => object | undefined): Transformer => {
    const asHere = (outcome: Decrypted): Decrypted => {
      const object = read(outcome.plain);
      return object === undefined ? outcome : { plain: encodeStored(object as ApiObject), isStale: true };
    };
    return {
      observed: transformer.observed,
      encrypt: (plain, place) => transformer.encrypt(plain, place),
      decrypt(stored, place) {
        const outcome = transformer.decrypt(stored, place);
        return outcome instanceof Promise ? outcome.then(asHere) : asHere(outcome);
      },
    };
  };
  return {
    get version() {
      return inner.version;
    },
    transformer: (group, resource) =>
      reading(inner.transformer(group, resource), readings[resource === 'customresourcedefinitions' ? 'definitions' : 'any']),
  };
}

const columnsOfV1 = (columns: readonly any[] | undefined) => columns?.map(({ JSONPath: jsonPath, ...column }) => ({ ...column, jsonPath }));

/**
 * A definition in v1beta1 as v1 says it: what all versions have in common stands beside them there, and in each of them here.
 * undefined for one of v1. (kubernetes.io: "CustomResourceDefinition", versions)
 */
function definitionOfV1beta1(value: Uint8Array): object | undefined {
  const definition = JSON.parse(Buffer.from(value).toString('utf8'));
  if (definition.apiVersion !== 'apiextensions.k8s.io/v1beta1') return undefined;
  const { version, validation, subresources, additionalPrinterColumns, selectableFields, versions, ...rest } = definition.spec;
  const { conversion, preserveUnknownFields, ...spec } = rest;
  const given: readonly any[] = versions?.length > 0 ? versions : [{ name: version, served: true, storage: true }];
  const { webhookClientConfig: clientConfig, conversionReviewVersions, ...strategy } = conversion ?? { strategy: 'None' };
  return {
    ...definition,
    apiVersion: 'apiextensions.k8s.io/v1',
    spec: {
      ...spec,
      ...(preserveUnknownFields === true ? { preserveUnknownFields } : {}),
      versions: given.map(({ schema = validation, additionalPrinterColumns: columns = additionalPrinterColumns, ...one }) =>
        withoutNothing({
          ...one,
          schema,
          subresources: one.subresources ?? subresources,
          additionalPrinterColumns: columnsOfV1(columns),
          selectableFields: one.selectableFields ?? selectableFields,
        }),
      ),
      conversion:
        strategy.strategy === 'Webhook' ? { ...strategy, webhook: withoutNothing({ clientConfig, conversionReviewVersions }) } : strategy,
    },
  };
}
const withoutNothing = (object: object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
