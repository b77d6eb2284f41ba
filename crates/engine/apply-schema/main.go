// Command apply-schema writes the types of the built-in kinds, as an API server merges an apply
// configuration by them.
//
//	go run . "$(go list -m -f '{{.Dir}}' k8s.io/kubernetes)/api/openapi-spec/v3" \
//	    > ../src/actions/mutate/apply_configuration/kinds.txt
//
// The source is the OpenAPI v3 documents that Kubernetes publishes with its sources. To follow a
// newer version, raise it in go.mod and run this again.
//
// A line is a type, and its number is that of the line among the types:
//
//	text | number | bool | scalar | untyped | deduced
//	list atomic OF | list set OF | list map OF KEY[=DEFAULT]...
//	map REST|- [atomic] FIELD:TYPE...
//
// and "kind APIVERSION KIND TYPE" names the type of a kind.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

type schema struct {
	Type                 string
	Format               string
	Ref                  string `json:"$ref"`
	AllOf                []*schema
	Properties           map[string]*schema
	AdditionalProperties json.RawMessage
	Items                *schema
	Default              any
	ListType             string   `json:"x-kubernetes-list-type"`
	MapKeys              []string `json:"x-kubernetes-list-map-keys"`
	MapType              string   `json:"x-kubernetes-map-type"`
	Strategy             string   `json:"x-kubernetes-patch-strategy"`
	MergeKey             string   `json:"x-kubernetes-patch-merge-key"`
	Preserve             bool     `json:"x-kubernetes-preserve-unknown-fields"`
	Kinds                []struct{ Group, Version, Kind string } `json:"x-kubernetes-group-version-kind"`
}

// writer numbers types; those that read alike are one.
type writer struct {
	schemas map[string]*schema
	lines   []string
	known   map[string]int
	named   map[string]int
}

func main() {
	w := writer{schemas: map[string]*schema{}, known: map[string]int{}, named: map[string]int{}}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	check(err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		check(err)
		var document struct {
			Components struct{ Schemas map[string]*schema }
		}
		check(json.Unmarshal(text, &document))
		for name, found := range document.Components.Schemas {
			w.schemas[name] = found
		}
	}
	names := make([]string, 0, len(w.schemas))
	for name := range w.schemas {
		names = append(names, name)
	}
	sort.Strings(names)
	var kinds []string
	for _, name := range names {
		found := w.schemas[name]
		if found.Properties["metadata"] == nil || strings.HasSuffix(name, "List") {
			continue
		}
		for _, kind := range found.Kinds {
			version := kind.Version
			if kind.Group != "" {
				version = kind.Group + "/" + version
			}
			kinds = append(kinds, fmt.Sprintf("kind %s %s %d", version, kind.Kind, w.reference(name, "")))
		}
	}
	sort.Strings(kinds)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, line := range append(w.lines, kinds...) {
		fmt.Fprintln(out, line)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// reference is the number of a named type; mapType says otherwise how its maps are merged.
func (w *writer) reference(name, mapType string) int {
	key := name + " " + mapType
	if at, found := w.named[key]; found {
		return at
	}
	switch name {
	case "io.k8s.apimachinery.pkg.api.resource.Quantity":
		return w.intern("scalar")
	case "io.k8s.apimachinery.pkg.runtime.RawExtension":
		return w.intern("untyped")
	}
	// Types may hold themselves: the number comes first.
	at := len(w.lines)
	w.named[key] = at
	w.lines = append(w.lines, "")
	found := *w.schemas[name]
	if mapType != "" {
		found.MapType = mapType
	}
	w.lines[at] = w.line(&found)
	return at
}

func (w *writer) intern(line string) int {
	if at, found := w.known[line]; found {
		return at
	}
	w.known[line] = len(w.lines)
	w.lines = append(w.lines, line)
	return len(w.lines) - 1
}

func (w *writer) of(s *schema) int {
	ref := s.Ref
	if ref == "" && len(s.AllOf) == 1 {
		ref = s.AllOf[0].Ref
	}
	if ref != "" {
		return w.reference(ref[strings.LastIndex(ref, "/")+1:], s.MapType)
	}
	return w.intern(w.line(s))
}

func (w *writer) line(s *schema) string {
	switch s.Type {
	case "integer", "number":
		return "number"
	case "boolean":
		return "bool"
	case "string":
		if s.Format == "" || s.Format == "byte" {
			return "text"
		}
		return "scalar"
	case "array":
		return w.list(s)
	case "object":
		return w.object(s)
	default:
		return "deduced"
	}
}

func (w *writer) list(s *schema) string {
	keys := s.MapKeys
	merges := s.ListType == "set" || s.ListType == "map"
	if s.ListType == "" && (s.Strategy == "merge" || s.Strategy == "merge,retainKeys") {
		merges = true
		if s.MergeKey != "" {
			keys = []string{s.MergeKey}
		}
	}
	of := w.of(s.Items)
	switch {
	case !merges:
		return fmt.Sprintf("list atomic %d", of)
	case len(keys) == 0:
		return fmt.Sprintf("list set %d", of)
	}
	line := fmt.Sprintf("list map %d", of)
	for _, key := range keys {
		line += " " + key
		if value, found := w.resolved(s.Items).Properties[key].Default.(string); found && value != "" {
			line += "=" + value
		}
	}
	return line
}

func (w *writer) resolved(s *schema) *schema {
	ref := s.Ref
	if ref == "" && len(s.AllOf) == 1 {
		ref = s.AllOf[0].Ref
	}
	if ref != "" {
		return w.schemas[ref[strings.LastIndex(ref, "/")+1:]]
	}
	return s
}

func (w *writer) object(s *schema) string {
	rest := "-"
	var values schema
	switch {
	case len(s.AdditionalProperties) == 0:
		if s.Preserve || len(s.Properties) == 0 {
			rest = fmt.Sprint(w.intern("deduced"))
		}
	case json.Unmarshal(s.AdditionalProperties, &values) == nil:
		rest = fmt.Sprint(w.of(&values))
	case string(s.AdditionalProperties) == "true":
		rest = fmt.Sprint(w.intern("deduced"))
	}
	line := "map " + rest
	if s.MapType == "atomic" {
		line += " atomic"
	}
	fields := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		fields = append(fields, name)
	}
	sort.Strings(fields)
	for _, name := range fields {
		line += fmt.Sprintf(" %s:%d", name, w.of(s.Properties[name]))
	}
	return line
}
