{{/*
The Pod template of a component, the same for all: what differs is in the values and in
`portcullis.args`. Wants a component.
*/}}
{{- define "portcullis.pod" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $global := $root.Values.global -}}
{{- $container := $values.container -}}
metadata:
  labels:
    {{- include "portcullis.labels" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ include "portcullis.containerName" . }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "portcullis.component.account" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  {{- with $values.hostNetwork }}
  hostNetwork: {{ . }}
  {{- end }}
  {{- with $values.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with $values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with include "portcullis.priorityClassName" . }}
  priorityClassName: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ int $values.terminationGracePeriodSeconds }}
  {{- with default $global.imagePullSecrets $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with default $global.nodeSelector $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with default $global.tolerations $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with include "portcullis.affinity" . }}
  affinity:
    {{- . | trim | nindent 4 }}
  {{- end }}
  {{- with $values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- $ours := dict "labelSelector" (dict "matchLabels" (include "portcullis.matchLabels" $ | fromYaml)) }}
    {{- range . }}
    - {{ merge (deepCopy .) $ours | toYaml | nindent 6 | trim }}
    {{- end }}
  {{- end }}
  {{- with $values.extraInitContainers }}
  initContainers:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    {{- with $values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    - name: {{ include "portcullis.containerName" . }}
      image: {{ include "portcullis.image" (dict "root" $root "image" $container.image) | quote }}
      imagePullPolicy: {{ default "IfNotPresent" $container.image.pullPolicy }}
      args:
        {{- include "portcullis.args" . | trim | nindent 8 }}
      env:
        {{- include "portcullis.env" . | nindent 8 }}
      ports:
        {{- if eq .component "admission-controller" }}
        - name: https
          containerPort: {{ int $values.webhookServer.port }}
          protocol: TCP
        {{- end }}
        {{- if not $values.metering.disabled }}
        - name: metrics-port
          containerPort: {{ int $values.metering.port }}
          protocol: TCP
        {{- end }}
      {{- with eq .component "admission-controller" | ternary (default $container.resources $root.Values.resources) $container.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $container.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.lifecycle }}
      lifecycle:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- range $probe := list "startupProbe" "livenessProbe" "readinessProbe" }}
      {{- with get $values $probe }}
      {{ $probe }}:
        {{- tpl (toYaml .) $root | nindent 8 }}
      {{- end }}
      {{- end }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if (include "portcullis.apiCallToken" . | fromYaml).audience }}
        - name: api-call-token
          mountPath: /var/run/secrets/portcullis/api-calls
          readOnly: true
        {{- end }}
        {{- with include "portcullis.authorities" . | fromYaml }}
        - name: ca-certificates
          {{- if .data }}
          mountPath: /etc/ssl/certs/ca-certificates.crt
          subPath: ca-certificates.crt
          {{- else }}
          mountPath: /etc/ssl/certs
          {{- end }}
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- with include "portcullis.apiCallToken" . | fromYaml }}
    {{- if .audience }}
    - name: api-call-token
      projected:
        sources:
          - serviceAccountToken:
              path: token
              audience: {{ .audience | quote }}
              expirationSeconds: {{ int (default 3600 .expirationSeconds) }}
    {{- end }}
    {{- end }}
    {{- with include "portcullis.authorities" . | fromYaml }}
    - name: ca-certificates
      {{- if .data }}
      configMap:
        name: {{ include "portcullis.component.name" $ }}-ca-certificates
      {{- else }}
      {{- toYaml .volume | nindent 6 }}
      {{- end }}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/*
The token that calls to services show: `audience` and `expirationSeconds`, the component's own before those
of all. Wants a component.
*/}}
{{- define "portcullis.apiCallToken" -}}
{{- merge (deepCopy (default dict .values.apiCallToken)) (default dict .root.Values.apiCallToken) | toYaml -}}
{{- end -}}

{{/*
The authorities that calls to services trust instead of those in the image: `data` or a `volume`, or nothing.
Those of the component replace those of all. Wants a component.
*/}}
{{- define "portcullis.authorities" -}}
{{- $own := default dict .values.caCertificates -}}
{{- $all := default dict .root.Values.global.caCertificates -}}
{{- $found := or $own.data $own.volume | empty | ternary $all $own -}}
{{- if $found.data -}}
{{- dict "data" $found.data | toYaml -}}
{{- else if $found.volume -}}
{{- dict "volume" $found.volume | toYaml -}}
{{- end -}}
{{- end -}}

{{/* As Kyverno's, for `kubectl logs -c`. */}}
{{- define "portcullis.containerName" -}}
{{- eq .component "admission-controller" | ternary "kyverno" "controller" -}}
{{- end -}}

{{/* Wants root and image. A digest wins over a tag. */}}
{{- define "portcullis.image" -}}
{{- $registry := default .image.registry .root.Values.global.image.registry -}}
{{- $name := empty $registry | ternary .image.repository (printf "%s/%s" $registry .image.repository) -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (toString (default .root.Chart.AppVersion .image.tag)) -}}
{{- end -}}
{{- end -}}

{{- define "portcullis.priorityClassName" -}}
{{- $created := "" -}}
{{- with .values.priorityClass -}}
{{- if .create -}}{{- $created = include "portcullis.component.name" $ -}}{{- end -}}
{{- end -}}
{{- coalesce .values.priorityClassName .root.Values.global.priorityClassName $created | default "" -}}
{{- end -}}

{{- define "portcullis.affinity" -}}
{{- if or (default dict .values.antiAffinity).enabled .values.podAntiAffinity }}
podAntiAffinity:
  {{- if .values.podAntiAffinity }}
  {{- toYaml .values.podAntiAffinity | nindent 2 }}
  {{- else }}
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 1
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "portcullis.matchLabels" . | nindent 12 }}
  {{- end }}
{{- end }}
{{- with .values.podAffinity }}
podAffinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeAffinity }}
nodeAffinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "portcullis.env" -}}
- name: INIT_CONFIG
  value: {{ include "portcullis.config" .root }}
- name: METRICS_CONFIG
  value: {{ include "portcullis.metricsConfig" .root }}
- name: KYVERNO_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
- name: KYVERNO_POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
- name: KYVERNO_SERVICEACCOUNT_NAME
  value: {{ include "portcullis.component.account" . }}
- name: KYVERNO_ROLE_NAME
  value: {{ include "portcullis.component.role" . }}
- name: KYVERNO_DEPLOYMENT
  value: {{ include "portcullis.component.name" . }}
- name: KYVERNO_SVC
  value: {{ include "portcullis.service" .root }}
{{- with .root.Values.global.extraEnvVars }}
{{ toYaml . }}
{{- end }}
{{- with .values.container.extraEnvVars }}
{{ toYaml . }}
{{- end }}
{{- end -}}
