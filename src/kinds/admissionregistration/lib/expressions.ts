import {
  authorizerType,
  type CelType,
  type Compiled,
  type DeclField,
  type DeclType,
  type Environment,
  type ExpressionKind,
  environment,
  fieldDecl,
  jsonPatchLibrary,
  jsonPatchType,
  listDecl,
  mapDecl,
  mutationTypes,
  objectDecl,
  objectType,
  type Program,
  resourceCheckType,
  sameType,
  types,
  typeText,
} from '../../../cel/index.ts';
import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';

/** Expressions of webhooks and policies: what they see, and what they must give (k8s.io/apiserver pkg/admission/plugin/cel). */
export interface ExpressionScope {
  /** They see `params`. */
  readonly params: boolean;
  /** They see `authorizer`. */
  readonly authorizer: boolean;
  /** They construct objects and JSON patches. */
  readonly patches?: boolean;
}
export type CompiledExpression =
  | { readonly program: Program; readonly fault?: undefined }
  /** `internal` is for what is not the user's fault, or cannot be told apart from that. */
  | { readonly program?: undefined; readonly fault: string; readonly internal: boolean };

/** What expressions must give. An empty list stands for anything. */
export const expressionTypes = {
  condition: [types.bool],
  message: [types.string],
  auditValue: [types.string, types.nullType],
  variable: [],
  applyConfiguration: [objectType],
  jsonPatch: [types.list(jsonPatchType)],
} as const satisfies Record<string, readonly CelType[]>;

const unbounded = Number.POSITIVE_INFINITY;
const declOf = (celType: CelType): DeclType => ({ celType, maxElements: unbounded, minSerializedSize: 0 });
const string = declOf(types.string);
const bool = declOf(types.bool);
const dyn = declOf(types.dyn);
const int = declOf(types.int);
const timestamp = declOf(types.timestamp);
const strings = listDecl(string, unbounded);
const objectOf = (name: string, fields: Readonly<Record<string, DeclType>>, required: 'all' | readonly string[]) =>
  objectDecl(
    name,
    new Map(Object.entries(fields).map(([key, type]) => [key, fieldDecl(key, type, required === 'all' || required.includes(key))])),
  );

const kindType = objectOf('kubernetes.GroupVersionKind', { group: string, version: string, kind: string }, 'all');
const resourceType = objectOf('kubernetes.GroupVersionResource', { group: string, version: string, resource: string }, 'all');
const userType = objectOf(
  'kubernetes.UserInfo',
  { username: string, uid: string, groups: strings, extra: mapDecl(strings, unbounded) },
  [],
);
/** `request`: an AdmissionRequest without uid and objects. */
const requestType = objectOf(
  'kubernetes.AdmissionRequest',
  {
    kind: kindType,
    resource: resourceType,
    subResource: string,
    requestKind: kindType,
    requestResource: resourceType,
    requestSubResource: string,
    name: string,
    namespace: string,
    operation: string,
    userInfo: userType,
    dryRun: bool,
    options: dyn,
  },
  ['kind', 'resource', 'requestKind', 'requestResource', 'name', 'operation', 'userInfo'],
);
/** `namespaceObject`, without some of its metadata. */
const namespaceType = objectOf(
  'kubernetes.Namespace',
  {
    metadata: objectOf(
      'kubernetes.NamespaceMetadata',
      {
        name: string,
        generateName: string,
        namespace: string,
        labels: mapDecl(string, unbounded),
        annotations: mapDecl(string, unbounded),
        UID: string,
        creationTimestamp: timestamp,
        deletionGracePeriodSeconds: int,
        deletionTimestamp: timestamp,
        generation: int,
        resourceVersion: string,
        finalizers: strings,
      },
      'all',
    ),
    spec: objectOf('kubernetes.NamespaceSpec', { finalizers: strings }, 'all'),
    status: objectOf(
      'kubernetes.NamespaceStatus',
      {
        conditions: listDecl(
          objectOf(
            'kubernetes.NamespaceCondition',
            { status: string, type: string, lastTransitionTime: timestamp, message: string, reason: string },
            'all',
          ),
          unbounded,
        ),
        phase: string,
      },
      'all',
    ),
  },
  'all',
);

/** Types of `object`, `oldObject` and `params`, where they are known: for type checking. */
export type KnownTypes = Readonly<Partial<Record<'object' | 'oldObject' | 'params', DeclType>>>;

