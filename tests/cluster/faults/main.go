// Command faults breaks an installed gate and what is around it while objects are
// made, and counts what came of each request.
//
// Comes in: a cluster that ../installed brought up, with three replicas; it runs as
// the command after `--`. Goes out: a table, one line for each fault; a failure when
// a fault cost what it may not. Never here: how a process is stopped (see
// ../installed/control.go), or what a policy means.
//
//	tests/cluster/faults/run --bin target/release/portcullis [--number N] [-- --only kill,rotate]
//	tests/cluster/faults/run --list
//
// Requests come at a constant rate that does not wait for answers. Each tenth breaks
// a policy and must be denied by that policy's own words; all others must be let pass,
// with what a mutating policy adds.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	only := flag.String("only", "", "faults, with commas between; all by default")
	short := flag.Bool("short", false, "only what takes a few seconds")
	rate := flag.Int("rate", 200, "creates a second")
	output := flag.String("json", "", "a file for the rows")
	list := flag.Bool("list", false, "say which faults there are")
	flag.Parse()
	if *list {
		for _, fault := range catalog {
			fmt.Printf("%-12s %s\n", fault.name, fault.title)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	var names []string
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	rows, err := run(ctx, names, *short, *rate)
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
	}
	if *output != "" {
		text, _ := json.MarshalIndent(rows, "", "  ")
		if err := os.WriteFile(*output, text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "faults:", err)
		}
	}
	bad := slices.ContainsFunc(rows, func(row row) bool { return row.Problem != "" })
	if err != nil || bad {
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string, short bool, rate int) ([]row, error) {
	cluster, err := connect()
	if err != nil {
		return nil, err
	}
	if err := cluster.prepare(ctx); err != nil {
		return nil, fmt.Errorf("policies: %w", err)
	}
	var rows []row
	fmt.Println(header)
	for _, fault := range catalog {
		if short && !fault.short || len(names) > 0 && !slices.Contains(names, fault.name) {
			continue
		}
		row, err := cluster.measure(ctx, fault, rate)
		if err != nil && row.Problem != "" {
			// What came after it follows from it.
			return rows, fmt.Errorf("%s: %s; then %w", fault.name, row.Problem, err)
		}
		if err != nil {
			return rows, fmt.Errorf("%s: %w", fault.name, err)
		}
		fmt.Println(row)
		rows = append(rows, row)
	}
	return rows, nil
}

// row is what one fault cost.
type row struct {
	Fault string `json:"fault"`
	// Objects that must be made.
	Tried int `json:"tried"`
	// Those that were not, because the gate did not answer or answered wrongly.
	Failed int `json:"failed"`
	// Those that were not, because the API server was away.
	Away int `json:"away"`
	// Objects that must be denied, and those that were not.
	Violating int `json:"violating"`
	Slipped   int `json:"slipped"`
	// Objects that were made without what a policy adds.
	Unchanged int `json:"unchanged"`
	// From the fault to the last request that failed.
	RecoverMs int64 `json:"recoverMs"`
	// Of requests that were answered as they must be.
	P50Ms, P99Ms, WorstMs float64
	// How loaded the machine was.
	Load string `json:"load"`
	// What else was seen.
	Note string `json:"note,omitempty"`
	// What may not be.
	Problem string `json:"problem,omitempty"`
	Errors  []string
}

const header = "fault        | tried | failed | away | violating | slipped | unchanged | recovered | p50 / p99 / worst ms  | load  | note"

func (r row) String() string {
	recovered := "-"
	if r.Failed+r.Away > 0 {
		recovered = (time.Duration(r.RecoverMs) * time.Millisecond).Round(10 * time.Millisecond).String()
	}
	note := r.Note
	if r.Problem != "" {
		note = strings.TrimSpace("NOT AS IT MUST BE: " + r.Problem + "; " + note)
	}
	line := fmt.Sprintf("%-12s | %5d | %6d | %4d | %9d | %7d | %9d | %9s | %6.1f /%7.1f /%7.1f | %5s | %s",
		r.Fault, r.Tried, r.Failed, r.Away, r.Violating, r.Slipped, r.Unchanged, recovered, r.P50Ms, r.P99Ms, r.WorstMs, r.Load, note)
	for _, text := range r.Errors {
		line += "\n    " + text
	}
	return line
}
