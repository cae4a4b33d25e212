/** Which shapes stand in which file: 'group/file' (or 'group@v2/file') -> Go types, in an order where each stands after those it uses. */
export const placement: Readonly<Record<string, readonly string[]>> = {
  'core/references': words('ObjectReference LocalObjectReference TypedLocalObjectReference TypedObjectReference SecretReference'),
  'core/affinity': words(
    'NodeSelectorRequirement NodeSelectorTerm NodeSelector PreferredSchedulingTerm NodeAffinity PodAffinityTerm WeightedPodAffinityTerm PodAffinity PodAntiAffinity Affinity TopologySelectorLabelRequirement TopologySelectorTerm',
  ),
  'core/tolerations': words('Taint Toleration'),
  'core/probes': words('HTTPHeader HTTPGetAction TCPSocketAction GRPCAction ExecAction SleepAction Probe LifecycleHandler Lifecycle'),
  'core/environment': words(
    'FileKeySelector ObjectFieldSelector ResourceFieldSelector ConfigMapKeySelector SecretKeySelector EnvVarSource EnvVar ConfigMapEnvSource SecretEnvSource EnvFromSource',
  ),
  'core/resources': words('ResourceClaim ResourceRequirements VolumeResourceRequirements ContainerResizePolicy'),
  'core/security-context': words(
    'SELinuxOptions WindowsSecurityContextOptions SeccompProfile AppArmorProfile Capabilities SecurityContext Sysctl PodSecurityContext',
  ),
  'core/container': words(
    'ContainerPort VolumeMount VolumeDevice ContainerRestartRuleOnExitCodes ContainerRestartRule Container EphemeralContainer',
  ),
  'core/persistent-volume-claim': words(
    'PersistentVolumeClaimSpec PersistentVolumeClaimTemplate PersistentVolumeClaimCondition ModifyVolumeStatus PersistentVolumeClaimStatus PersistentVolumeClaim',
  ),
  'core/volumes': words(
    'KeyToPath SecretProjection ConfigMapProjection DownwardAPIVolumeFile DownwardAPIProjection ServiceAccountTokenProjection ClusterTrustBundleProjection PodCertificateProjection VolumeProjection HostPathVolumeSource EmptyDirVolumeSource SecretVolumeSource ConfigMapVolumeSource DownwardAPIVolumeSource ProjectedVolumeSource PersistentVolumeClaimVolumeSource CSIVolumeSource EphemeralVolumeSource ImageVolumeSource NFSVolumeSource ISCSIVolumeSource FCVolumeSource GlusterfsVolumeSource RBDVolumeSource CinderVolumeSource CephFSVolumeSource FlockerVolumeSource GCEPersistentDiskVolumeSource QuobyteVolumeSource FlexVolumeSource AWSElasticBlockStoreVolumeSource GitRepoVolumeSource AzureFileVolumeSource VsphereVirtualDiskVolumeSource PhotonPersistentDiskVolumeSource AzureDiskVolumeSource PortworxVolumeSource ScaleIOVolumeSource StorageOSVolumeSource Volume',
  ),
  'core/persistent-volume': words(
    'GlusterfsPersistentVolumeSource RBDPersistentVolumeSource ISCSIPersistentVolumeSource CinderPersistentVolumeSource CephFSPersistentVolumeSource FlexPersistentVolumeSource AzureFilePersistentVolumeSource ScaleIOPersistentVolumeSource LocalVolumeSource StorageOSPersistentVolumeSource CSIPersistentVolumeSource VolumeNodeAffinity PersistentVolumeSpec PersistentVolumeStatus',
  ),
  'core/component-status': words('ComponentCondition'),
  'core/pod-spec': words(
    'PodReadinessGate HostAlias PodDNSConfigOption PodDNSConfig PodOS PodResourceClaim PodSchedulingGate PodSchedulingGroup TopologySpreadConstraint PodSpec',
  ),
  'core/pod-template': words('PodTemplateSpec'),
  'core/pod-status': words(
    'ContainerStateWaiting ContainerStateRunning ContainerStateTerminated ContainerState ImageVolumeStatus VolumeStatus VolumeMountStatus LinuxContainerUser ContainerUser ResourceHealth ResourceStatus ContainerStatus PodCondition HostIP PodIP PodResourceClaimStatus ContainerExtendedResourceRequest PodExtendedResourceClaimStatus NodeAllocatableResourceClaimStatus PodStatus',
  ),
  'core/pod-options': words(
    'PodLogOptions PodAttachOptions PodExecOptions PodPortForwardOptions PodProxyOptions NodeProxyOptions ServiceProxyOptions',
  ),
  'core/service': words(
    'ClientIPConfig SessionAffinityConfig ServicePort ServiceSpec PortStatus LoadBalancerIngress LoadBalancerStatus ServiceStatus',
  ),
  'core/endpoints': words('EndpointAddress EndpointPort EndpointSubset'),
  'core/node': words(
    'ConfigMapNodeConfigSource NodeConfigSource NodeSpec NodeCondition NodeAddress DaemonEndpoint NodeDaemonEndpoints NodeSwapStatus NodeSystemInfo ContainerImage AttachedVolume NodeConfigStatus NodeRuntimeHandlerFeatures NodeRuntimeHandler NodeFeatures NodeStatus',
  ),
  'core/namespace': words('NamespaceSpec NamespaceCondition NamespaceStatus'),
  'core/event': words('EventSource EventSeries'),
  'core/limit-range': words('LimitRangeItem LimitRangeSpec'),
  'core/resource-quota': words('ScopedResourceSelectorRequirement ScopeSelector ResourceQuotaSpec ResourceQuotaStatus'),
  'core/replication-controller': words('ReplicationControllerSpec ReplicationControllerCondition ReplicationControllerStatus'),
  'apps/deployment': words('RollingUpdateDeployment DeploymentStrategy DeploymentSpec DeploymentCondition DeploymentStatus'),
  'apps/replica-set': words('ReplicaSetSpec ReplicaSetCondition ReplicaSetStatus'),
  'apps/daemon-set': words('RollingUpdateDaemonSet DaemonSetUpdateStrategy DaemonSetSpec DaemonSetCondition DaemonSetStatus'),
  'apps/stateful-set': words(
    'RollingUpdateStatefulSetStrategy StatefulSetUpdateStrategy StatefulSetPersistentVolumeClaimRetentionPolicy StatefulSetOrdinals StatefulSetSpec StatefulSetCondition StatefulSetStatus',
  ),
  'discovery/endpoint-slice': words('EndpointConditions ForZone ForNode EndpointHints Endpoint EndpointPort'),
  'events/event': words('EventSeries'),
  'coordination/lease': words('LeaseSpec'),
  'rbac/role': words('PolicyRule AggregationRule Subject RoleRef'),
  'authentication/review': words(
    'UserInfo TokenReviewSpec TokenReviewStatus BoundObjectReference TokenRequestSpec TokenRequestStatus SelfSubjectReviewStatus',
  ),
  'authorization/review': words(
    'FieldSelectorRequirement FieldSelectorAttributes LabelSelectorAttributes ResourceAttributes NonResourceAttributes SubjectAccessReviewSpec SelfSubjectAccessReviewSpec SubjectAccessReviewStatus SelfSubjectRulesReviewSpec ResourceRule NonResourceRule SubjectRulesReviewStatus',
  ),
  'policy/pod-disruption-budget': words('PodDisruptionBudgetSpec PodDisruptionBudgetStatus'),
  'storage/csi-driver': words('TokenRequest CSIDriverSpec'),
  'storage/csi-node': words('VolumeNodeResources CSINodeDriver CSINodeSpec'),
  'storage/volume-attachment': words('VolumeAttachmentSource VolumeAttachmentSpec VolumeError VolumeAttachmentStatus'),
  'node/runtime-class': words('Overhead Scheduling'),
  'resource/resource-claim': words(
    'CapacityRequirements CELDeviceSelector DeviceSelector DeviceToleration ExactDeviceRequest DeviceSubRequest DeviceRequest DeviceConstraint OpaqueDeviceConfiguration DeviceClaimConfiguration DeviceClaim ResourceClaimSpec ResourceClaimConsumerReference DeviceRequestAllocationResult DeviceAllocationConfiguration DeviceAllocationResult AllocationResult NetworkDeviceData AllocatedDeviceStatus ResourceClaimStatus',
  ),
  'resource/device-class': words('DeviceClassConfiguration DeviceClassSpec'),
  'resource/resource-claim-template': words('ResourceClaimTemplateSpec'),
  'resource/resource-slice': words(
    'Counter CounterSet ResourcePool NodeAllocatableResourceMapping DeviceCounterConsumption CapacityRequestPolicyRange CapacityRequestPolicy DeviceCapacity DeviceAttribute DeviceTaint Device ResourceSliceSpec',
  ),
  'autoscaling/scale': words('ScaleSpec ScaleStatus'),
  'networking/ingress': words(
    'ServiceBackendPort IngressServiceBackend IngressBackend HTTPIngressPath HTTPIngressRuleValue IngressRuleValue IngressRule IngressTLS IngressSpec IngressPortStatus IngressLoadBalancerIngress IngressLoadBalancerStatus IngressStatus',
  ),
  'networking/ingress-class': words('IngressClassParametersReference IngressClassSpec'),
  'networking/network-policy': words(
    'IPBlock NetworkPolicyPeer NetworkPolicyPort NetworkPolicyIngressRule NetworkPolicyEgressRule NetworkPolicySpec',
  ),
  'networking/ip-address': words('ParentReference IPAddressSpec'),
  'networking/service-cidr': words('ServiceCIDRSpec ServiceCIDRStatus'),
  'certificates/certificate-signing-request': words(
    'CertificateSigningRequestSpec CertificateSigningRequestCondition CertificateSigningRequestStatus',
  ),
  'flowcontrol/flow-schema': words(
    'PriorityLevelConfigurationReference FlowDistinguisherMethod UserSubject GroupSubject ServiceAccountSubject Subject ResourcePolicyRule NonResourcePolicyRule PolicyRulesWithSubjects FlowSchemaSpec FlowSchemaCondition FlowSchemaStatus',
  ),
  'flowcontrol/priority-level-configuration': words(
    'QueuingConfiguration LimitResponse LimitedPriorityLevelConfiguration ExemptPriorityLevelConfiguration PriorityLevelConfigurationSpec PriorityLevelConfigurationCondition PriorityLevelConfigurationStatus',
  ),
  'admissionregistration/rules': words('Rule RuleWithOperations NamedRuleWithOperations MatchResources MatchCondition'),
  'admissionregistration/webhook': words('ServiceReference WebhookClientConfig ValidatingWebhook MutatingWebhook'),
  'admissionregistration/policy': words('ParamKind ParamRef Variable'),
  'admissionregistration/validating-admission-policy': words(
    'Validation AuditAnnotation ValidatingAdmissionPolicySpec ExpressionWarning TypeChecking ValidatingAdmissionPolicyStatus ValidatingAdmissionPolicyBindingSpec',
  ),
  'admissionregistration/mutating-admission-policy': words(
    'ApplyConfiguration JSONPatch Mutation MutatingAdmissionPolicySpec MutatingAdmissionPolicyBindingSpec',
  ),
  'apiregistration/api-service': words('ServiceReference APIServiceSpec APIServiceCondition APIServiceStatus'),
  'autoscaling/horizontal-pod-autoscaler-v1': words(
    'CrossVersionObjectReference ObjectMetricSource PodsMetricSource ResourceMetricSource ContainerResourceMetricSource ExternalMetricSource MetricSpec ObjectMetricStatus PodsMetricStatus ResourceMetricStatus ContainerResourceMetricStatus ExternalMetricStatus MetricStatus HorizontalPodAutoscalerCondition HorizontalPodAutoscalerSpec HorizontalPodAutoscalerStatus',
  ),
  'autoscaling@v2/horizontal-pod-autoscaler': words(
    'CrossVersionObjectReference MetricIdentifier MetricTarget MetricValueStatus ObjectMetricSource PodsMetricSource ResourceMetricSource ContainerResourceMetricSource ExternalMetricSource MetricSpec ObjectMetricStatus PodsMetricStatus ResourceMetricStatus ContainerResourceMetricStatus ExternalMetricStatus MetricStatus HPAScalingPolicy HPAScalingRules HorizontalPodAutoscalerBehavior HorizontalPodAutoscalerCondition HorizontalPodAutoscalerSpec HorizontalPodAutoscalerStatus',
  ),
  'batch/job': words(
    'PodFailurePolicyOnExitCodesRequirement PodFailurePolicyOnPodConditionsPattern PodFailurePolicyRule PodFailurePolicy SuccessPolicyRule SuccessPolicy JobSpec JobCondition UncountedTerminatedPods JobStatus JobTemplateSpec',
  ),
  'batch/cron-job': words('CronJobSpec CronJobStatus'),
};

function words(text: string): readonly string[] {
  return text.split(' ');
}
