import { type AuditEvent, eventText } from './record.ts';

export interface TruncateOptions {
  readonly eventMaxBytes: number;
}
const annotation = 'audit.k8s.io/truncated';

/** An event that is not too large: without its objects if need be, and marked then. undefined: it is too large even so. */
export function truncated(event: AuditEvent, { eventMaxBytes }: TruncateOptions): AuditEvent | undefined {
  const fits = (one: AuditEvent) => Buffer.byteLength(eventText(one)) <= eventMaxBytes;
  if (fits(event)) return event;
  const { requestObject: _, responseObject: __, ...rest } = event;
  const shorter = { ...rest, annotations: { ...event.annotations, [annotation]: 'true' } };
  return fits(shorter) ? shorter : undefined;
}
