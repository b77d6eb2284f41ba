{{/*
What whoever installs should know of the values that they chose, one paragraph each.
*/}}
{{- define "portcullis.notices" -}}
{{- $admission := dict "root" $ "component" "admission-controller" "values" .Values.admissionController }}
{{- if not (kindIs "invalid" .Values.replicaCount) }}

NOTICE: `replicaCount` is taken to mean `admissionController.replicas`.
{{- end }}
{{- if .Values.resources }}

NOTICE: `resources` is taken to mean `admissionController.container.resources`.
{{- end }}
{{- with .Values.config.resourceFiltersExcludeNamespaces }}

NOTICE: `config.resourceFiltersExcludeNamespaces` REMOVES the default resource filters of these
namespaces: requests in {{ join ", " . }} are subject to policies.
To hide a namespace from policies, use `config.resourceFiltersIncludeNamespaces`.
{{- end }}
{{- range $path, $why := include "portcullis.ignored" . | fromYaml }}
{{- if not (kindIs "invalid" (include "portcullis.at" (dict "values" $.Values "path" $path) | fromJson).value) }}

NOTICE: `{{ $path }}` has no effect: {{ $why }}.
{{- end }}
{{- end }}
{{- range $path, $why := include "portcullis.idleFeatures" . | fromYaml }}

NOTICE: `{{ $path }}` has no effect: {{ $why }}.
{{- end }}
{{- if lt (include "portcullis.leastReplicas" $admission | int) 2 }}

WARNING: with one replica, every restart of it is a time in which requests that policies speak about
are denied. Use three or more.
{{- end }}
{{- if not .Values.config.excludeKyvernoNamespace }}

WARNING: `config.excludeKyvernoNamespace` is false: policies judge the gate's own Pods. After a full
stop of the cluster the gate may not be able to come back.
{{- end }}
{{- if not .Values.crds.install }}

WARNING: `crds.install` is false: somebody else has to install and upgrade the definitions.
{{- end }}
{{- if not (default dict .Values.features.policyExceptions).enabled }}

NOTICE: PolicyExceptions have no effect until `features.policyExceptions.enabled` is true and
`features.policyExceptions.namespace` says where they count.
{{- end }}
{{- end -}}
