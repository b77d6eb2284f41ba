// Command kubectl is kubectl, built from the same modules as the cluster.
//
// Comes in: kubectl's own arguments. Never here: anything of this project's.
//
// Tests that drive a cluster through shell scripts need one; it is built only
// when they ask for it.
package main

import (
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
)

func main() {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		util.CheckErr(err) // prints it as kubectl does, and exits
	}
}
