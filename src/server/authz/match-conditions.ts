import { type FieldError, fieldError } from '../../api/status.ts';
import { type Environment, environment, fieldDecl, objectDecl, type Program, types } from '../../cel/index.ts';
import { joinErrors } from '../lib/configuration.ts';

/** Expressions that say which requests a webhook is asked about: over `request`, the spec of a SubjectAccessReview (k8s.io/apiserver/pkg/authorization/cel). */
const text = types.string;
const texts = types.list(text);
const plain = (celType: types.CelType) => ({ celType, maxElements: 0, minSerializedSize: 0 });
type Declared = Parameters<typeof fieldDecl>[1];
const object = (name: string, fields: Readonly<Record<string, types.CelType | Declared>>) =>
  objectDecl(
    `kubernetes.${name}`,
    new Map(Object.entries(fields).map(([field, type]) => [field, fieldDecl(field, 'celType' in type ? type : plain(type))])),
  );
const listOf = (elemType: Declared): Declared => ({
  celType: types.list(elemType.celType),
  elemType,
  maxElements: 0,
  minSerializedSize: 0,
});

const requirement = object('SelectorRequirement', { key: text, operator: text, values: texts });
const selector = (name: string) => object(name, { rawSelector: text, requirements: listOf(requirement) });
const requestType = object('SubjectAccessReviewSpec', {
  resourceAttributes: object('ResourceAttributes', {
    ...Object.fromEntries(['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name'].map((name) => [name, text])),
    fieldSelector: selector('FieldSelectorAttributes'),
    labelSelector: selector('LabelSelectorAttributes'),
  }),
  nonResourceAttributes: object('NonResourceAttributes', { path: text, verb: text }),
  user: text,
  groups: texts,
  extra: types.map(text, texts),
  uid: text,
});
let known: Environment | undefined;
const requests = () => (known ??= environment({ variables: { request: requestType } }));

const mostConditions = 64;

export function compileMatchConditions(expressions: readonly string[], path: string, errors: FieldError[]): readonly Program[] {
  if (expressions.length > mostConditions) {
    errors.push(fieldError.tooMany(path, expressions.length, mostConditions));
    return [];
  }
  return expressions.flatMap((expression, index) => {
    const at = `${path}[${index}].expression`;
    const fail = (error: FieldError): readonly Program[] => {
      errors.push(error);
      return [];
    };
    if (expression.trim() === '') return fail(fieldError.required(at));
    if (expressions.indexOf(expression) < index) return fail(fieldError.duplicate(at, expression));
    const { program, failure } = requests().compile(expression);
    if (program === undefined) return fail(fieldError.invalid(at, expression, `compilation failed: ${failure.text}`));
    if (program.outputType.kind !== 'bool') {
      const got = types.typeText(program.outputType);
      return fail(fieldError.invalid(at, expression, `must evaluate to bool but got ${got}`));
    }
    if (program.instantiationError !== undefined)
      return fail(fieldError.internal(at, `program instantiation failed: ${program.instantiationError}`));
    return [program];
  });
}

/** Whether all conditions hold. A failed one counts only when none is false: then this throws Error. */
export function matchesConditions(programs: readonly Program[], request: object): boolean {
  const failures: string[] = [];
  for (const program of programs) {
    const { value, error } = program.evaluate({ request });
    if (error !== undefined) failures.push(`cel evaluation error: expression '${program.expression}' resulted in error: ${error.message}`);
    else if (value === false) return false;
  }
  if (failures.length > 0) throw new Error(joinErrors(failures));
  return true;
}
