/**
 * What is said of types and their fields, for `kubectl explain`: by OpenAPI's name of the type, then by field; the type itself under ''.
 * One file per group in `descriptions/`, apart from the shapes and loaded only when somebody asks.
 */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;
