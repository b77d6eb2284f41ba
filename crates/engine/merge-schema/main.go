// Command merge-schema writes the table of lists that strategic merge patches merge by key.
//
//	go run . > ../src/actions/mutate/strategic_merge/schema/table.rs
//
// The source is the OpenAPI document of Kubernetes that kustomize carries, because the reference
// engine merges with kustomize: a list is merged in exactly the kinds and by exactly the keys of
// that document, whichever Kubernetes version runs. To follow a newer one, raise kustomize's
// version in go.mod and run this again.
//
// Only what leads to such a list is written: everything else merges the same way everywhere.
package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

const (
	strategy = "x-kubernetes-patch-strategy"
	mergeKey = "x-kubernetes-patch-merge-key"
	mapKeys  = "x-kubernetes-list-map-keys"
	kinds    = "x-kubernetes-group-version-kind"
)

// field is one property of a type that leads to a merged list, or is one.
type field struct {
	name string
	// merged: a list that is merged, by keys; without keys a list of texts.
	merged bool
	keys   []string
	// of is the definition of the value, or of the list's elements; may be empty.
	of string
}

func main() {
	openapi.SchemaForResourceType(yaml.TypeMeta{APIVersion: "v1", Kind: "Pod"}) // Reads the document.
	definitions := openapi.Schema().Definitions
	types := map[string][]field{}
	for name, definition := range definitions {
		types[name] = fieldsOf(definition)
	}
	prune(types)
	write(definitions, types)
}

func fieldsOf(definition spec.Schema) []field {
	var fields []field
	for name, property := range definition.Properties {
		isList := property.Type.Contains("array")
		f := field{name: name, of: reference(property)}
		if isList {
			f.of = ""
			if property.Items != nil && property.Items.Schema != nil {
				f.of = reference(*property.Items.Schema)
			}
			how, _ := property.Extensions.GetString(strategy)
			for _, part := range strings.Split(how, ",") {
				f.merged = f.merged || part == "merge"
			}
			f.keys = keysOf(property)
		}
		// The elements of a list that is not merged are never looked into.
		if f.merged || (!isList && f.of != "") {
			fields = append(fields, f)
		}
	}
	sort.Slice(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
	return fields
}

func reference(schema spec.Schema) string {
	return strings.TrimPrefix(schema.Ref.String(), "#/definitions/")
}

func keysOf(property spec.Schema) []string {
	if keys, found := property.Extensions.GetStringSlice(mapKeys); found {
		return keys
	}
	if key, found := property.Extensions.GetString(mergeKey); found {
		return []string{key}
	}
	return nil
}

// prune drops the fields and types that lead to no merged list.
func prune(types map[string][]field) {
	for changed := true; changed; {
		changed = false
		for name, fields := range types {
			var kept []field
			for _, f := range fields {
				_, known := types[f.of]
				if f.merged || known {
					kept = append(kept, f)
				}
			}
			if len(kept) == 0 {
				delete(types, name)
				changed = true
			} else if len(kept) < len(fields) {
				types[name] = kept
				changed = true
			}
		}
	}
}

func write(definitions spec.Definitions, types map[string][]field) {
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	sort.Strings(names)
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintf(out, `//! Which lists strategic merge patches merge, and by which keys. Written by `+"`merge-schema`"+` from the
//! OpenAPI document of Kubernetes %s; do not edit.

use super::Shape::{self, Keyed, Map, Texts};

/// Every built-in kind, sorted: its `+"`apiVersion`"+`, its `+"`kind`"+`, its type in [`+"`TYPES`"+`].
#[rustfmt::skip]
pub(super) const KINDS: &[(&str, &str, u16)] = &[
`, openapi.GetSchemaVersion())
	var lines []string
	for name, definition := range definitions {
		position, found := index[name]
		if !found {
			continue
		}
		listed, _ := definition.Extensions[kinds].([]interface{})
		for _, entry := range listed {
			kind := entry.(map[string]interface{})
			apiVersion := kind["version"].(string)
			if group := kind["group"].(string); group != "" {
				apiVersion = group + "/" + apiVersion
			}
			lines = append(lines, fmt.Sprintf("    (%q, %q, %d),\n", apiVersion, kind["kind"], position))
		}
	}
	sort.Strings(lines)
	fmt.Fprint(out, strings.Join(lines, ""))
	fmt.Fprint(out, `];

/// The fields of each type that lead to a merged list, sorted by name.
#[rustfmt::skip]
pub(super) const TYPES: &[&[(&str, Shape)]] = &[
`)
	for i, name := range names {
		short := name[strings.LastIndex(strings.TrimSuffix(name, "."), ".")+1:]
		fmt.Fprintf(out, "    // %d: %s\n    &[\n", i, short)
		for _, f := range types[name] {
			fmt.Fprintf(out, "        (%q, %s),\n", f.name, f.shape(index))
		}
		fmt.Fprint(out, "    ],\n")
	}
	fmt.Fprint(out, "];\n")
}

func (f field) shape(index map[string]int) string {
	of, known := index[f.of]
	switch {
	case !f.merged:
		return fmt.Sprintf("Map(%d)", of)
	case len(f.keys) == 0:
		return "Texts"
	case known:
		return fmt.Sprintf("Keyed(&[\"%s\"], Some(%d))", strings.Join(f.keys, `", "`), of)
	default:
		return fmt.Sprintf("Keyed(&[\"%s\"], None)", strings.Join(f.keys, `", "`))
	}
}
