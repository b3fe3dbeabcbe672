package main

import (
	"fmt"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// render builds a folder as `kubectl kustomize` does.
func render(path string) (resmap.ResMap, error) {
	return krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
}

// printRendered writes a folder's objects to standard output, for tools that read YAML.
func printRendered(path string) []string {
	rendered, err := render(path)
	if err != nil {
		return []string{err.Error()}
	}
	text, err := rendered.AsYaml()
	if err != nil {
		return []string{err.Error()}
	}
	fmt.Print(string(text))
	return nil
}
