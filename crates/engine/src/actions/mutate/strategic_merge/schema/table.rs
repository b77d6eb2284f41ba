//! Which lists strategic merge patches merge, and by which keys. Written by `merge-schema` from the
//! OpenAPI document of Kubernetes v1.21.2; do not edit.

use super::Shape::{self, Keyed, Map, Texts};

/// Every built-in kind, sorted: its `apiVersion`, its `kind`, its type in [`TYPES`].
#[rustfmt::skip]
pub(super) const KINDS: &[(&str, &str, u16)] = &[
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", 0),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", 1),
    ("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration", 2),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration", 3),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition", 120),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 124),
    ("apiregistration.k8s.io/v1", "APIService", 130),
    ("apiregistration.k8s.io/v1beta1", "APIService", 132),
    ("apps/v1", "ControllerRevision", 4),
    ("apps/v1", "DaemonSet", 5),
    ("apps/v1", "Deployment", 8),
    ("apps/v1", "ReplicaSet", 12),
    ("apps/v1", "StatefulSet", 15),
    ("authentication.k8s.io/v1", "TokenRequest", 18),
    ("authentication.k8s.io/v1", "TokenReview", 19),
    ("authentication.k8s.io/v1beta1", "TokenReview", 20),
    ("authorization.k8s.io/v1", "LocalSubjectAccessReview", 21),
    ("authorization.k8s.io/v1", "SelfSubjectAccessReview", 22),
    ("authorization.k8s.io/v1", "SelfSubjectRulesReview", 23),
    ("authorization.k8s.io/v1", "SubjectAccessReview", 24),
    ("authorization.k8s.io/v1beta1", "LocalSubjectAccessReview", 25),
    ("authorization.k8s.io/v1beta1", "SelfSubjectAccessReview", 26),
    ("authorization.k8s.io/v1beta1", "SelfSubjectRulesReview", 27),
    ("authorization.k8s.io/v1beta1", "SubjectAccessReview", 28),
    ("autoscaling/v1", "HorizontalPodAutoscaler", 29),
    ("autoscaling/v1", "Scale", 30),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", 31),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 32),
    ("batch/v1", "CronJob", 33),
    ("batch/v1", "Job", 35),
    ("batch/v1beta1", "CronJob", 39),
    ("certificates.k8s.io/v1", "CertificateSigningRequest", 42),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 43),
    ("coordination.k8s.io/v1", "Lease", 44),
    ("coordination.k8s.io/v1beta1", "Lease", 45),
    ("discovery.k8s.io/v1", "EndpointSlice", 79),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", 80),
    ("events.k8s.io/v1", "Event", 81),
    ("events.k8s.io/v1beta1", "Event", 82),
    ("extensions/v1beta1", "Ingress", 83),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema", 84),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration", 85),
    ("kustomize.config.k8s.io/v1beta1", "Kustomization", 11),
    ("networking.k8s.io/v1", "Ingress", 86),
    ("networking.k8s.io/v1", "IngressClass", 87),
    ("networking.k8s.io/v1", "NetworkPolicy", 88),
    ("networking.k8s.io/v1beta1", "Ingress", 89),
    ("networking.k8s.io/v1beta1", "IngressClass", 90),
    ("node.k8s.io/v1", "RuntimeClass", 91),
    ("node.k8s.io/v1beta1", "RuntimeClass", 92),
    ("policy/v1", "PodDisruptionBudget", 93),
    ("policy/v1beta1", "Eviction", 95),
    ("policy/v1beta1", "PodDisruptionBudget", 96),
    ("policy/v1beta1", "PodSecurityPolicy", 98),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", 99),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", 100),
    ("rbac.authorization.k8s.io/v1", "Role", 101),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", 102),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole", 103),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding", 104),
    ("rbac.authorization.k8s.io/v1beta1", "Role", 105),
    ("rbac.authorization.k8s.io/v1beta1", "RoleBinding", 106),
    ("scheduling.k8s.io/v1", "PriorityClass", 107),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", 108),
    ("storage.k8s.io/v1", "CSIDriver", 109),
    ("storage.k8s.io/v1", "CSINode", 110),
    ("storage.k8s.io/v1", "StorageClass", 112),
    ("storage.k8s.io/v1", "VolumeAttachment", 113),
    ("storage.k8s.io/v1beta1", "CSIDriver", 114),
    ("storage.k8s.io/v1beta1", "CSINode", 115),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", 117),
    ("storage.k8s.io/v1beta1", "StorageClass", 118),
    ("storage.k8s.io/v1beta1", "VolumeAttachment", 119),
    ("v1", "Binding", 46),
    ("v1", "ComponentStatus", 47),
    ("v1", "ConfigMap", 48),
    ("v1", "Endpoints", 50),
    ("v1", "Event", 53),
    ("v1", "LimitRange", 54),
    ("v1", "Namespace", 55),
    ("v1", "Node", 57),
    ("v1", "PersistentVolume", 60),
    ("v1", "PersistentVolumeClaim", 61),
    ("v1", "Pod", 64),
    ("v1", "PodTemplate", 67),
    ("v1", "ReplicationController", 69),
    ("v1", "ResourceQuota", 72),
    ("v1", "Secret", 73),
    ("v1", "Service", 74),
    ("v1", "ServiceAccount", 75),
];

