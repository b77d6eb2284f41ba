{{/*
The command lines. A flag is written only where the values say something else than the program's own
default. Wants a component.
*/}}
{{- define "portcullis.args" -}}
{{- if eq .component "admission-controller" }}
- serve
- --in-cluster
- --listen=0.0.0.0:{{ int .values.webhookServer.port }}
- --drain={{ .values.drain }}
{{- if not .values.metering.disabled }}
- --metrics-listen=0.0.0.0:{{ int .values.metering.port }}
{{- end }}
{{- else }}
- controllers
- --only={{ include "portcullis.rooms" . }}
- --metrics-listen=0.0.0.0:{{ int .values.metering.port }}
{{- end }}
{{- if eq .component "admission-controller" }}
{{- include "portcullis.serveFlags" . }}
{{- end }}
{{- if (default dict .root.Values.openreports).enabled }}
- --openreportsEnabled=true
{{- end }}
{{- $metering := default dict .values.metering }}
{{- if and (eq (default "" $metering.config) "grpc") (not $metering.disabled) }}
- --otelConfig=grpc
- --otelCollector={{ required (printf "\n\n`%s.metering.collector` has to say where the collector is" (include "portcullis.key" .component)) $metering.collector }}
- --metricsPort={{ int $metering.port }}
{{- with $metering.creds }}
- --transportCreds={{ . }}
{{- end }}
{{- end }}
{{- include "portcullis.featureFlags" . }}
{{- if (include "portcullis.apiCallToken" . | fromYaml).audience }}
- --api-call-token=/var/run/secrets/portcullis/api-calls/token
{{- end }}
{{- with (merge (deepCopy (default dict .values.featuresOverride)) .root.Values.features).logging }}
- --log-format={{ .format }}
- --log-level={{ include "portcullis.logLevel" .verbosity }}
{{- end }}
{{- range $flag, $value := .values.container.extraArgs }}
{{- if not (kindIs "invalid" $value) }}
- --{{ $flag }}={{ $value }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What the gate is told of the objects around it, where they are not called as it expects. */}}
{{- define "portcullis.serveFlags" -}}
{{- $root := .root -}}
{{- if ne (int .values.service.port) 443 }}
- --servicePort={{ int .values.service.port }}
{{- end }}
{{- range $controller := list "background" "reports" }}
{{- $component := printf "%s-controller" $controller }}
{{- $values := get $root.Values (include "portcullis.key" $component) }}
{{- $account := include "portcullis.component.account" (dict "root" $root "component" $component "values" $values) }}
{{- if ne $account (printf "kyverno-%s" $component) }}
- --{{ $controller }}ServiceAccountName=system:serviceaccount:{{ include "portcullis.namespace" $root }}:{{ $account }}
{{- end }}
{{- end }}
{{- $tracing := default dict .values.tracing }}
{{- if $tracing.enabled }}
- --enableTracing=true
- --tracingAddress={{ required "\n\n`admissionController.tracing.address` has to say where the collector is" $tracing.address }}
- --tracingPort={{ default 4317 $tracing.port }}
{{- with $tracing.creds }}
- --tracingCreds={{ . }}
{{- end }}
{{- end }}
{{- with .values.tlsKeyAlgorithm }}
- --tlsKeyAlgorithm={{ . }}
{{- end }}
{{- if (default dict .values.certManager).enabled }}
- --disableCertManagerController=true
{{- end }}
{{- end -}}

{{/* What `controllers --only` is to run. */}}
{{- define "portcullis.rooms" -}}
{{- $rooms := dict "background-controller" (list "generate") "cleanup-controller" (list "cleanup") "reports-controller" (list "scan" "reports") -}}
{{- if eq .component "controllers" -}}
{{- $all := list -}}
{{- range (include "portcullis.enabled" .root | fromYaml).list -}}
{{- $all = concat $all (default list (get $rooms .)) -}}
{{- end -}}
{{- join "," $all -}}
{{- else -}}
{{- join "," (get $rooms .component) -}}
{{- end -}}
{{- end -}}

{{/* Kyverno's verbosities as levels. */}}
{{- define "portcullis.logLevel" -}}
{{- $v := int . -}}
{{- if lt $v 0 -}}error{{- else if lt $v 2 -}}warn{{- else if lt $v 4 -}}info{{- else if lt $v 6 -}}debug{{- else -}}trace{{- end -}}
{{- end -}}
