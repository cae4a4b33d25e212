import { createRequire } from 'node:module';
import type prometheus from 'prom-client';

/** The parts of prom-client that are used: as a whole it loads the OpenTelemetry API too, 80 files. */
const require = createRequire(import.meta.url);
type Part<Name extends keyof typeof prometheus> = (typeof prometheus)[Name];
export const Counter = require('prom-client/lib/counter') as Part<'Counter'>;
export const Gauge = require('prom-client/lib/gauge') as Part<'Gauge'>;
export const Histogram = require('prom-client/lib/histogram') as Part<'Histogram'>;
export const Registry = require('prom-client/lib/registry') as Part<'Registry'>;
