// Command check reads the deployment files as the tools that use them do: Dockerfiles with BuildKit's parser and linter,
// the compose file with Docker Compose's loader, the Kubernetes manifests with kustomize, the API server's strict decoding
// and validation, and the pod security standard "restricted".
package main

import (
	"fmt"
	"os"
)

type checkFile func(path string) []string

func main() {
	checks := map[string]checkFile{
		"dockerfile": checkDockerfile, "compose": checkCompose, "kustomize": checkKustomize, "render": printRendered,
		"prometheus": checkPrometheus, "rules": checkRules, "dashboard": checkDashboard,
	}
	if len(os.Args) < 3 || checks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: check dockerfile|compose|kustomize|render|prometheus|rules|dashboard PATH...")
		os.Exit(2)
	}
	problems := 0
	for _, path := range os.Args[2:] {
		for _, problem := range checks[os.Args[1]](path) {
			fmt.Fprintf(os.Stderr, "%s: %s\n", path, problem)
			problems++
		}
	}
	if problems > 0 {
		os.Exit(1)
	}
}