const environments = new Map<string, Environment>();
/** The environment of a scope; one and the same for all expressions, unless types are known. */
export function expressionEnvironment(kind: ExpressionKind, scope: ExpressionScope, known?: KnownTypes): Environment {
  const name = `${kind} ${scope.params} ${scope.authorizer} ${scope.patches === true}`;
  const found = known === undefined ? environments.get(name) : undefined;
  if (found !== undefined) return found;
  const made = environment({
    kind,
    variables: {
      object: known?.object ?? dyn,
      oldObject: known?.oldObject ?? dyn,
      namespaceObject: namespaceType,
      request: requestType,
      ...(scope.params ? { params: known?.params ?? dyn } : {}),
      ...(scope.authorizer ? { authorizer: authorizerType } : {}),
      // Upstream's type checking leaves it out.
      ...(scope.authorizer && known === undefined ? { 'authorizer.requestResource': resourceCheckType } : {}),
    },
    ...(scope.patches === true ? { typeResolver: mutationTypes, libraries: [jsonPatchLibrary] } : {}),
  });
  if (known === undefined) environments.set(name, made);
  return made;
}

/** What a variable of this type is declared as: types that have no place in a schema become dyn. */
function declared(type: CelType | undefined): DeclType {
  if (type === undefined || type.nullable === true) return dyn;
  if (type.kind === 'list') return listDecl(declared(type.parameters[0]), unbounded);
  if (type.kind === 'map') return { ...mapDecl(declared(type.parameters[1]), unbounded), ...mapKey(declared(type.parameters[0]), type) };
  return plainKinds.has(type.kind) ? declOf(type) : dyn;
}
const plainKinds: ReadonlySet<string> = new Set('any bool bytes double duration int null string timestamp uint'.split(' '));
const mapKey = (keyType: DeclType, type: CelType): Partial<DeclType> => ({
  keyType,
  celType: types.map(keyType.celType, declared(type.parameters[1]).celType),
});

/** Expressions that are stored already may use all that this server knows; others what the version before knows, too. */
export const expressionKind = (expression: string, stored: readonly (string | undefined)[]): ExpressionKind =>
  stored.includes(expression) ? 'stored' : 'new';

export function* expressionErrors(path: string, expression: string, compiled: CompiledExpression): Errors {
  if (compiled.fault === undefined) return;
  yield compiled.internal ? fieldError.internal(path, compiled.fault) : fieldError.invalid(path, expression, compiled.fault);
}

/** Compiles expressions one after the other; each sees the variables that were declared before. */
export class ExpressionCompiler {
  readonly #variables: Map<string, DeclField> | undefined;
  readonly #known: KnownTypes | undefined;

  /** `composes`: there are `variables`. */
  constructor(composes: boolean, known?: KnownTypes) {
    this.#variables = composes ? new Map() : undefined;
    this.#known = known;
  }
  /** The plain answer of the engine, whatever the expression gives. */
  check(expression: string, scope: ExpressionScope, kind: ExpressionKind): Compiled {
    const plain = expressionEnvironment(kind, scope, this.#known);
    const variables = this.#variables && objectDecl('kubernetes.variables', new Map(this.#variables));
    return (variables === undefined ? plain : plain.extend({ variables: { variables } })).compile(expression);
  }
  compile(expression: string, scope: ExpressionScope, wanted: readonly CelType[], kind: ExpressionKind): CompiledExpression {
    const { program, failure } = this.check(expression, scope, kind);
    if (program === undefined) return { fault: `compilation failed: ${failure.text}`, internal: false };
    const { outputType, instantiationError } = program;
    if (wanted.length > 0 && !wanted.some((type) => sameType(type, outputType))) {
      const what = wanted.length === 1 ? typeText(wanted[0]!) : `one of [${wanted.map(typeText).join(' ')}]`;
      return { fault: `must evaluate to ${what} but got ${typeText(outputType)}`, internal: false };
    }
    if (instantiationError !== undefined) return { fault: `program instantiation failed: ${instantiationError}`, internal: true };
    return { program };
  }
  /** Adds a variable, of the type that its expression gives; of any type when that does not compile. */
  declare(name: string, { program }: Pick<CompiledExpression, 'program'>): void {
    this.#variables?.set(name, fieldDecl(name, declared(program?.outputType), true));
  }
}
