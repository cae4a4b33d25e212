import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Security settings of containers and of Pods. */
export const security: Descriptions = inPackage('io.k8s.api.core.v1', {
  SecurityContext: {
    '': 'Each field that is not set follows the security context of the Pod.',
    allowPrivilegeEscalation:
      'Whether a process may gain more privileges than its parent; always true when privileged or with CAP_SYS_ADMIN. Linux only.',
    appArmorProfile: "AppArmor profile of the container. Default: the Pod's. Linux only.",
    capabilities: 'Linux capabilities to add to and drop from the default set of the runtime.',
    privileged: 'Whether processes have the powers of root on the node. Default false. Linux only.',
    procMount: 'How /proc is mounted: with paths masked as the runtime does by default, or without (Unmasked). Linux only.',
    readOnlyRootFilesystem: 'Whether the root file system is read-only. Default false.',
    runAsGroup: "Group ID of the processes. Default: the Pod's, else the image's. Linux only.",
    runAsNonRoot: 'Whether the container is refused when it would run as user 0.',
    runAsUser: "User ID of the processes. Default: the Pod's, else the image's. Linux only.",
    seLinuxOptions: "SELinux label of the container. Default: the Pod's, else one given by the runtime. Linux only.",
    seccompProfile: "Filter of system calls. Default: the Pod's. Linux only.",
    windowsOptions: "Settings for a Windows container. Default: the Pod's.",
  },
  Capabilities: {
    '': 'Linux capabilities that a container gains and loses.',
    add: 'Capabilities to add, without CAP_; ALL for every one.',
    drop: 'Capabilities to drop, without CAP_; ALL for every one.',
  },
  AppArmorProfile: {
    '': 'Chooses a profile by type.',
    localhostProfile: 'Name of a profile loaded on the node; set when the type is Localhost, and only then.',
    type: "Which profile: one loaded on the node, the runtime's default, or none.",
  },
  SeccompProfile: {
    '': 'Chooses a filter by type.',
    localhostProfile: "Path of a profile on the node, within the kubelet's seccomp folder; set when the type is Localhost, and only then.",
    type: "Which filter: a file on the node, the runtime's default, or none.",
  },
  SELinuxOptions: {
    '': 'Parts of an SELinux label.',
    level: 'Level of the label, such as s0:c123,c456.',
    role: 'Role of the label.',
    type: 'Type of the label.',
    user: 'User of the label.',
  },
  WindowsSecurityContextOptions: {
    '': 'Not allowed when spec.os.name is linux.',
    gmsaCredentialSpec: 'Content of a GMSA credential spec; filled in at admission from the name.',
    gmsaCredentialSpecName: 'Name of a GMSA credential spec.',
    hostProcess: 'Whether it runs as a process of the node; alike for all containers of a Pod, and needs hostNetwork.',
    runAsUserName: "Windows user name of the process. Default: the image's.",
  },
});
