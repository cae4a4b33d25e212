import type { AnyKind } from '../../api/kind.ts';
import { objectMeta } from '../../api/meta.ts';
import { type DeclType, type Schema, schemaType, shapeSchema } from '../../cel/index.ts';
import { ExpressionCompiler } from '../../kinds/admissionregistration/lib/expressions.ts';
import type { ValidatingAdmissionPolicy } from '../../kinds/admissionregistration/validating-admission-policy.ts';

/** Checks expressions of policies against the types of what they are about (k8s.io/apiserver pkg/admission/plugin/policy/validating/typechecking.go). */
export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}
type Rule = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']['matchConstraints']>['resourceRules']>[number];
const mostTypes = 10;

const hasWildcard = (names: readonly string[]) => names.some((name) => name.includes('*'));
const byName = (kind: AnyKind) => JSON.stringify([kind.group, kind.version, kind.kind]);

/** No group stands for any. */
const namedBy = (kinds: readonly AnyKind[], group: string, version: string, resource: string) =>
  kinds.filter(
    (kind) =>
      kind.version === version && (group === '' || kind.group === group) && [kind.plural, kind.singular].includes(resource.toLowerCase()),
  );

/** The kinds that rules name without wildcards, some ten at most. */
function kindsOf(rules: readonly Rule[], kinds: readonly AnyKind[]): readonly AnyKind[] {
  const found = new Map<string, AnyKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of rules) {
    if (hasWildcard(apiGroups) || hasWildcard(apiVersions)) continue;
    const plain = resources.filter((resource) => !/[*/]/.test(resource));
    let count = 0;
    for (const group of [...apiGroups].sort())
      for (const version of [...apiVersions].sort())
        for (const resource of plain.sort())
          for (const kind of namedBy(kinds, group, version, resource)) {
            if (count++ < mostTypes) found.set(byName(kind), kind);
          }
    if (count >= mostTypes) break;
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kind]) => kind);
}

/** The type of a kind's objects. */
function typeOf({ custom, kind, shape }: AnyKind): DeclType | undefined {
  const schema = custom === undefined ? shapeSchema(shape) : (custom.published(3) as Schema);
  const text: Schema = { type: 'string' };
  const properties = { ...schema.properties, apiVersion: text, kind: text, metadata: shapeSchema(objectMeta) };
  return schemaType({ ...schema, properties }, true, kind);
}

function paramsType({ paramKind }: ValidatingAdmissionPolicy['spec'], kinds: readonly AnyKind[]) {
  const parts = (paramKind?.apiVersion ?? '').split('/');
  if (paramKind === undefined || parts.length > 2) return { has: false, type: undefined };
  const [group, version] = parts.length === 1 ? ['', parts[0]] : parts;
  const kind = kinds.find((one) => one.group === group && one.version === version && one.kind === paramKind.kind);
  return { has: true, type: kind && typeOf(kind) };
}

/** What is odd about the policy's expressions, for each type that it is about. Pure. */
export function checkTypes({ spec }: ValidatingAdmissionPolicy, kinds: readonly AnyKind[]): readonly ExpressionWarning[] {
  const params = paramsType(spec, kinds);
  const scope = { params: params.has, authorizer: true };
  const compilers = kindsOf(spec.matchConstraints?.resourceRules ?? [], kinds).map((kind) => {
    const type = typeOf(kind);
    const known = {
      ...(type === undefined ? {} : { object: type, oldObject: type }),
      ...(params.type === undefined ? {} : { params: params.type }),
    };
    const compiler = new ExpressionCompiler(true, known);
    for (const { name, expression } of spec.variables ?? []) compiler.declare(name, compiler.check(expression, scope, 'stored'));
    const { group, version } = kind;
    return { name: `${group}/${version}, Kind=${kind.kind}`, compiler };
  });
  const check = (fieldRef: string, expression: string): readonly ExpressionWarning[] => {
    const faults = compilers.flatMap(({ name, compiler }) => {
      const { failure } = compiler.check(expression, scope, 'stored');
      return failure === undefined ? [] : [`${name}: ${failure.text}\n`];
    });
    return faults.length === 0 ? [] : [{ fieldRef, warning: faults.join('\n') }];
  };
  return (spec.validations ?? []).flatMap(({ expression, messageExpression }, index) => [
    ...check(`spec.validations[${index}].expression`, expression),
    ...(messageExpression ? check(`spec.validations[${index}].messageExpression`, messageExpression) : []),
  ]);
}
