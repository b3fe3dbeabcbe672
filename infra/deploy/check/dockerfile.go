package main

import (
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// checkDockerfile parses a Dockerfile as `docker build` does and reports what BuildKit's linter finds in single instructions.
func checkDockerfile(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return []string{err.Error()}
	}
	defer file.Close()
	parsed, err := parser.Parse(file)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	for _, warning := range parsed.Warnings {
		problems = append(problems, warning.Short)
	}
	lint := linter.New(&linter.Config{
		Warn: func(rule, _, _, message string, location []parser.Range) {
			line := 0
			if len(location) > 0 {
				line = location[0].Start.Line
			}
			problems = append(problems, fmt.Sprintf("line %d: %s: %s", line, rule, message))
		},
	})
	stages, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		return append(problems, err.Error())
	}
	if len(stages) == 0 {
		problems = append(problems, "no stage")
	}
	fmt.Printf("%s: %d stages\n", path, len(stages))
	return problems
}
