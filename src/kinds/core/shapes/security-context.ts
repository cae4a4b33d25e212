import { bool, int64, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const seLinuxOptions = shape('io.k8s.api.core.v1.SELinuxOptions', {
  user: opt(string(1)),
  role: opt(string(2)),
  type: opt(string(3)),
  level: opt(string(4)),
});
export interface SELinuxOptions extends ShapeOf<typeof seLinuxOptions> {}

export const windowsSecurityContextOptions = shape('io.k8s.api.core.v1.WindowsSecurityContextOptions', {
  gmsaCredentialSpecName: ptr(string(1)),
  gmsaCredentialSpec: ptr(string(2)),
  runAsUserName: ptr(string(3)),
  hostProcess: ptr(bool(4)),
});
export interface WindowsSecurityContextOptions extends ShapeOf<typeof windowsSecurityContextOptions> {}

export const seccompProfile = shape(
  'io.k8s.api.core.v1.SeccompProfile',
  {
    type: string(1, { enum: ['Unconfined', 'RuntimeDefault', 'Localhost'] }),
    localhostProfile: ptr(string(2)),
  },
  { unions: [{ discriminator: 'type', members: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface SeccompProfile extends ShapeOf<typeof seccompProfile> {}

export const appArmorProfile = shape(
  'io.k8s.api.core.v1.AppArmorProfile',
  {
    type: string(1, { enum: ['Unconfined', 'RuntimeDefault', 'Localhost'] }),
    localhostProfile: ptr(string(2)),
  },
  { unions: [{ discriminator: 'type', members: { localhostProfile: 'LocalhostProfile' } }] },
);
export interface AppArmorProfile extends ShapeOf<typeof appArmorProfile> {}

export const capabilities = shape('io.k8s.api.core.v1.Capabilities', {
  add: opt(list(1, string(0), { listType: 'atomic' })),
  drop: opt(list(2, string(0), { listType: 'atomic' })),
});
export interface Capabilities extends ShapeOf<typeof capabilities> {}

export const securityContext = shape('io.k8s.api.core.v1.SecurityContext', {
  capabilities: ptr(object(1, capabilities)),
  privileged: ptr(bool(2)),
  seLinuxOptions: ptr(object(3, seLinuxOptions)),
  windowsOptions: ptr(object(10, windowsSecurityContextOptions)),
  runAsUser: ptr(int64(4)),
  runAsGroup: ptr(int64(8)),
  runAsNonRoot: ptr(bool(5)),
  readOnlyRootFilesystem: ptr(bool(6)),
  allowPrivilegeEscalation: ptr(bool(7)),
  procMount: ptr(string(9, { enum: ['Default', 'Unmasked'] })),
  seccompProfile: ptr(object(11, seccompProfile)),
  appArmorProfile: ptr(object(12, appArmorProfile)),
});
export interface SecurityContext extends ShapeOf<typeof securityContext> {}

export const sysctl = shape('io.k8s.api.core.v1.Sysctl', {
  name: string(1),
  value: string(2),
});
export interface Sysctl extends ShapeOf<typeof sysctl> {}

export const podSecurityContext = shape('io.k8s.api.core.v1.PodSecurityContext', {
  seLinuxOptions: ptr(object(1, seLinuxOptions)),
  windowsOptions: ptr(object(8, windowsSecurityContextOptions)),
  runAsUser: ptr(int64(2)),
  runAsGroup: ptr(int64(6)),
  runAsNonRoot: ptr(bool(3)),
  supplementalGroups: opt(list(4, int64(0), { listType: 'atomic' })),
  supplementalGroupsPolicy: ptr(string(12, { enum: ['Merge', 'Strict'] })),
  fsGroup: ptr(int64(5)),
  sysctls: opt(list(7, of(sysctl), { listType: 'atomic' })),
  fsGroupChangePolicy: ptr(string(9, { enum: ['OnRootMismatch', 'Always'] })),
  seccompProfile: ptr(object(10, seccompProfile)),
  appArmorProfile: ptr(object(11, appArmorProfile)),
  seLinuxChangePolicy: ptr(string(13)),
});
export interface PodSecurityContext extends ShapeOf<typeof podSecurityContext> {}
