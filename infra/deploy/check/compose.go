package main

import (
	"context"
	"fmt"

	"github.com/compose-spec/compose-go/v2/cli"
)

// checkCompose loads a compose file as `docker compose config` does: schema, interpolation, references between parts.
func checkCompose(path string) []string {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithOsEnv, cli.WithInterpolation(true), cli.WithResolvedPaths(true))
	if err != nil {
		return []string{err.Error()}
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return []string{err.Error()}
	}
	if len(project.Services) == 0 {
		return []string{"no service"}
	}
	fmt.Printf("%s: %d services\n", path, len(project.Services))
	return nil
}
