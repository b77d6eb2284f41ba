{{/*
The features as flags, under Kyverno's names. A flag is written only where the values differ from what
the program does by itself, so a Deployment shows what was decided and nothing else.
*/}}

{{/*
One row for each flag: the feature it says, what the program does without it, and whom it is for. A row
with `idle` has nothing to do here, and nobody misses it: the values may say anything, and a notice says so.
*/}}
{{- define "portcullis.features" -}}
{{- $everyone := list "admission-controller" "background-controller" "cleanup-controller" "reports-controller" -}}
{{- $reports := list "admission-controller" "background-controller" "reports-controller" -}}
registries: &registries registries are not asked yet
rows:
- {flag: forceFailurePolicyIgnore, feature: forceFailurePolicyIgnore.enabled, without: false, of: [admission-controller]}
- {flag: autoUpdateWebhooks, feature: autoUpdateWebhooks.enabled, without: true, of: [admission-controller]}
- {flag: excludeBootstrapResources, feature: excludeBootstrapResources.enabled, without: false, of: [admission-controller]}
- {flag: enablePolicyException, feature: policyExceptions.enabled, without: false, of: {{ toJson $everyone }}}
- {flag: exceptionNamespace, feature: policyExceptions.namespace, without: "", of: {{ toJson $everyone }}}
- {flag: protectManagedResources, feature: protectManagedResources.enabled, without: false, of: [admission-controller]}
- {flag: generateValidatingAdmissionPolicy, feature: generateValidatingAdmissionPolicy.enabled, without: true, of: [admission-controller]}
- {flag: generateMutatingAdmissionPolicy, feature: generateMutatingAdmissionPolicy.enabled, without: false, of: [admission-controller]}
- {flag: omitEvents, feature: omitEvents.eventTypes, without: "", of: {{ toJson $everyone }}}
- {flag: admissionReports, feature: admissionReports.enabled, without: true, of: [admission-controller]}
- {flag: maxAdmissionReports, feature: admissionReports.backPressureThreshold, without: "", of: [admission-controller], idle: there is one report for each object and their queue is bounded}
- {flag: aggregateReports, feature: aggregateReports.enabled, without: true, of: [reports-controller], idle: results go to PolicyReports at once and there is nothing to aggregate}
- {flag: policyReports, feature: policyReports.enabled, without: true, of: {{ toJson $reports }}}
- {flag: validatingAdmissionPolicyReports, feature: validatingAdmissionPolicyReports.enabled, without: true, of: [reports-controller]}
- {flag: mutatingAdmissionPolicyReports, feature: mutatingAdmissionPolicyReports.enabled, without: false, of: [reports-controller]}
- {flag: enableReporting, feature: reporting, without: "validate,mutate,mutateExisting,imageVerify,generate", of: {{ toJson $reports }}}
- {flag: allowedResults, feature: allowedResults, without: "pass,fail,error,warn,skip", of: {{ toJson $reports }}}
- {flag: backgroundScan, feature: backgroundScan.enabled, without: true, of: [reports-controller]}
- {flag: backgroundScanWorkers, feature: backgroundScan.backgroundScanWorkers, without: 2, of: [reports-controller]}
- {flag: backgroundScanInterval, feature: backgroundScan.backgroundScanInterval, without: 1h, of: [reports-controller]}
- {flag: skipResourceFilters, feature: backgroundScan.skipResourceFilters, without: true, of: [reports-controller]}
- {flag: ttlReconciliationInterval, feature: ttlController.reconciliationInterval, without: 1m, of: [cleanup-controller]}
- {flag: enableConfigMapCaching, feature: configMapCaching.enabled, without: true, of: {{ toJson $everyone }}}
- {flag: enableDeferredLoading, feature: deferredLoading.enabled, without: true, of: {{ toJson $everyone }}}
- {flag: dumpPayload, feature: dumpPayload.enabled, without: false, of: [admission-controller]}
- {flag: dumpPatches, feature: dumpPatches.enabled, without: false, of: [admission-controller]}
- {flag: maxAPICallResponseLength, feature: globalContext.maxApiCallResponseLength, without: "2000000", of: {{ toJson $everyone }}}
- {flag: apiCallTimeout, feature: globalContext.apiCallTimeout, without: 30s, of: {{ toJson $everyone }}}
- {flag: maxGlobalContextEntries, feature: globalContext.maxGlobalContextEntries, without: 0, of: {{ toJson $everyone }}}
- {flag: allowInsecureRegistry, feature: registryClient.allowInsecure, without: false, of: {{ toJson $reports }}, idle: *registries}
- {flag: registryCredentialHelpers, feature: registryClient.credentialHelpers, without: "default,google,amazon,azure,github", of: {{ toJson $reports }}, idle: *registries}
- {flag: enableTuf, feature: tuf.enabled, without: false, of: {{ toJson $reports }}, idle: *registries}
{{- end -}}

{{/* The flags of a component's features, one on each line. Wants a component. */}}
{{- define "portcullis.featureFlags" -}}
{{- $component := . -}}
{{- $roles := list .component -}}
{{- if eq .component "controllers" -}}
{{- $roles = without (include "portcullis.enabled" .root | fromYaml).list "admission-controller" -}}
{{- end -}}
{{- $features := merge (deepCopy (default dict .values.featuresOverride)) .root.Values.features -}}
{{- range $row := (include "portcullis.features" . | fromYaml).rows -}}
{{- $mine := false -}}
{{- range $roles -}}{{- if has . $row.of -}}{{- $mine = true -}}{{- end -}}{{- end -}}
{{- if $mine -}}
{{- $asked := include "portcullis.feature" (dict "features" $features "feature" $row.feature) -}}
{{- if and (ne $asked (toString $row.without)) (ne $asked "") }}
{{- if not $row.idle }}
- --{{ $row.flag }}={{ $asked }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Features that are asked for and have nothing to do: each with the reason. */}}
{{- define "portcullis.idleFeatures" -}}
{{- range $row := (include "portcullis.features" . | fromYaml).rows -}}
{{- $asked := include "portcullis.feature" (dict "features" $.Values.features "feature" $row.feature) -}}
{{- if and $row.idle (ne $asked (toString $row.without)) (ne $asked "") }}
features.{{ $row.feature }}: {{ $row.idle }}
{{- end }}
{{- end }}
{{- end -}}

{{/* What a feature says, as a flag spells it; nothing where it says nothing. */}}
{{- define "portcullis.feature" -}}
{{- $at := (include "portcullis.at" (dict "values" .features "path" .feature) | fromJson).value -}}
{{- if kindIs "slice" $at -}}
{{- join "," $at -}}
{{- else if kindIs "map" $at -}}
{{- $on := list -}}
{{- range list "validate" "mutate" "mutateExisting" "imageVerify" "generate" -}}
{{- if get $at . -}}{{- $on = append $on . -}}{{- end -}}
{{- end -}}
{{- join "," $on -}}
{{- else if kindIs "float64" $at -}}
{{- int64 $at -}}
{{- else if not (kindIs "invalid" $at) -}}
{{- $at -}}
{{- end -}}
{{- end -}}
