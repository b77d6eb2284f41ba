{{/*
What the ConfigMap says that takes more than a copy of the values.
*/}}

{{/*
The resource filters, one on each line. The order: the chart's own namespace, the listed ones less the
excluded, the included. A filter belongs to a namespace when that is what its second part says.
*/}}
{{- define "portcullis.resourceFilters" -}}
{{- $config := .Values.config -}}
{{- $filters := list -}}
{{- if $config.excludeKyvernoNamespace -}}
{{- $filters = append $filters (printf "[*/*,%s,*]" (include "portcullis.namespace" .)) -}}
{{- end -}}
{{- range (default list $config.resourceFilters) -}}
{{- $filter := tpl . $ | trim -}}
{{- $namespace := index (append (splitList "," (trimAll "[]" $filter)) "*") 1 | trim -}}
{{- if not (or (has $namespace (default list $config.resourceFiltersExcludeNamespaces)) (has $filter (default list $config.resourceFiltersExclude))) -}}
{{- $filters = append $filters $filter -}}
{{- end -}}
{{- end -}}
{{- range (default list $config.resourceFiltersIncludeNamespaces) -}}
{{- $filters = append $filters (printf "[*/*,%s,*]" .) -}}
{{- end -}}
{{- range (default list $config.resourceFiltersInclude) -}}
{{- $filters = append $filters (tpl . $ | trim) -}}
{{- end -}}
{{- $filters | uniq | join "\n" -}}
{{- end -}}

{{/*
`config.webhooks` as JSON, with the chart's own namespace left out of it; nothing at all when neither
asks for a selector. A list of one is the old form of the same.
*/}}
{{- define "portcullis.webhooks" -}}
{{- $config := .Values.config -}}
{{- $webhooks := default dict $config.webhooks -}}
{{- if kindIs "slice" $webhooks -}}
{{- if gt (len $webhooks) 1 -}}
{{- fail "\n\nconfig.webhooks is a list of more than one; write one object: {namespaceSelector: ..., objectSelector: ...}" -}}
{{- end -}}
{{- $webhooks = first $webhooks -}}
{{- end -}}
{{- $webhooks = deepCopy $webhooks -}}
{{- if $config.excludeKyvernoNamespace -}}
{{- $own := include "portcullis.namespace" . -}}
{{- $selector := default dict $webhooks.namespaceSelector -}}
{{- $expression := dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" (list $own) -}}
{{- $expressions := append (default list $selector.matchExpressions) $expression | uniq -}}
{{- $_ := set $selector "matchExpressions" $expressions -}}
{{- $_ := set $webhooks "namespaceSelector" $selector -}}
{{- end -}}
{{- with $webhooks -}}{{- toJson . -}}{{- end -}}
{{- end -}}
