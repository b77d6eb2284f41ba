{{/*
Keys that the chart does not know, each with the one that was meant. The known keys are in
files/known-values.json, which a test derives from values.schema.json: Helm applies a schema before it
runs any template and its refusal names no other key, so the schema itself lets them pass.
*/}}

{{/* One line for each unknown key. Wants values, known, path (empty or ending in a dot) and all. */}}
{{- define "portcullis.unknown" -}}
{{- range $key, $value := .values }}
{{- if not (hasKey $.known $key) }}
`{{ $.path }}{{ $key }}` is no value of this chart{{ include "portcullis.meant" (dict "key" $key "siblings" $.known "path" $.path "all" $.all) }}
{{- else if and (kindIs "map" $value) (get $.known $key) }}
{{- include "portcullis.unknown" (dict "values" $value "known" (get $.known $key) "path" (printf "%s%s." $.path $key) "all" $.all) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* The nearest key at the same place; else the same key elsewhere; else all keys of the place. */}}
{{- define "portcullis.meant" -}}
{{- $best := 0 -}}
{{- $nearest := "" -}}
{{- range $sibling, $_ := .siblings -}}
{{- $likeness := include "portcullis.likeness" (list $.key $sibling) | int -}}
{{- if gt $likeness $best -}}
{{- $best = $likeness -}}
{{- $nearest = $sibling -}}
{{- end -}}
{{- end -}}
{{- $elsewhere := dict -}}
{{- include "portcullis.find" (dict "key" .key "known" .all "path" "" "into" $elsewhere) -}}
{{- if ge $best 850 -}}
; did you mean `{{ .path }}{{ $nearest }}`?
{{- else if $elsewhere -}}
{{- $paths := keys $elsewhere | sortAlpha -}}
{{- $first := list -}}
{{- range $part := list "global." "admissionController." -}}
{{- range $paths -}}{{- if hasPrefix $part . -}}{{- $first = append $first . -}}{{- end -}}{{- end -}}
{{- end -}}
{{- $paths = concat $first $paths | uniq -}}
; did you mean `{{ slice $paths 0 (min 2 (len $paths)) | join "` or `" }}`?
{{- else if ge $best 350 -}}
; did you mean `{{ .path }}{{ $nearest }}`?
{{- else -}}
; known here: `{{ keys .siblings | sortAlpha | join "`, `" }}`
{{- end -}}
{{- end -}}

{{/* Puts the path of every known key of this name into a dict. */}}
{{- define "portcullis.find" -}}
{{- range $key, $below := .known -}}
{{- if eq $key $.key -}}{{- $_ := set $.into (print $.path $key) true -}}{{- end -}}
{{- include "portcullis.find" (dict "key" $.key "known" $below "path" (printf "%s%s." $.path $key) "into" $.into) -}}
{{- end -}}
{{- end -}}

{{/* How alike two words are, from 0 to 1000, by the pairs of letters that they share. */}}
{{- define "portcullis.likeness" -}}
{{- $pairs := list -}}
{{- range $word := . -}}
{{- $of := dict -}}
{{- $word = lower $word -}}
{{- range $i := until (max 0 (sub (len $word) 1) | int) -}}
{{- $_ := set $of (substr $i (add $i 2 | int) $word) true -}}
{{- end -}}
{{- $pairs = append $pairs $of -}}
{{- end -}}
{{- $shared := 0 -}}
{{- range $pair, $_ := first $pairs -}}
{{- if hasKey (last $pairs) $pair -}}{{- $shared = add1 $shared -}}{{- end -}}
{{- end -}}
{{- div (mul 2000 $shared) (max 1 (add (len (first $pairs)) (len (last $pairs)))) -}}
{{- end -}}
