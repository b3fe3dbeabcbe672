package main

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	podsecurityapi "k8s.io/pod-security-admission/api"
	podsecurity "k8s.io/pod-security-admission/policy"
)

// checkKustomize renders a folder and passes every object through what the API server does with it at creation.
func checkKustomize(path string) []string {
	rendered, err := render(path)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDecoder()
	for _, resource := range rendered.Resources() {
		name := resource.GetKind() + "/" + resource.GetName()
		text, err := resource.AsYAML()
		if err != nil {
			problems = append(problems, name+": "+err.Error())
			continue
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			problems = append(problems, name+": "+err.Error())
			continue
		}
		for _, problem := range checkObject(object) {
			problems = append(problems, name+": "+problem)
		}
	}
	fmt.Printf("%s: %d objects\n", path, rendered.Size())
	return problems
}

func checkObject(object runtime.Object) []string {
	errors, template := validate(object)
	var problems []string
	for _, err := range errors {
		problems = append(problems, err.Error())
	}
	if template == nil {
		return problems
	}
	return append(problems, checkRestricted(template)...)
}

// validate runs the API server's own rules; template is the pod template of a workload.
func validate(object runtime.Object) (errors field.ErrorList, template *core.PodTemplateSpec) {
	options := corevalidation.PodValidationOptions{}
	switch it := object.(type) {
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(it, options), &it.Spec.Template
	case *apps.StatefulSet:
		return appsvalidation.ValidateStatefulSet(it, options), &it.Spec.Template
	case *core.Service:
		if it.Spec.ClusterIP != "" {
			it.Spec.ClusterIPs = []string{it.Spec.ClusterIP} // as the API server does before it validates
		}
		return corevalidation.ValidateServiceCreate(it), nil
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(it), nil
	case *core.Namespace:
		return corevalidation.ValidateNamespace(it), nil
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(it), nil
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(it, networkingvalidation.NetworkPolicyValidationOptions{}), nil
	case *policy.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(it, policyvalidation.PodDisruptionBudgetValidationOptions{}), nil
	case *autoscaling.HorizontalPodAutoscaler:
		return autoscalingvalidation.ValidateHorizontalPodAutoscaler(it, autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{}), nil
	}
	return field.ErrorList{field.InternalError(nil, fmt.Errorf("%T is of a kind that is not checked", object))}, nil
}

func checkRestricted(template *core.PodTemplateSpec) []string {
	versioned, err := versionedPod(template)
	if err != nil {
		return []string{err.Error()}
	}
	evaluator, err := podsecurity.NewEvaluator(podsecurity.DefaultChecks(), nil)
	if err != nil {
		return []string{err.Error()}
	}
	level := podsecurityapi.LevelVersion{Level: podsecurityapi.LevelRestricted, Version: podsecurityapi.LatestVersion()}
	outcome := podsecurity.AggregateCheckResults(evaluator.EvaluatePod(level, &versioned.ObjectMeta, &versioned.Spec))
	if outcome.Allowed {
		return nil
	}
	return []string{"not restricted: " + strings.TrimSpace(outcome.ForbiddenDetail())}
}
