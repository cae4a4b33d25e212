/** Environments: which names and libraries expressions have, by Kubernetes' version rules (apiserver/pkg/cel/environment). */
import type { CompileFailure, Compiled, DeclType, Environment, EnvironmentOptions, Library } from './api.ts';
import { Checker } from './checker.ts';
import { estimateCost } from './cost-estimate.ts';
import { Declarations } from './declarations.ts';
import { kubernetesLibraries } from './library/kubernetes.ts';
import { standardLibrary } from './library/standard.ts';
import { type Macro, macroKey } from './macros.ts';
import { parse } from './parser.ts';
import { CompiledProgram } from './program.ts';
import { declareTypes, sizeAt } from './schema-types.ts';
import type { Issues } from './source.ts';
import type { CelType } from './types.ts';
import { validate } from './validators.ts';

/** What an engine that is not Kubernetes' may want otherwise: the conformance suites of CEL do. */
export interface LanguageOptions {
  /** Literals are looked at more closely, and elements of lists and maps have one type. */
  readonly validated?: boolean;
  readonly escapedIdentifiers?: boolean;
  /** The package that names are looked up in first. */
  readonly container?: string;
}

const isDeclType = (type: CelType | DeclType): type is DeclType => 'celType' in type;

/** What an environment consists of; extending makes another one. */
interface Parts {
  readonly declarations: Declarations;
  readonly macros: ReadonlyMap<string, Macro>;
  readonly libraries: ReadonlySet<string>;
  readonly optionalSyntax: boolean;
  readonly language: LanguageOptions;
  /** Types of variables, where they tell sizes. */
  readonly sizes: ReadonlyMap<string, DeclType>;
  readonly sizeOf: EnvironmentOptions['sizeOf'];
}
const nothing = (language: LanguageOptions): Parts => ({
  declarations: new Declarations(),
  macros: new Map(),
  libraries: new Set(),
  optionalSyntax: false,
  language,
  sizes: new Map(),
  sizeOf: undefined,
});
function extended(base: Parts, options: EnvironmentOptions): Parts {
  const declarations = base.declarations.copy();
  const macros = new Map(base.macros);
  const known = new Set(base.libraries);
  let { optionalSyntax } = base;
  for (const library of options.libraries ?? []) {
    if (known.has(library.name)) continue;
    known.add(library.name);
    for (const [name, overloads] of Object.entries(library.functions ?? {})) declarations.addFunction(name, overloads);
    for (const macro of library.macros ?? []) macros.set(macroKey(macro.name, macro.args, macro.receiver), macro);
    for (const type of library.types ?? []) declarations.addType(type);
    optionalSyntax ||= library.optionalSyntax === true;
  }
  const sizes = new Map(base.sizes);
  for (const [name, type] of Object.entries(options.variables ?? {})) {
    declarations.variables.set(name, { name, type: isDeclType(type) ? type.celType : type });
    if (!isDeclType(type)) continue;
    sizes.set(name, type);
    declareTypes(declarations, type);
  }
  for (const type of options.types ?? []) declareTypes(declarations, type);
  if (options.typeResolver !== undefined) declarations.resolver = options.typeResolver;
  if (base.language.container !== undefined) declarations.container = base.language.container;
  const sizeOf = options.sizeOf ?? base.sizeOf;
  return { ...base, declarations, macros, libraries: known, optionalSyntax, sizes, sizeOf };
}

class ExtendableEnvironment implements Environment {
  readonly #parts: Parts;
  constructor(parts: Parts) {
    this.#parts = parts;
  }

  extend(options: Omit<EnvironmentOptions, 'kind' | 'compatibilityVersion'>): Environment {
    return new ExtendableEnvironment(extended(this.#parts, options));
  }

  compile(expression: string): Compiled {
    const { declarations, macros, optionalSyntax, language, sizes } = this.#parts;
    const { parsed, issues } = parse(expression, { macros, optionalSyntax, escapedIdentifiers: language.escapedIdentifiers === true });
    if (parsed === undefined) return { failure: failure(issues) };
    const checked = new Checker(declarations, parsed, issues).run(parsed.expr);
    if (issues.count === 0 && language.validated !== false) validate(checked, declarations, issues);
    if (issues.count > 0) return { failure: failure(issues) };
    const usual = this.#parts.sizeOf ?? ((path: readonly string[]) => sizeAt(sizes, path));
    return { program: new CompiledProgram(expression, checked, declarations, (sizeOf) => estimateCost(checked, sizeOf ?? usual)) };
  }
}
const failure = (issues: Issues): CompileFailure => ({ issues: issues.list, text: issues.text() });

const bases = new Map<string, Environment>();
/** Libraries on for a version ('1.35'); the newest that is known for stored expressions. */
function base(version: string): Environment {
  let found = bases.get(version);
  if (found === undefined) {
    found = plainEnvironment(kubernetesLibraries(version));
    if (bases.size < 64) bases.set(version, found);
  }
  return found;
}
const newest = '1.36';
const defaultCompatibilityVersion = '1.35';

/** Kubernetes' environment; see index.ts. */
export function environment(options: EnvironmentOptions = {}): Environment {
  const version = options.kind === 'new' ? (options.compatibilityVersion ?? defaultCompatibilityVersion) : newest;
  return base(version).extend(options);
}
/** CEL with these libraries only, and rules that are not Kubernetes'. */
export function plainEnvironment(
  libraries: readonly Library[],
  options: EnvironmentOptions = {},
  language: LanguageOptions = {},
): Environment {
  const own = { ...options, libraries: [standardLibrary, ...libraries, ...(options.libraries ?? [])] };
  return new ExtendableEnvironment(extended(nothing(language), own));
}
