/** Objects that tests on real nodes make: pods of the sample image, which holds busybox. */
export const image = 'my-api:v1';
export const forever = 'trap "exit 0" TERM; sleep 2147483647 & wait';

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
/** A pod whose one container `main` runs a shell script, unless `spec` has other containers. */
export function pod(name: string, script: string, spec: object = {}, container: object = {}, options: PodOptions = {}): object {
  const { namespace, labels, annotations } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(namespace && { namespace }), labels: { app: name, ...labels }, ...(annotations && { annotations }) },
    spec: {
      terminationGracePeriodSeconds: 2,
      containers: [{ name: 'main', image, command: ['sh', '-c', script], ...container }],
      ...spec,
    },
  };
}

/** A container that runs a shell script. */
export const shell = (name: string, script: string, more: object = {}): object => ({ name, image, command: ['sh', '-c', script], ...more });
export const containerStatus = (one: any, name = 'main'): any =>
  [
    ...(one.status.containerStatuses ?? []),
    ...(one.status.initContainerStatuses ?? []),
    ...(one.status.ephemeralContainerStatuses ?? []),
  ].find((status) => status.name === name);
export const isReady = (one: any): boolean =>
  one.status.conditions?.some((each: any) => each.type === 'Ready' && each.status === 'True') ?? false;
