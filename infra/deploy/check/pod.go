package main

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
)

// versionedPod is what a workload's controller would ask the API server to create.
func versionedPod(template *core.PodTemplateSpec) (*corev1.PodTemplateSpec, error) {
	versioned := &corev1.PodTemplateSpec{}
	err := corev1conversion.Convert_core_PodTemplateSpec_To_v1_PodTemplateSpec(template, versioned, nil)
	return versioned, err
}
