{{/*
Values of Kyverno's chart that do not mean here what they mean there, each with the reason.
*/}}

{{/* Without effect, and harmless so: a notice says so. */}}
{{- define "portcullis.ignored" -}}
global.templating: the manifests are rendered for the cluster that Helm talks to
global.resyncPeriod: watches do not need to be read again
global.crdWatcher: kinds are always followed
upgrade: there is no older chart to upgrade from
apiVersionOverride: the API versions follow from the cluster
test: the chart has no test Pods
crds.migration: the stored versions are Kyverno's, nothing is migrated
metricsConfig.metricsRefreshInterval: metrics are never reset
webhooksCleanup.autoDeleteWebhooks: the last replica removes the webhooks when it stops
webhooksCleanup.image: no Job runs at uninstall
webhooksCleanup.imagePullSecrets: no Job runs at uninstall
webhooksCleanup.podSecurityContext: no Job runs at uninstall
webhooksCleanup.securityContext: no Job runs at uninstall
webhooksCleanup.nodeSelector: no Job runs at uninstall
webhooksCleanup.tolerations: no Job runs at uninstall
webhooksCleanup.podAntiAffinity: no Job runs at uninstall
webhooksCleanup.podAffinity: no Job runs at uninstall
webhooksCleanup.nodeAffinity: no Job runs at uninstall
webhooksCleanup.podLabels: no Job runs at uninstall
webhooksCleanup.podAnnotations: no Job runs at uninstall
webhooksCleanup.resources: no Job runs at uninstall
webhooksCleanup.serviceAccount: no Job runs at uninstall
features.controllerRuntimeMetrics: there is no such library
features.autoMemLimit: memory is bounded by flags of its own
features.logging.timestampFormat: times are RFC 3339
features.logging.disableColor: logs to a file or a collector have no colours
admissionController.initContainer: nothing has to be prepared
admissionController.crdWatcher: kinds are always followed
cleanupController.server: the admission controller answers its webhooks
cleanupController.webhookServer: the admission controller answers its webhooks
cleanupController.service: the admission controller answers its webhooks
cleanupController.createSelfSignedCert: the admission controller answers its webhooks
cleanupController.tlsKeyAlgorithm: the admission controller answers its webhooks
cleanupController.certManager: the admission controller answers its webhooks
reportsController.sanityChecks: missing report kinds are waited for
imagePullSecrets: registries are not asked yet; for the images of the Pods, see global.imagePullSecrets
existingImagePullSecrets: registries are not asked yet; for the images of the Pods, see global.imagePullSecrets
{{- range $component := list "backgroundController" "cleanupController" "reportsController" "controllers" }}
{{ $component }}.tracing: only reviews are traced, by the admission controller
{{- end }}
{{- range $component := list "admissionController" "backgroundController" "cleanupController" "reportsController" }}
{{ $component }}.sigstoreVolume: no trust root is kept on disk
{{ $component }}.tufRootMountPath: no trust root is kept on disk
{{ $component }}.resyncPeriod: watches do not need to be read again
{{ $component }}.container.image.defaultRegistry: container.image.registry says it
{{- end }}
{{- end -}}

{{/* Not supported: refused when they ask for something, since nothing would happen. */}}
{{- define "portcullis.unsupported" -}}
admissionController.createSelfSignedCert: the gate makes and renews its certificates itself; for others, see admissionController.certManager
reportsServer.enabled: reports are written to the API server
crds.reportsServer.enabled: reports are written to the API server
{{- range $component := list "admissionController" "backgroundController" "cleanupController" "reportsController" "controllers" }}
{{ $component }}.profiling.enabled: there is no profiling port
{{ $component }}.metering.secure: metrics are served without TLS
{{- end }}
{{- end -}}

{{/* What stands at `path` in `values`, as JSON under `value`, which is missing where nothing does. */}}
{{- define "portcullis.at" -}}
{{- $found := dict "value" .values -}}
{{- range splitList "." .path -}}
{{- $at := $found.value -}}
{{- if and (kindIs "map" $at) (hasKey (kindIs "map" $at | ternary $at dict) .) -}}
{{- $found = dict "value" (get $at .) -}}
{{- else -}}
{{- $found = dict -}}
{{- end -}}
{{- end -}}
{{- toJson $found -}}
{{- end -}}
