import type { AnyKind } from '../../../src/api/kind.ts';

const selector = { matchLabels: { app: 'web' } };
const container = {
  name: 'main',
  image: 'registry.example/web:1.2',
  command: ['sh', '-c', 'sleep 1'],
  ports: [
    { name: 'http', containerPort: 80 },
    { containerPort: 53, protocol: 'UDP' },
  ],
  env: [
    { name: 'A', value: 'b' },
    { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
    { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'one' } } },
  ],
  envFrom: [{ configMapRef: { name: 'settings' } }],
  resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  volumeMounts: [
    { name: 'data', mountPath: '/data' },
    { name: 'config', mountPath: '/etc/config', readOnly: true, subPath: 'a' },
  ],
  livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5 },
  readinessProbe: { tcpSocket: { port: 80 } },
  startupProbe: { exec: { command: ['true'] }, failureThreshold: 9 },
  lifecycle: { preStop: { exec: { command: ['sleep', '1'] } } },
  securityContext: { runAsNonRoot: true, capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false },
};
export const podSpec = {
  initContainers: [{ name: 'first', image: 'registry.example/init:1', restartPolicy: 'Always' }],
  containers: [container, { name: 'side', image: 'side' }],
  volumes: [
    { name: 'data', emptyDir: { sizeLimit: '1Gi' } },
    { name: 'config', configMap: { name: 'settings', items: [{ key: 'a', path: 'a' }] } },
    {
      name: 'token',
      projected: {
        sources: [
          { serviceAccountToken: { path: 'token', expirationSeconds: 3600 } },
          { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
      },
    },
    { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
  ],
  nodeSelector: { disk: 'ssd' },
  tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 10, podAffinityTerm: { topologyKey: 'kubernetes.io/hostname', labelSelector: selector } },
      ],
    },
  },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: selector }],
  securityContext: { runAsUser: 1000, fsGroup: 2000, seccompProfile: { type: 'RuntimeDefault' } },
  terminationGracePeriodSeconds: 5,
  hostAliases: [{ ip: '192.0.2.7', hostnames: ['other'] }],
  dnsConfig: { nameservers: ['192.0.2.1'], searches: ['example.com'], options: [{ name: 'ndots', value: '2' }] },
};
const template = { metadata: { labels: { app: 'web' } }, spec: podSpec };
const jobTemplate = { metadata: { labels: { app: 'web' } }, spec: { ...podSpec, restartPolicy: 'OnFailure' } };
const rule = (verb: string) => ({
  apiGroups: ['', 'apps'],
  resources: ['pods', 'deployments/scale'],
  verbs: [verb, 'list'],
  resourceNames: ['a'],
});
const webhook = {
  name: 'one.example.com',
  clientConfig: { service: { namespace: 'nowhere', name: 'nobody', path: '/check', port: 443 } },
  rules: [
    {
      apiGroups: ['nothing.example.com'],
      apiVersions: ['v1'],
      resources: ['things', 'things/status'],
      operations: ['CREATE', 'UPDATE'],
      scope: 'Namespaced',
    },
  ],
  sideEffects: 'None',
  admissionReviewVersions: ['v1', 'v1beta1'],
  namespaceSelector: selector,
  matchConditions: [{ name: 'first', expression: 'object.metadata.name != "x"' }],
  timeoutSeconds: 5,
};
const bindingOf = (policy: string) => ({
  policyName: policy,
  paramRef: { name: 'settings', namespace: 'default', parameterNotFoundAction: 'Deny' },
  matchResources: {
    resourceRules: [{ apiGroups: ['nothing.example.com'], apiVersions: ['*'], resources: ['things'], operations: ['CREATE'] }],
  },
});
const claimSpec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: 'standard',
  volumeMode: 'Filesystem',
};
const deviceClaim = {
  devices: {
    requests: [
      {
        name: 'gpu',
        exactly: {
          deviceClassName: 'gpus',
          count: 2,
          allocationMode: 'ExactCount',
          selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }],
        },
      },
    ],
    constraints: [{ requests: ['gpu'], matchAttribute: 'gpu.example.com/model' }],
    config: [{ requests: ['gpu'], opaque: { driver: 'gpu.example.com', parameters: { a: 1 } } }],
  },
};

