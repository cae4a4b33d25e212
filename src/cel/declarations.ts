/** What names mean in an environment: variables, functions with their overloads, types. */
import type { Overload, TypeResolver } from './api.ts';
import * as types from './types.ts';
import type { CelType } from './types.ts';
import { collectParameters } from './unify.ts';
import { TypeValue } from './values.ts';

export interface Variable {
  readonly name: string;
  readonly type: CelType;
}
export interface FunctionDecl {
  readonly name: string;
  readonly overloads: readonly DeclaredOverload[];
}
export interface DeclaredOverload extends Overload {
  /** Names of type parameters in its signature. */
  readonly typeParameters: readonly string[];
}
/** Fields of an object type, however it was declared. */
export interface ObjectType {
  readonly type: CelType;
  field(name: string): CelType | undefined;
}

export class Declarations {
  readonly variables = new Map<string, Variable>();
  readonly functions = new Map<string, FunctionDecl>();
  /** Types that can be named as values: int, net.IP. */
  readonly types = new Map<string, TypeValue>();
  readonly objects = new Map<string, ObjectType>();
  resolver: TypeResolver | undefined;
  /** Package that names are looked up in first. */
  container = '';

  copy(): Declarations {
    const copy = new Declarations();
    for (const [name, one] of this.variables) copy.variables.set(name, one);
    for (const [name, one] of this.functions) copy.functions.set(name, one);
    for (const [name, one] of this.types) copy.types.set(name, one);
    for (const [name, one] of this.objects) copy.objects.set(name, one);
    copy.resolver = this.resolver;
    copy.container = this.container;
    return copy;
  }
  addFunction(name: string, overloads: readonly Overload[]): void {
    const known = this.functions.get(name)?.overloads ?? [];
    const added = overloads
      .filter((one) => !known.some((other) => other.id === one.id))
      .map((overload) => {
        const parameters = new Set<string>();
        for (const type of [...overload.args, overload.result]) collectParameters(type, parameters);
        return { ...overload, typeParameters: [...parameters] };
      });
    this.functions.set(name, { name, overloads: [...known, ...added] });
  }
  addType(type: CelType): void {
    this.types.set(type.name, new TypeValue(type));
  }
  /** Names that a name can mean, from the innermost package outwards. */
  candidates(name: string): readonly string[] {
    if (name.startsWith('.')) return [name.slice(1)];
    if (this.container === '') return [name];
    const parts = this.container.split('.');
    return [...parts.map((_, index) => `${parts.slice(0, parts.length - index).join('.')}.${name}`), name];
  }
  findObject(name: string): ObjectType | undefined {
    const known = this.objects.get(name);
    if (known !== undefined || this.resolver === undefined) return known;
    const resolved = this.resolver.resolve(name);
    return resolved && { type: types.object(name), field: (field) => resolved.field(field) };
  }
}
