import type { ApiObject } from '../api/meta.ts';

/** Writes core Events about objects, counting repeats and dropping floods as client-go's recorder does. Never throws, never waits. */
export interface EventRecorder {
  event(about: ApiObject, type: 'Normal' | 'Warning', reason: string, message: string, fieldPath?: string): void;
}
