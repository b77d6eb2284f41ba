{{/*
How many replicas a component has. Wants a component.
*/}}

{{/* `replicaCount` is what other charts call the replicas of their main part. */}}
{{- define "portcullis.replicas" -}}
{{- $replicas := .values.replicas -}}
{{- if and (eq .component "admission-controller") (not (kindIs "invalid" .root.Values.replicaCount)) -}}
{{- $replicas = .root.Values.replicaCount -}}
{{- end -}}
{{- $replicas = kindIs "invalid" $replicas | ternary 1 $replicas -}}
{{- if lt (int $replicas) 1 -}}
{{- fail (printf "\n\n%s.replicas is %v, but must be at least 1: to stop it, scale the Deployment; its webhooks are then removed" (include "portcullis.key" .component) $replicas) -}}
{{- end -}}
{{- int $replicas -}}
{{- end -}}

{{/* Not empty where a HorizontalPodAutoscaler decides. */}}
{{- define "portcullis.autoscaled" -}}
{{- if dig "autoscaling" "enabled" false .values -}}true{{- end -}}
{{- end -}}

{{/* The least number of replicas that there are. */}}
{{- define "portcullis.leastReplicas" -}}
{{- if include "portcullis.autoscaled" . -}}
{{- int .values.autoscaling.minReplicas -}}
{{- else -}}
{{- include "portcullis.replicas" . -}}
{{- end -}}
{{- end -}}