/// The fields of each type that lead to a merged list, sorted by name.
#[rustfmt::skip]
pub(super) const TYPES: &[&[(&str, Shape)]] = &[
    // 0: MutatingWebhookConfiguration
    &[
        ("metadata", Map(129)),
        ("webhooks", Keyed(&["name"], None)),
    ],
    // 1: ValidatingWebhookConfiguration
    &[
        ("metadata", Map(129)),
        ("webhooks", Keyed(&["name"], None)),
    ],
    // 2: MutatingWebhookConfiguration
    &[
        ("metadata", Map(129)),
        ("webhooks", Keyed(&["name"], None)),
    ],
    // 3: ValidatingWebhookConfiguration
    &[
        ("metadata", Map(129)),
        ("webhooks", Keyed(&["name"], None)),
    ],
    // 4: ControllerRevision
    &[
        ("metadata", Map(129)),
    ],
    // 5: DaemonSet
    &[
        ("metadata", Map(129)),
        ("spec", Map(6)),
        ("status", Map(7)),
    ],
    // 6: DaemonSetSpec
    &[
        ("template", Map(68)),
    ],
    // 7: DaemonSetStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 8: Deployment
    &[
        ("metadata", Map(129)),
        ("spec", Map(9)),
        ("status", Map(10)),
    ],
    // 9: DeploymentSpec
    &[
        ("template", Map(68)),
    ],
    // 10: DeploymentStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 11: Kustomization
    &[
        ("configMapGenerator", Keyed(&["name"], None)),
        ("secretGenerator", Keyed(&["name"], None)),
    ],
    // 12: ReplicaSet
    &[
        ("metadata", Map(129)),
        ("spec", Map(13)),
        ("status", Map(14)),
    ],
    // 13: ReplicaSetSpec
    &[
        ("template", Map(68)),
    ],
    // 14: ReplicaSetStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 15: StatefulSet
    &[
        ("metadata", Map(129)),
        ("spec", Map(16)),
        ("status", Map(17)),
    ],
    // 16: StatefulSetSpec
    &[
        ("template", Map(68)),
    ],
    // 17: StatefulSetStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 18: TokenRequest
    &[
        ("metadata", Map(129)),
    ],
    // 19: TokenReview
    &[
        ("metadata", Map(129)),
    ],
    // 20: TokenReview
    &[
        ("metadata", Map(129)),
    ],
    // 21: LocalSubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 22: SelfSubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 23: SelfSubjectRulesReview
    &[
        ("metadata", Map(129)),
    ],
    // 24: SubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 25: LocalSubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 26: SelfSubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 27: SelfSubjectRulesReview
    &[
        ("metadata", Map(129)),
    ],
    // 28: SubjectAccessReview
    &[
        ("metadata", Map(129)),
    ],
    // 29: HorizontalPodAutoscaler
    &[
        ("metadata", Map(129)),
    ],
    // 30: Scale
    &[
        ("metadata", Map(129)),
    ],
    // 31: HorizontalPodAutoscaler
    &[
        ("metadata", Map(129)),
    ],
    // 32: HorizontalPodAutoscaler
    &[
        ("metadata", Map(129)),
    ],
    // 33: CronJob
    &[
        ("metadata", Map(129)),
        ("spec", Map(34)),
    ],
    // 34: CronJobSpec
    &[
        ("jobTemplate", Map(38)),
    ],
    // 35: Job
    &[
        ("metadata", Map(129)),
        ("spec", Map(36)),
        ("status", Map(37)),
    ],
    // 36: JobSpec
    &[
        ("template", Map(68)),
    ],
    // 37: JobStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 38: JobTemplateSpec
    &[
        ("metadata", Map(129)),
        ("spec", Map(36)),
    ],
    // 39: CronJob
    &[
        ("metadata", Map(129)),
        ("spec", Map(40)),
    ],
    // 40: CronJobSpec
    &[
        ("jobTemplate", Map(41)),
    ],
    // 41: JobTemplateSpec
    &[
        ("metadata", Map(129)),
        ("spec", Map(36)),
    ],
    // 42: CertificateSigningRequest
    &[
        ("metadata", Map(129)),
    ],
    // 43: CertificateSigningRequest
    &[
        ("metadata", Map(129)),
    ],
    // 44: Lease
    &[
        ("metadata", Map(129)),
    ],
    // 45: Lease
    &[
        ("metadata", Map(129)),
    ],
    // 46: Binding
    &[
        ("metadata", Map(129)),
    ],
    // 47: ComponentStatus
    &[
        ("conditions", Keyed(&["type"], None)),
        ("metadata", Map(129)),
    ],
    // 48: ConfigMap
    &[
        ("metadata", Map(129)),
    ],
    // 49: Container
    &[
        ("env", Keyed(&["name"], None)),
        ("ports", Keyed(&["containerPort", "protocol"], None)),
        ("volumeDevices", Keyed(&["devicePath"], None)),
        ("volumeMounts", Keyed(&["mountPath"], None)),
    ],
    // 50: Endpoints
    &[
        ("metadata", Map(129)),
    ],
    // 51: EphemeralContainer
    &[
        ("env", Keyed(&["name"], None)),
        ("volumeDevices", Keyed(&["devicePath"], None)),
        ("volumeMounts", Keyed(&["mountPath"], None)),
    ],
    // 52: EphemeralVolumeSource
    &[
        ("volumeClaimTemplate", Map(63)),
    ],
    // 53: Event
    &[
        ("metadata", Map(129)),
    ],
    // 54: LimitRange
    &[
        ("metadata", Map(129)),
    ],
    // 55: Namespace
    &[
        ("metadata", Map(129)),
        ("status", Map(56)),
    ],
    // 56: NamespaceStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 57: Node
    &[
        ("metadata", Map(129)),
        ("spec", Map(58)),
        ("status", Map(59)),
    ],
    // 58: NodeSpec
    &[
        ("podCIDRs", Texts),
    ],
    // 59: NodeStatus
    &[
        ("addresses", Keyed(&["type"], None)),
        ("conditions", Keyed(&["type"], None)),
    ],
    // 60: PersistentVolume
    &[
        ("metadata", Map(129)),
    ],
    // 61: PersistentVolumeClaim
    &[
        ("metadata", Map(129)),
        ("status", Map(62)),
    ],
    // 62: PersistentVolumeClaimStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 63: PersistentVolumeClaimTemplate
    &[
        ("metadata", Map(129)),
    ],
    // 64: Pod
    &[
        ("metadata", Map(129)),
        ("spec", Map(65)),
        ("status", Map(66)),
    ],
    // 65: PodSpec
    &[
        ("containers", Keyed(&["name"], Some(49))),
        ("ephemeralContainers", Keyed(&["name"], Some(51))),
        ("hostAliases", Keyed(&["ip"], None)),
        ("imagePullSecrets", Keyed(&["name"], None)),
        ("initContainers", Keyed(&["name"], Some(49))),
        ("topologySpreadConstraints", Keyed(&["topologyKey", "whenUnsatisfiable"], None)),
        ("volumes", Keyed(&["name"], Some(78))),
    ],
    // 66: PodStatus
    &[
        ("conditions", Keyed(&["type"], None)),
        ("podIPs", Keyed(&["ip"], None)),
    ],
    // 67: PodTemplate
    &[
        ("metadata", Map(129)),
        ("template", Map(68)),
    ],
    // 68: PodTemplateSpec
    &[
        ("metadata", Map(129)),
        ("spec", Map(65)),
    ],
    // 69: ReplicationController
    &[
        ("metadata", Map(129)),
        ("spec", Map(70)),
        ("status", Map(71)),
    ],
    // 70: ReplicationControllerSpec
    &[
        ("template", Map(68)),
    ],
    // 71: ReplicationControllerStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 72: ResourceQuota
    &[
        ("metadata", Map(129)),
    ],
    // 73: Secret
    &[
        ("metadata", Map(129)),
    ],
    // 74: Service
    &[
        ("metadata", Map(129)),
        ("spec", Map(76)),
        ("status", Map(77)),
    ],
    // 75: ServiceAccount
    &[
        ("metadata", Map(129)),
        ("secrets", Keyed(&["name"], None)),
    ],
    // 76: ServiceSpec
    &[
        ("ports", Keyed(&["port", "protocol"], None)),
    ],
    // 77: ServiceStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 78: Volume
    &[
        ("ephemeral", Map(52)),
    ],
    // 79: EndpointSlice
    &[
        ("metadata", Map(129)),
    ],
    // 80: EndpointSlice
    &[
        ("metadata", Map(129)),
    ],
    // 81: Event
    &[
        ("metadata", Map(129)),
    ],
    // 82: Event
    &[
        ("metadata", Map(129)),
    ],
    // 83: Ingress
    &[
        ("metadata", Map(129)),
    ],
    // 84: FlowSchema
    &[
        ("metadata", Map(129)),
    ],
    // 85: PriorityLevelConfiguration
    &[
        ("metadata", Map(129)),
    ],
    // 86: Ingress
    &[
        ("metadata", Map(129)),
    ],
    // 87: IngressClass
    &[
        ("metadata", Map(129)),
    ],
    // 88: NetworkPolicy
    &[
        ("metadata", Map(129)),
    ],
    // 89: Ingress
    &[
        ("metadata", Map(129)),
    ],
    // 90: IngressClass
    &[
        ("metadata", Map(129)),
    ],
    // 91: RuntimeClass
    &[
        ("metadata", Map(129)),
    ],
    // 92: RuntimeClass
    &[
        ("metadata", Map(129)),
    ],
    // 93: PodDisruptionBudget
    &[
        ("metadata", Map(129)),
        ("status", Map(94)),
    ],
    // 94: PodDisruptionBudgetStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 95: Eviction
    &[
        ("metadata", Map(129)),
    ],
    // 96: PodDisruptionBudget
    &[
        ("metadata", Map(129)),
        ("status", Map(97)),
    ],
    // 97: PodDisruptionBudgetStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 98: PodSecurityPolicy
    &[
        ("metadata", Map(129)),
    ],
    // 99: ClusterRole
    &[
        ("metadata", Map(129)),
    ],
    // 100: ClusterRoleBinding
    &[
        ("metadata", Map(129)),
    ],
    // 101: Role
    &[
        ("metadata", Map(129)),
    ],
    // 102: RoleBinding
    &[
        ("metadata", Map(129)),
    ],
    // 103: ClusterRole
    &[
        ("metadata", Map(129)),
    ],
    // 104: ClusterRoleBinding
    &[
        ("metadata", Map(129)),
    ],
    // 105: Role
    &[
        ("metadata", Map(129)),
    ],
    // 106: RoleBinding
    &[
        ("metadata", Map(129)),
    ],
    // 107: PriorityClass
    &[
        ("metadata", Map(129)),
    ],
    // 108: PriorityClass
    &[
        ("metadata", Map(129)),
    ],
    // 109: CSIDriver
    &[
        ("metadata", Map(129)),
    ],
    // 110: CSINode
    &[
        ("metadata", Map(129)),
        ("spec", Map(111)),
    ],
    // 111: CSINodeSpec
    &[
        ("drivers", Keyed(&["name"], None)),
    ],
    // 112: StorageClass
    &[
        ("metadata", Map(129)),
    ],
    // 113: VolumeAttachment
    &[
        ("metadata", Map(129)),
    ],
    // 114: CSIDriver
    &[
        ("metadata", Map(129)),
    ],
    // 115: CSINode
    &[
        ("metadata", Map(129)),
        ("spec", Map(116)),
    ],
    // 116: CSINodeSpec
    &[
        ("drivers", Keyed(&["name"], None)),
    ],
    // 117: CSIStorageCapacity
    &[
        ("metadata", Map(129)),
    ],
    // 118: StorageClass
    &[
        ("metadata", Map(129)),
    ],
    // 119: VolumeAttachment
    &[
        ("metadata", Map(129)),
    ],
    // 120: CustomResourceDefinition
    &[
        ("metadata", Map(129)),
    ],
    // 121: CustomResourceDefinitionVersion
    &[
        ("schema", Map(122)),
    ],
    // 122: CustomResourceValidation
    &[
        ("openAPIV3Schema", Map(123)),
    ],
    // 123: JSONSchemaProps
    &[
        ("not", Map(123)),
    ],
    // 124: CustomResourceDefinition
    &[
        ("metadata", Map(129)),
        ("spec", Map(125)),
    ],
    // 125: CustomResourceDefinitionSpec
    &[
        ("validation", Map(127)),
    ],
    // 126: CustomResourceDefinitionVersion
    &[
        ("schema", Map(127)),
    ],
    // 127: CustomResourceValidation
    &[
        ("openAPIV3Schema", Map(128)),
    ],
    // 128: JSONSchemaProps
    &[
        ("not", Map(128)),
    ],
    // 129: ObjectMeta
    &[
        ("finalizers", Texts),
        ("ownerReferences", Keyed(&["uid"], None)),
    ],
    // 130: APIService
    &[
        ("metadata", Map(129)),
        ("status", Map(131)),
    ],
    // 131: APIServiceStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
    // 132: APIService
    &[
        ("metadata", Map(129)),
        ("status", Map(133)),
    ],
    // 133: APIServiceStatus
    &[
        ("conditions", Keyed(&["type"], None)),
    ],
];
