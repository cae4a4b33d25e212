/** Arithmetic of ranges of sizes and costs: counts in 64 bits, what goes beyond stays at the largest. */
import type { CostRange, SizeRange } from './api.ts';

/** More than can be counted (Go's math.MaxUint64, as a double). */
export const uncountable = 2 ** 64;
const capped = (value: number): number => Math.min(value, uncountable);
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : capped(a * b));

export const unknownSize: SizeRange = { min: 0, max: uncountable };
export const fixed = (value: number): SizeRange => ({ min: value, max: value });
export const noCost: CostRange = fixed(0);
export const plus = (a: CostRange, b: CostRange): CostRange => ({ min: capped(a.min + b.min), max: capped(a.max + b.max) });
export const product = (a: CostRange, b: CostRange): CostRange => ({ min: times(a.min, b.min), max: times(a.max, b.max) });
const scaledOne = (value: number, factor: number): number => (value === 0 ? 0 : capped(Math.ceil(value * factor)));
/** Multiplied and rounded up. */
export const scaled = (a: CostRange, factor: number): CostRange => ({ min: scaledOne(a.min, factor), max: scaledOne(a.max, factor) });
/** The range that holds both. */
export const union = (a: CostRange, b: CostRange): CostRange => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
