/**
 * What is said of types and their fields, for `kubectl explain`: by OpenAPI's name of the type, then by field; the type itself under ''.
 * One file per group in `descriptions/`, apart from the shapes and loaded only when somebody asks. Each text is a short sentence of
 * our own; values of enums are printed beside it, so it says what they mean rather than which there are.
 */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Descriptions of the types of one Go package, by their short names: inPackage('io.k8s.api.core.v1', { Pod: { ... } }). */
export const inPackage = (name: string, types: Descriptions): Descriptions =>
  Object.fromEntries(Object.entries(types).map(([type, texts]) => [`${name}.${type}`, texts]));

/** Conditions of all kinds say their state alike; their types differ. */
export const condition = {
  lastTransitionTime: 'When the status of the condition last changed from one value to another.',
  message: 'Explains the last change to people; may be empty.',
  reason: 'Why the status last changed: one word in CamelCase, for programs.',
  status: 'Whether the condition holds: True, False or Unknown.',
};