/** What valid objects say beside apiVersion, kind and name; by kind, and by `kind version` where versions differ. */
const samples: Readonly<Record<string, object>> = {
  MutatingAdmissionPolicyBinding: { spec: bindingOf('$NS-one') },
  ValidatingAdmissionPolicyBinding: { spec: { ...bindingOf('$NS-one'), validationActions: ['Deny', 'Audit'] } },
  MutatingAdmissionPolicy: {
    spec: {
      matchConstraints: {
        resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE'] }],
      },
      variables: [{ name: 'who', expression: 'object.metadata.name' }],
      matchConditions: [{ name: 'first', expression: 'request.name != ""' }],
      reinvocationPolicy: 'Never',
      failurePolicy: 'Fail',
      mutations: [
        { patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 2}}' } },
        { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/a", value: variables.who}]' } },
      ],
    },
  },
  ValidatingAdmissionPolicy: {
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: {
        resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['CREATE', 'UPDATE'] }],
      },
      variables: [{ name: 'count', expression: 'object.spec.replicas' }],
      validations: [
        { expression: 'variables.count <= 5', message: 'too many', reason: 'Invalid' },
        { expression: 'object.metadata.name.size() < 30', messageExpression: '"too long: " + object.metadata.name' },
      ],
      auditAnnotations: [{ key: 'count', valueExpression: 'string(variables.count)' }],
      matchConditions: [{ name: 'first', expression: 'request.name != ""' }],
      failurePolicy: 'Ignore',
    },
  },
  MutatingWebhookConfiguration: { webhooks: [{ ...webhook, reinvocationPolicy: 'IfNeeded' }] },
  ValidatingWebhookConfiguration: { webhooks: [webhook] },
  CustomResourceDefinition: {
    metadata: { name: 'things.$NS.example.com' },
    spec: {
      group: '$NS.example.com',
      names: { plural: 'things', kind: 'Thing', shortNames: ['th'], categories: ['all'] },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' },
          },
          additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
          selectableFields: [{ jsonPath: '.spec.color' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  required: ['size'],
                  properties: {
                    size: { type: 'integer', minimum: 1, maximum: 10 },
                    color: { type: 'string', default: 'red', enum: ['red', 'blue'] },
                    replicas: { type: 'integer', default: 1 },
                    tags: { type: 'array', items: { type: 'string', maxLength: 5 }, maxItems: 10, 'x-kubernetes-list-type': 'set' },
                    parts: {
                      type: 'array',
                      maxItems: 5,
                      items: {
                        type: 'object',
                        required: ['name'],
                        properties: { name: { type: 'string' }, at: { 'x-kubernetes-int-or-string': true } },
                      },
                      'x-kubernetes-list-type': 'map',
                      'x-kubernetes-list-map-keys': ['name'],
                    },
                    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                    kept: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
                  },
                  'x-kubernetes-validations': [
                    { rule: 'self.size < 9 || self.color == "red"', message: 'large ones are red' },
                    { rule: 'self.size >= oldSelf.size', messageExpression: '"no smaller than before"' },
                  ],
                },
                status: {
                  type: 'object',
                  properties: { replicas: { type: 'integer' }, selector: { type: 'string' }, ready: { type: 'boolean' } },
                },
              },
            },
          },
        },
      ],
    },
  },
  APIService: {
    metadata: { name: 'v1.$NS.example.com' },
    spec: {
      group: '$NS.example.com',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 10,
      service: { namespace: 'nowhere', name: 'nobody' },
      insecureSkipTLSVerify: true,
    },
  },
  ControllerRevision: { data: { spec: { a: [1, 'b', null] } }, revision: 3 },
  DaemonSet: {
    spec: { selector, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 2 } }, minReadySeconds: 3 },
  },
  Deployment: {
    spec: {
      replicas: 2,
      selector,
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '30%', maxUnavailable: 1 } },
      progressDeadlineSeconds: 60,
    },
  },
  ReplicaSet: { spec: { replicas: 2, selector, template, minReadySeconds: 1 } },
  StatefulSet: {
    spec: {
      replicas: 2,
      selector,
      template,
      serviceName: 'web',
      volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claimSpec }],
      podManagementPolicy: 'Parallel',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    },
  },
  SelfSubjectReview: {},
  TokenReview: { spec: { token: 'nothing', audiences: ['a'] } },
  LocalSubjectAccessReview: {
    metadata: { namespace: '$NS' },
    spec: { user: 'ann', groups: ['g'], resourceAttributes: { namespace: '$NS', verb: 'get', resource: 'pods' } },
  },
  SelfSubjectAccessReview: {
    spec: {
      resourceAttributes: {
        namespace: '$NS',
        verb: 'get',
        group: 'apps',
        version: 'v1',
        resource: 'deployments',
        subresource: 'scale',
        name: 'a',
      },
    },
  },
  SelfSubjectRulesReview: { spec: { namespace: '$NS' } },
  SubjectAccessReview: { spec: { user: 'ann', uid: '7', extra: { k: ['v'] }, nonResourceAttributes: { path: '/healthz', verb: 'get' } } },
  'HorizontalPodAutoscaler v1': {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 5,
      targetCPUUtilizationPercentage: 60,
    },
  },
  'HorizontalPodAutoscaler v2': {
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
        { type: 'Pods', pods: { metric: { name: 'rps', selector }, target: { type: 'AverageValue', averageValue: '10' } } },
        { type: 'External', external: { metric: { name: 'queue' }, target: { type: 'Value', value: '1k' } } },
        {
          type: 'Object',
          object: { describedObject: { kind: 'Service', name: 'a' }, metric: { name: 'x' }, target: { type: 'Value', value: '2' } },
        },
        {
          type: 'ContainerResource',
          containerResource: { name: 'memory', container: 'main', target: { type: 'AverageValue', averageValue: '1Gi' } },
        },
      ],
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 60, policies: [{ type: 'Percent', value: 10, periodSeconds: 30 }] },
        scaleUp: { selectPolicy: 'Min' },
      },
    },
  },
  CronJob: {
    spec: {
      schedule: '*/5 * * * *',
      timeZone: 'Europe/Berlin',
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 100,
      jobTemplate: { spec: { template: jobTemplate, backoffLimit: 2 } },
      successfulJobsHistoryLimit: 1,
    },
  },
  Job: {
    spec: {
      completions: 4,
      parallelism: 2,
      completionMode: 'Indexed',
      backoffLimit: 3,
      activeDeadlineSeconds: 100,
      ttlSecondsAfterFinished: 10,
      template: { ...jobTemplate, spec: { ...jobTemplate.spec, restartPolicy: 'Never' } },
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { containerName: 'main', operator: 'In', values: [1, 5] } },
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      successPolicy: { rules: [{ succeededIndexes: '0-1', succeededCount: 1 }] },
    },
  },
  CertificateSigningRequest: {
    spec: {
      request:
        'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIaE1JR0lBZ0VBTUNZeEZUQVRCZ05WQkFNTURHUnBabVpsY21WdWRHbGhiREVOTUFzR0ExVUVDZ3dFZEdWaApiVEJaTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEEwSUFCS2lnWmNnMk8zSzAxZG16ajRtY0RUeGdna0E4CnQ5czN6ZWhCWSs1Wm1TbDVWZlNhMnhhS1VWQ1N3OUlwVDRXOFpGRGZNMkdXOHZjMWs5NWxRZWJ6TUlDZ0FEQUsKQmdncWhrak9QUVFEQWdOSUFEQkZBaUVBdHU1cFRPRkRTMjN2Vjk5Q3RrTnFyOUpSZVJtV3pZQzl6M0JBN1VuSwpod2dDSUNlc2hpamYzcGZzcXpQZkk4YmNlM3lnRVpzTHNJbk5UcnhrVlRnWkhEaSsKLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==',
      signerName: 'example.com/signer',
      usages: ['digital signature', 'client auth'],
      expirationSeconds: 3600,
    },
  },
  Lease: {
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      renewTime: '2026-01-02T15:04:05.123456Z',
      acquireTime: '2026-01-02T15:04:05.000000Z',
      leaseTransitions: 2,
    },
  },
  Binding: { metadata: { name: 'nobody' }, target: { kind: 'Node', name: 'n' } },
  ConfigMap: { data: { a: 'b', 'c.txt': 'd\ne' }, binaryData: { raw: 'AAEC' } },
  Endpoints: {
    subsets: [
      {
        addresses: [{ ip: '192.0.2.1', nodeName: 'n', targetRef: { kind: 'Pod', name: 'a' } }],
        notReadyAddresses: [{ ip: '192.0.2.9' }],
        ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      },
    ],
  },
  'Event v1': {
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: '$NS' },
    reason: 'Started',
    message: 'it did',
    source: { component: 'me' },
    firstTimestamp: '2026-01-02T15:04:05Z',
    lastTimestamp: '2026-01-02T15:05:05Z',
    count: 2,
    type: 'Normal',
  },
  'Event events.k8s.io/v1': {
    eventTime: '2026-01-02T15:04:05.000000Z',
    reportingController: 'example.com/me',
    reportingInstance: 'me-1',
    action: 'Start',
    reason: 'Started',
    regarding: { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: '$NS' },
    note: 'it did',
    type: 'Warning',
  },
  LimitRange: {
    spec: {
      limits: [
        {
          type: 'Container',
          default: { cpu: '1' },
          defaultRequest: { cpu: '100m' },
          max: { cpu: '2' },
          min: { cpu: '10m' },
          maxLimitRequestRatio: { cpu: '10' },
        },
        { type: 'PersistentVolumeClaim', max: { storage: '10Gi' } },
      ],
    },
  },
  Namespace: { metadata: { annotations: { a: 'b' } } },
  Node: {
    spec: {
      podCIDR: '10.0.0.0/24',
      podCIDRs: ['10.0.0.0/24'],
      providerID: 'x://1',
      taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      unschedulable: true,
    },
  },
  PersistentVolumeClaim: {
    spec: { ...claimSpec, selector, dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' } },
  },
  PersistentVolume: {
    spec: {
      capacity: { storage: '5Gi' },
      accessModes: ['ReadWriteOnce', 'ReadOnlyMany'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'standard',
      mountOptions: ['ro'],
      csi: {
        driver: 'csi.example.com',
        volumeHandle: 'h',
        fsType: 'ext4',
        volumeAttributes: { a: 'b' },
        nodePublishSecretRef: { name: 's', namespace: 'default' },
      },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }] } },
    },
  },
  PodTemplate: { template },
  Pod: { spec: podSpec },
  ReplicationController: { spec: { replicas: 1, selector: { app: 'web' }, template } },
  ResourceQuota: {
    spec: { hard: { 'requests.cpu': '10', 'count/nothings.example.com': '5', 'gold.storageclass.storage.k8s.io/requests.storage': '1Ti' } },
  },
  Secret: { type: 'Opaque', data: { a: 'Yg==' }, stringData: { c: 'd' } },
  ServiceAccount: { secrets: [{ name: 's' }], imagePullSecrets: [{ name: 'p' }], automountServiceAccountToken: false },
  Service: {
    spec: {
      selector: { app: 'web' },
      ports: [
        { name: 'http', port: 80, targetPort: 'http' },
        { name: 'dns', port: 53, protocol: 'UDP', appProtocol: 'dns' },
      ],
      sessionAffinity: 'ClientIP',
    },
  },
  EndpointSlice: {
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['192.0.2.1'],
        conditions: { ready: true },
        hostname: 'a',
        nodeName: 'n',
        zone: 'z',
        hints: { forZones: [{ name: 'z' }] },
      },
    ],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  },
  FlowSchema: {
    spec: {
      priorityLevelConfiguration: { name: 'global-default' },
      matchingPrecedence: 9000,
      distinguisherMethod: { type: 'ByUser' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'nobody' } }],
          resourceRules: [{ verbs: ['get'], apiGroups: ['nothing'], resources: ['things'], namespaces: ['*'] }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/nothing'] }],
        },
      ],
    },
  },
  PriorityLevelConfiguration: {
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: 1,
        lendablePercent: 50,
        borrowingLimitPercent: 10,
        limitResponse: { type: 'Queue', queuing: { queues: 8, handSize: 4, queueLengthLimit: 10 } },
      },
    },
  },
  IngressClass: {
    spec: {
      controller: 'example.com/ingress',
      parameters: { apiGroup: 'example.com', kind: 'Settings', name: 'a', scope: 'Namespace', namespace: 'default' },
    },
  },
  Ingress: {
    spec: {
      ingressClassName: 'nginx',
      defaultBackend: { service: { name: 'web', port: { number: 80 } } },
      tls: [{ hosts: ['a.example.com'], secretName: 's' }],
      rules: [
        {
          host: 'a.example.com',
          http: {
            paths: [
              { path: '/a', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } },
              { path: '/b', pathType: 'Exact', backend: { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'b' } } },
            ],
          },
        },
      ],
    },
  },
  IPAddress: { metadata: { name: '$IP' }, spec: { parentRef: { group: '', resource: 'services', namespace: '$NS', name: 'a' } } },
  NetworkPolicy: {
    spec: {
      podSelector: selector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        {
          from: [{ podSelector: selector, namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }],
          ports: [
            { port: 80, protocol: 'TCP' },
            { port: 100, endPort: 200 },
          ],
        },
      ],
      egress: [{ to: [{ namespaceSelector: selector }], ports: [{ port: 'http' }] }],
    },
  },
  ServiceCIDR: { spec: { cidrs: ['192.0.2.0/24', '2001:db8:1::/64'] } },
  RuntimeClass: {
    handler: 'runc',
    overhead: { podFixed: { cpu: '10m' } },
    scheduling: { nodeSelector: { a: 'b' }, tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoSchedule' }] },
  },
  PodDisruptionBudget: { spec: { minAvailable: '50%', selector, unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
  ClusterRoleBinding: {
    subjects: [
      { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'ann' },
      { kind: 'ServiceAccount', name: 'default', namespace: '$NS' },
    ],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: '$NS-one' },
  },
  ClusterRole: { rules: [rule('get'), { nonResourceURLs: ['/nothing/*'], verbs: ['get'] }] },
  RoleBinding: {
    subjects: [
      { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'g' },
      { kind: 'ServiceAccount', name: 'default', namespace: '$NS' },
    ],
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' },
  },
  Role: { rules: [rule('watch')] },
  DeviceClass: {
    spec: {
      selectors: [{ cel: { expression: 'device.driver == "gpu.example.com" && device.attributes["gpu.example.com"].model == "a"' } }],
      config: [{ opaque: { driver: 'gpu.example.com', parameters: { a: 'b' } } }],
    },
  },
  ResourceClaimTemplate: { spec: { metadata: { labels: { a: 'b' } }, spec: deviceClaim } },
  ResourceClaim: { spec: deviceClaim },
  ResourceSlice: {
    spec: {
      driver: 'gpu.example.com',
      nodeName: 'n',
      pool: { name: 'n', generation: 1, resourceSliceCount: 1 },
      devices: [
        {
          name: 'gpu-0',
          attributes: { model: { string: 'a' }, cores: { int: 4 }, good: { bool: true }, release: { version: '1.2.3' } },
          capacity: { memory: { value: '8Gi' } },
        },
      ],
    },
  },
  PriorityClass: { value: 100, description: 'some', preemptionPolicy: 'Never' },
  CSIDriver: {
    spec: {
      attachRequired: true,
      podInfoOnMount: true,
      volumeLifecycleModes: ['Persistent', 'Ephemeral'],
      fsGroupPolicy: 'File',
      tokenRequests: [{ audience: 'a', expirationSeconds: 3600 }],
      requiresRepublish: true,
      storageCapacity: true,
    },
  },
  CSINode: { spec: { drivers: [{ name: 'csi.example.com', nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 5 } }] } },
  CSIStorageCapacity: { nodeTopology: selector, storageClassName: 'standard', capacity: '10Gi', maximumVolumeSize: '1Gi' },
  StorageClass: {
    provisioner: 'csi.example.com',
    parameters: { a: 'b' },
    reclaimPolicy: 'Retain',
    mountOptions: ['ro'],
    allowVolumeExpansion: true,
    volumeBindingMode: 'WaitForFirstConsumer',
    allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a'] }] }],
  },
  VolumeAttachment: { spec: { attacher: 'csi.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } } },
  VolumeAttributesClass: { driverName: 'csi.example.com', parameters: { iops: '10' } },
};

export function sampleOf({ kind, group, version }: AnyKind): object {
  return samples[kind] ?? samples[`${kind} ${group === '' ? '' : `${group}/`}${version}`] ?? samples[`${kind} ${version}`] ?? {};
}
/** Fields whose presence only other fields allow: variants of samples that are valid too. */
export const variants: Readonly<Record<string, readonly object[]>> = {
  Service: [
    { spec: { type: 'ClusterIP', clusterIP: 'None', selector: { app: 'web' }, ports: [{ port: 80 }] } },
    { spec: { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, targetPort: 8080 }] } },
    {
      spec: {
        type: 'LoadBalancer',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        allocateLoadBalancerNodePorts: false,
        loadBalancerClass: 'example.com/lb',
        ports: [{ port: 443 }],
      },
    },
    { spec: { type: 'ExternalName', externalName: 'example.com' } },
    {
      spec: {
        ipFamilyPolicy: 'PreferDualStack',
        ports: [{ port: 1 }],
        publishNotReadyAddresses: true,
        trafficDistribution: 'PreferClose',
        internalTrafficPolicy: 'Local',
      },
    },
  ],
  Secret: [
    { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } },
    { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{}' } },
    { type: 'kubernetes.io/basic-auth', stringData: { username: 'a' } },
    { type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': 'k' } },
    { type: 'kubernetes.io/service-account-token', metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } } },
    { immutable: true, data: {} },
  ],
  Pod: [
    { spec: { containers: [{ name: 'a', image: 'b' }] } },
    {
      spec: {
        containers: [{ name: 'a', image: 'b' }],
        hostNetwork: true,
        nodeName: 'n',
        restartPolicy: 'Never',
        dnsPolicy: 'Default',
        enableServiceLinks: false,
      },
    },
    {
      spec: {
        os: { name: 'windows' },
        securityContext: { windowsOptions: { runAsUserName: 'u' } },
        containers: [{ name: 'a', image: 'b' }],
      },
    },
    {
      spec: {
        schedulingGates: [{ name: 'example.com/wait' }],
        readinessGates: [{ conditionType: 'a' }],
        containers: [{ name: 'a', image: 'b', resources: { claims: [{ name: 'c' }] } }],
        resourceClaims: [{ name: 'c', resourceClaimName: 'x' }],
        priorityClassName: 'system-node-critical',
      },
    },
    {
      spec: {
        ephemeralContainers: [],
        resources: { limits: { cpu: '1' } },
        containers: [{ name: 'a', image: 'b', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }],
        hostUsers: false,
        overhead: {},
        runtimeClassName: 'nothing',
      },
    },
  ],
  PersistentVolume: [
    { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteMany'], nfs: { server: 's', path: '/' } } },
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/tmp', type: 'Directory' },
        claimRef: { namespace: 'a', name: 'b' },
      },
    },
    {
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOncePod'],
        local: { path: '/mnt' },
        volumeMode: 'Block',
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } },
      },
    },
  ],
  Job: [
    { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] } } } },
    { spec: { suspend: true, manualSelector: true, selector, template: jobTemplate, podReplacementPolicy: 'Failed' } },
  ],
  Deployment: [
    {
      spec: {
        selector,
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'b' }] } },
        strategy: { type: 'Recreate' },
        paused: true,
      },
    },
  ],
  EndpointSlice: [
    { addressType: 'IPv6', endpoints: [{ addresses: ['2001:db8::1'] }], ports: [] },
    { addressType: 'FQDN', endpoints: [{ addresses: ['example.com'] }] },
  ],
  Endpoints: [
    {
      subsets: [
        { addresses: [{ ip: '192.0.2.2' }, { ip: '192.0.2.1' }], ports: [{ port: 1 }] },
        { addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 1 }] },
      ],
    },
    {},
  ],
  ClusterRole: [{ aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'example.com/nothing': '$NS' } }] } }],
  PodDisruptionBudget: [{ spec: { maxUnavailable: 1, selector: {} } }],
  ResourceQuota: [
    { spec: { hard: { pods: '5' }, scopes: ['BestEffort'] } },
    { spec: { hard: { pods: '5' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] } } },
  ],
};
