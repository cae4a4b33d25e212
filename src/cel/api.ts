/**
 * What others program against: environments, programs, issues, results. See index.ts for how they go together.
 */
import type { Macro } from './macros.ts';
import type { CelType } from './types.ts';
import type { CelError, CelValue } from './values.ts';

/** A type declared from a schema: what the checker knows of its fields, and how large its values can get. */
export interface DeclType {
  readonly celType: CelType;
  /** Objects only; keys are escaped (`x-y` is `x__dash__y`). */
  readonly fields?: ReadonlyMap<string, DeclField>;
  readonly keyType?: DeclType;
  /** Of lists and maps. */
  readonly elemType?: DeclType;
  /** Largest count of elements of a list or map, of characters of a string, of bytes; Infinity when nothing bounds it. */
  readonly maxElements: number;
  /** Bytes of the smallest JSON text of a value. */
  readonly minSerializedSize: number;
}
export interface DeclField {
  readonly name: string;
  readonly type: DeclType;
  readonly required: boolean;
}

/**
 * Kubernetes checks expressions that are written now against what the version before also understands (`new`), and runs
 * stored ones with everything it knows (`stored`).
 */
export type ExpressionKind = 'new' | 'stored';

export interface EnvironmentOptions {
  readonly kind?: ExpressionKind;
  /** The version whose libraries `new` expressions may use: '1.35' (the default) is the one before ours. */
  readonly compatibilityVersion?: string;
  /** Variables by name. A DeclType also tells the cost estimate how large values can be. */
  readonly variables?: Readonly<Record<string, CelType | DeclType>>;
  /** Object types beyond those that variables reach, so that expressions can name their fields. */
  readonly types?: readonly DeclType[];
  /** Libraries beyond those that the version rules switch on, like `jsonPatchLibrary`. */
  readonly libraries?: readonly Library[];
  /** Object types that expressions may construct (`Object.spec{replicas: 1}`): mutating policies. */
  readonly typeResolver?: TypeResolver;
  /** How large a value at a path can be, as `size()` counts; undefined where that is not known. Default: from the variables' DeclTypes. */
  readonly sizeOf?: (path: readonly string[]) => SizeRange | undefined;
}
/** Functions and macros that an environment can have. Made by the files in library/. */
export interface Library {
  readonly name: string;
  readonly functions?: Readonly<Record<string, readonly Overload[]>>;
  readonly macros?: readonly Macro[];
  /** Types that expressions can name (`net.IP`). */
  readonly types?: readonly CelType[];
  readonly optionalSyntax?: boolean;
}
export interface Overload {
  readonly id: string;
  readonly args: readonly CelType[];
  readonly result: CelType;
  /** The first argument stands before the dot. */
  readonly member?: boolean;
  readonly call: (...args: any[]) => CelValue;
  /** One implementation for all overloads of the function, which looks at its arguments itself. */
  readonly shared?: boolean;
  /** Arguments are not checked before the call. */
  readonly unguarded?: boolean;
  /** Gets arguments one by one: the first that fails ends the call. */
  readonly variadic?: boolean;
  /** Errors are arguments, too. */
  readonly nonStrict?: boolean;
  /** The second argument is a pattern: what runs when it is a constant. An error makes the program fail at once. */
  readonly withPattern?: (pattern: string) => ((...args: any[]) => CelValue) | CelError;
}
export interface TypeResolver {
  /** Fields of the object type of this name; undefined when there is none. */
  resolve(name: string): ConstructibleType | undefined;
}
export interface ConstructibleType {
  readonly name: string;
  field(name: string): CelType | undefined;
  construct(fields: ReadonlyMap<string, CelValue>): CelValue;
}

export interface SizeRange {
  readonly min: number;
  readonly max: number;
}
/** Costs count in Kubernetes' units (one is about 50 ns of cel-go); 2^64 is more than can be counted (its math.MaxUint64). */
export interface CostRange {
  readonly min: number;
  readonly max: number;
}

/** One complaint about an expression. */
export interface Issue {
  readonly message: string;
  /** From 1; 0 when it concerns the whole expression. */
  readonly line: number;
  /** From 0, in code points. */
  readonly column: number;
}

/** An expression that will not run. `text` is how cel-go prints all issues: "ERROR: <input>:1:5: ...\n | ...\n | ....^". */
export interface CompileFailure {
  readonly issues: readonly Issue[];
  readonly text: string;
}
export type Compiled =
  | { readonly program: Program; readonly failure?: undefined }
  | { readonly program?: undefined; readonly failure: CompileFailure };

export interface Environment {
  /** Parses and checks; never throws for what users write. */
  compile(expression: string): Compiled;
  /** Another environment with more variables, types or libraries. */
  extend(options: Omit<EnvironmentOptions, 'kind' | 'compatibilityVersion'>): Environment;
}

export interface Program {
  readonly expression: string;
  readonly outputType: CelType;
  /** Variables that the expression reads. */
  readonly references: ReadonlySet<string>;
  /** Whether it selects a field of this name: of anything, or of the variable `of`. */
  selects(field: string, of?: string): boolean;
  /** What an evaluation can cost, before there is data. Computed when first asked for. */
  estimateCost(sizeOf?: (path: readonly string[]) => SizeRange | undefined): CostRange;
  /**
   * Set when a constant part of the expression fails whenever it runs (`int('x')`): upstream cannot instantiate such a program
   * and reports this text. `evaluate` fails with it, too.
   */
  readonly instantiationError?: string;
  /** Runs to the end, synchronously; never throws for what expressions or data do. */
  evaluate(bindings: Bindings, limits?: Limits): Evaluation;
  /** As `evaluate`, for bindings whose authorizer answers later. */
  evaluateAsync(bindings: Bindings, limits?: Limits): Promise<Evaluation>;
}

/**
 * Values of variables. JSON becomes CEL values as upstream's unstructured objects do: whole numbers are ints, others doubles. Values
 * made with `schemaValue` or by other programs are taken as they are. A function is called when the variable is first read.
 */
export type Bindings = Readonly<Record<string, unknown>>;

export interface Limits {
  /** Kubernetes' PerCallLimit unless given. */
  readonly costLimit?: number;
  /** Asked every `interruptCheckFrequency` (100) steps of comprehensions; true ends the evaluation with 'operation interrupted'. */
  readonly interrupted?: () => boolean;
}

/** Cost is counted for failures, too: whoever has a budget takes it off. */
export type Evaluation =
  | { readonly value: CelValue; readonly error?: undefined; readonly cost: number }
  | { readonly value?: undefined; readonly error: EvaluationError; readonly cost: number };

export interface EvaluationError {
  readonly message: string;
  /** 'costLimit' when the limit of the call ended it, 'interrupted' when `interrupted` did, 'value' for errors of the expression. */
  readonly kind: 'value' | 'costLimit' | 'interrupted';
}
