module portcullis.dev/apply-schema

go 1.25

require k8s.io/kubernetes v1.36.3
