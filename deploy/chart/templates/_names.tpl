{{/*
Names and labels. Objects are called as Kyverno's, whatever the release is called: policies, dashboards,
RBAC of users and scripts look for these names.

Most helpers here want a component: a dict of `root`, `component` and `values`, made by
`portcullis.deployed` or `portcullis.enabled` and `portcullis.key`. The components are
admission-controller, background-controller, cleanup-controller, reports-controller, and controllers,
which is the last three in one Deployment.
*/}}

{{- define "portcullis.fullname" -}}
{{- default (default "kyverno" .Values.nameOverride) .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "portcullis.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "portcullis.service" -}}
{{- printf "%s-svc" (include "portcullis.fullname" .) -}}
{{- end -}}

{{- define "portcullis.config" -}}
{{- default (include "portcullis.fullname" .) .Values.config.name -}}
{{- end -}}

{{- define "portcullis.metricsConfig" -}}
{{- default (printf "%s-metrics" (include "portcullis.fullname" .)) .Values.metricsConfig.name -}}
{{- end -}}

{{/* The key of a component in the values: `admissionController` of `admission-controller`. */}}
{{- define "portcullis.key" -}}
{{- . | camelcase | untitle -}}
{{- end -}}

{{/* The components that get a Deployment, under `list`. */}}
{{- define "portcullis.deployed" -}}
list:
- admission-controller
{{- if .Values.controllers.enabled }}
- controllers
{{- else }}
{{- include "portcullis.others" . }}
{{- end }}
{{- end -}}

{{/* The components that get a ClusterRole, under `list`. */}}
{{- define "portcullis.enabled" -}}
list:
- admission-controller
{{- include "portcullis.others" . }}
{{- end -}}

{{- define "portcullis.others" -}}
{{- if .Values.backgroundController.enabled }}
- background-controller
{{- end }}
{{- if .Values.cleanupController.enabled }}
- cleanup-controller
{{- end }}
{{- if .Values.reportsController.enabled }}
- reports-controller
{{- end }}
{{- end -}}

{{/* `kyverno-admission-controller`: the Deployment of a component, and what belongs to it. */}}
{{- define "portcullis.component.name" -}}
{{- printf "%s-%s" (include "portcullis.fullname" .root) (default .component .values.name) -}}
{{- end -}}

{{/* `kyverno:admission-controller`: its ClusterRole, and how names of others begin. */}}
{{- define "portcullis.component.role" -}}
{{- default (printf "%s:%s" (include "portcullis.fullname" .root) .component) (dig "clusterRole" "name" "" .values.rbac) -}}
{{- end -}}

{{/* The ServiceAccount that it acts as. */}}
{{- define "portcullis.component.account" -}}
{{- $runs := . -}}
{{- if and .root.Values.controllers.enabled (ne .component "admission-controller") -}}
{{- $runs = dict "root" .root "component" "controllers" "values" .root.Values.controllers -}}
{{- end -}}
{{- default (include "portcullis.component.name" $runs) $runs.values.rbac.serviceAccount.name -}}
{{- end -}}

{{/* What selects its Pods. Never changes in the life of a release: selectors of Deployments cannot. */}}
{{- define "portcullis.matchLabels" -}}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: {{ include "portcullis.fullname" .root }}
{{- end -}}

{{/* The labels of its objects. `component` may be any word here; `values` is not needed. */}}
{{- define "portcullis.labels" -}}
{{ include "portcullis.matchLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.customLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The Service of its metrics: `kyverno-svc-metrics`, `kyverno-background-controller-metrics`. */}}
{{- define "portcullis.metricsService" -}}
{{- if eq .component "admission-controller" -}}
{{- include "portcullis.service" .root }}-metrics
{{- else -}}
{{- include "portcullis.component.name" . }}-metrics
{{- end -}}
{{- end -}}
