{{/*
The roles of a component: one aggregated ClusterRole, which takes in `:core` (what the component
cannot work without), `:additional` (from the values) and every ClusterRole of the users that has one of
the two label sets. Wants a component, and `core`: its rules, as YAML.
*/}}
{{- define "portcullis.roles" -}}
{{- $root := .root -}}
{{- $role := include "portcullis.component.role" . -}}
{{- $name := include "portcullis.component.name" . -}}
{{- $rbac := .values.rbac -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $role }}
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
aggregationRule:
  clusterRoleSelectors:
    - matchLabels:
        rbac.kyverno.io/aggregate-to-{{ .component }}: "true"
    - matchLabels:
        {{- include "portcullis.matchLabels" . | nindent 8 }}
    {{- $fullname := include "portcullis.fullname" $root }}
    {{- if ne $root.Release.Name $fullname }}
    # ClusterRoles of users carry the names of the usual release.
    - matchLabels:
        app.kubernetes.io/component: {{ .component }}
        app.kubernetes.io/instance: {{ $fullname }}
        app.kubernetes.io/part-of: {{ $fullname }}
    {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $role }}:core
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
rules:
  {{- .core | nindent 2 }}
{{- with $rbac.clusterRole.extraResources }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ $role }}:additional
  labels:
    {{- include "portcullis.labels" $ | nindent 4 }}
rules:
  {{- toYaml . | nindent 2 }}
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $role }}
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $role }}
subjects:
  {{- include "portcullis.subject" . | nindent 2 }}
{{- if $rbac.createViewRoleBinding }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ $role }}:view
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ $rbac.viewRoleName }}
subjects:
  {{- include "portcullis.subject" . | nindent 2 }}
{{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ $role }}
  namespace: {{ include "portcullis.namespace" $root }}
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
rules:
  {{- .own | nindent 2 }}
  {{- with (default dict .values.metering).creds }}
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: [{{ . | quote }}]
    verbs: [get]
  {{- end }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ $role }}
  namespace: {{ include "portcullis.namespace" $root }}
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $role }}
subjects:
  {{- include "portcullis.subject" . | nindent 2 }}
{{- end -}}

{{- define "portcullis.subject" -}}
- kind: ServiceAccount
  name: {{ include "portcullis.component.account" . }}
  namespace: {{ include "portcullis.namespace" .root }}
{{- end -}}

{{/* Verbs. */}}
{{- define "portcullis.read" -}}
[get, list, watch]
{{- end -}}
{{- define "portcullis.all" -}}
[create, delete, deletecollection, get, list, patch, update, watch]
{{- end -}}

{{/* Rules that several components share. */}}

{{/* Leases, and the ConfigMap of the settings, in the component's own namespace. */}}
{{- define "portcullis.own" -}}
- apiGroups: [""]
  resources: [configmaps]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [create, delete, get, list, patch, update, watch]
- apiGroups: [apps]
  resources: [deployments]
  verbs: {{ include "portcullis.read" . }}
{{- end -}}

{{/* What every component looks at: kinds, settings, namespaces. */}}
{{- define "portcullis.common" -}}
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: [apiregistration.k8s.io]
  resources: [apiservices]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: [""]
  resources: [configmaps, namespaces]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: ["", events.k8s.io]
  resources: [events]
  verbs: [create, patch, update]
- apiGroups: [kyverno.io]
  resources: [policyexceptions]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: [policies.kyverno.io]
  resources: [policyexceptions]
  verbs: {{ include "portcullis.read" . }}
- apiGroups: [kyverno.io]
  resources: [globalcontextentries]
  verbs: {{ include "portcullis.read" . }}
{{- end -}}

{{/* Reports of one resource, before they are merged. */}}
{{- define "portcullis.ephemeralReports" -}}
- apiGroups: [reports.kyverno.io]
  resources: [ephemeralreports, clusterephemeralreports]
  verbs: {{ include "portcullis.all" . }}
{{- end -}}
