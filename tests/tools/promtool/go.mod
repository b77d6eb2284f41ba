// Prometheus' own tool. Not the newest release: that one requires modules which the module proxy does
// not have. `go mod tidy` would fetch every cloud's SDK for service discovery, which the build tag
// `remove_all_sd` leaves out; go.sum holds what the build needs and no more.
module portcullis.example/tests/tools/promtool

go 1.26.0

require github.com/prometheus/prometheus v0.313.5
