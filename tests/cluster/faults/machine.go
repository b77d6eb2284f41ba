package main

// Faults of the machine: a disk that is full, clocks that jump.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Where the gate keeps its last good policies, in its folder.
const state = ".state"

// fullDisk puts a file system without room over each replica's state.
func fullDisk(ctx context.Context, c *cluster) (string, error) {
	var mounted []string
	defer func() {
		for _, dir := range mounted {
			_ = syscall.Unmount(dir, syscall.MNT_DETACH)
		}
	}()
	all, err := c.processes(admission)
	if err != nil {
		return "", err
	}
	for _, one := range all {
		dir := filepath.Join(one.Dir, state)
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=16k"); err != nil {
			if errors.Is(err, syscall.EPERM) {
				return "not tried: this user may not mount", nil
			}
			return "", err
		}
		mounted = append(mounted, dir)
		_ = os.WriteFile(filepath.Join(dir, "full"), make([]byte, 1<<20), 0o600)
	}
	note, err := c.change(ctx, "while there is no room")
	pause(ctx, 3*time.Second)
	return note, err
}

// clock sets each replica's clock wrong, and all right again.
func clock(ctx context.Context, c *cluster) (string, error) {
	if os.Getenv("FAULTS_CLOCK") == "" {
		return "not tried: the processes have their clocks from the system (no C compiler?)", nil
	}
	leader, err := c.leader(ctx)
	if err != nil {
		return "", err
	}
	others := []time.Duration{time.Hour, -time.Hour}
	all, err := c.processes(admission)
	if err != nil {
		return "", err
	}
	next := 0
	for _, one := range all {
		offset := 200 * 24 * time.Hour
		if one.Pod != leader {
			offset, next = others[next%2], next+1
		}
		if err := jump(one.Dir, offset); err != nil {
			return "", err
		}
	}
	pause(ctx, 6*time.Second)
	note, err := c.change(ctx, "meanwhile")
	if err != nil {
		return "", err
	}
	// Connections from now on shake hands with whatever certificate is served then.
	pause(ctx, 10*time.Second)
	return note, nil
}

func clockBack(ctx context.Context, c *cluster) error {
	if os.Getenv("FAULTS_CLOCK") == "" {
		return nil
	}
	all, err := c.processes(admission)
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := jump(one.Dir, 0); err != nil {
			return err
		}
	}
	return nil
}

// jump writes what clock.c reads.
func jump(dir string, offset time.Duration) error {
	text := binary.NativeEndian.AppendUint64(nil, uint64(int64(offset/time.Second)))
	file, err := os.OpenFile(filepath.Join(dir, "clock"), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("no process reads its clock: %w", err)
	}
	defer file.Close()
	_, err = file.WriteAt(text, 0)
	return err
}
