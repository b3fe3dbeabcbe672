import { mkdtemp, readFile, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { readConfig, sharedOrNot } from "#infra/config/platform-config.ts"
import { readSecretsFile } from "#infra/config/secrets.ts"
import { SETTINGS } from "#infra/config/settings.ts"
import { newDeploymentSecrets, prepareDeployment } from "#infra/deploy/prepare.ts"
import { compose, containersOf, deployed, deployFiles, deployText, kustomization, objectsOf, services, stages } from "../support/deploy-files.ts"
import type { KubernetesObject } from "../support/deploy-objects.ts"

const MADE = await newDeploymentSecrets()
const OBJECTS = objectsOf("kubernetes/overlays/demo")
const PATCH = deployed<KubernetesObject>("kubernetes/base/platform-pod.yaml")

const envFile = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(text.split("\n").filter((line) => line.includes("=")).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]))

const podSpecs = OBJECTS.flatMap(({ kind, spec }) =>
  ["Deployment", "StatefulSet"].includes(kind) && spec.template !== undefined ? [spec.template.spec] : [])
const variables = OBJECTS.flatMap(containersOf).flatMap(({ env }) => env ?? [])

describe("environment variables", () => {
  const platform = envFile(deployText("kubernetes/base/platform.env"))

  it("of the files are the platform's own, or explained beside the files", () => {
    const composed = services.flatMap(({ environment }) => Object.keys(environment ?? {}))
    const inPods = [...variables, ...containersOf(PATCH).flatMap(({ env }) => env ?? [])].map(({ name }) => name)
    const inImages = stages.flatMap(({ lines }) => lines).flatMap((line) => /^ENV (\w+)=/.exec(line)?.[1] ?? [])
    const used = [...Object.keys(platform), ...composed, ...inPods, ...inImages]
    expect(used.length).toBeGreaterThan(20)
    const known = new Set(SETTINGS.map(({ name }) => name))
    const readme = deployText("README.md")
    expect(used.filter((name) => !known.has(name) && !readme.includes(`\`${name}\``))).toEqual([])
  })

  it("that every role gets are a configuration whose processes share everything, in a cluster and in compose", () => {
    const addresses = envFile(MADE["engine-addresses.env"] ?? "")
    for (const more of [{}, compose.services["dispatcher"]?.environment]) {
      const read = readConfig({ ...platform, ...addresses, ...more })
      expect(Result.isSuccess(read) ? sharedOrNot(read.success) : read.failure).toEqual([])
    }
  })

  it("with addresses come from the Secret that the prepared file becomes", () => {
    const prepared = Object.keys(envFile(MADE["engine-addresses.env"] ?? ""))
    const referred = containersOf(PATCH).flatMap(({ env }) => env ?? []).map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef])
    expect(referred).toEqual(prepared.map((name) => [name, { name: "engine-addresses", key: name }]))
  })
})

describe("secrets", () => {
  const LOOKS_SECRET = [
    /-----BEGIN [A-Z ]*(PRIVATE KEY|SEED|JWT)/, /\bS[UAOC][A-Z2-7]{56}\b/, /\beyJ[\w-]{20,}/,
    /[a-z]+:\/\/[\w.-]*:(?!\$|PASSWORD@)[^@\s"'/$]+@/, /(password|passwd|token|secret)["']?\s*[:=]\s*["']?[A-Za-z0-9+/_-]{12,}["']?\s*$/im,
  ]
  const findings = (text: string): readonly string[] => LOOKS_SECRET.flatMap((pattern) => pattern.exec(text)?.[0] ?? [])

  it("are in none of the files", () => {
    const kept = deployFiles().filter((path) => !path.startsWith("check/go."))
    expect(kept.length).toBeGreaterThan(20)
    expect(kept.flatMap((path) => findings(deployText(path)).map((found) => `${path}: ${found}`))).toEqual([])
  })

  it("would be found", () => {
    for (const name of ["nats/testnet/cloud.creds", "nats/identities/operator.seed", "engine-addresses.env", "nats-route.env"]) {
      expect(findings(MADE[name] ?? "")).not.toEqual([])
    }
    expect(findings("  POSTGRES_PASSWORD: correct-horse-battery\n")).not.toEqual([])
  })

  it("reach a cluster by reference only", () => {
    expect(OBJECTS.filter(({ kind }) => kind === "Secret")).toEqual([])
    expect(variables.filter(({ name, value }) => value !== undefined && /PASSWORD|TOKEN|SECRET/.test(name) && !name.endsWith("_FILE"))).toEqual([])
  })

  it("of a new platform are all the files that compose mounts", () => {
    const made = Object.keys(MADE)
    const prefix = "${RESULTITY_SECRETS:-./secrets}/"
    const mounted = Object.values(compose.secrets).map(({ file }) => file)
    const read = services.flatMap(({ env_file }) => env_file ?? [])
    const wanted = [...mounted, ...read].filter((file) => file.startsWith(prefix)).map((file) => file.slice(prefix.length))
    expect(wanted.length).toBeGreaterThan(mounted.length)
    expect(wanted.filter((file) => !made.includes(file))).toEqual([])
  })

  it("are written once, for nobody else to read, and can be used", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "deploy-")), "secrets")
    await prepareDeployment(folder, MADE)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const { adminToken } = await readSecretsFile(join(folder, "network/secrets.json"))
    expect(await readFile(join(folder, "admin-token"), "utf8")).toBe(adminToken)
    await expect(prepareDeployment(folder, MADE)).rejects.toThrow("EEXIST")
  })
})

describe("images", () => {
  const EXACT = /^(\d+\.\d+|v\d+\.\d+\.\d+)(\.\d+)?(-[\w.-]+)?$/

  it("are named with an exact version everywhere", () => {
    const names = new Set(stages.map(({ name }) => name))
    const bases = stages.map(({ from }) => from).filter((from) => from !== "scratch" && !names.has(from))
    const composed = services.map(({ image }) => image)
    expect([...bases, ...composed].filter((image) => !EXACT.test(image.split(":")[1] ?? ""))).toEqual([])
  })

  it("of pods get theirs from a kustomization, the same as in compose", () => {
    const tags = new Map(["base", "overlays/demo"].flatMap((folder) => kustomization(`kubernetes/${folder}`).images).map(({ name, newTag }) => [name, newTag]))
    const used = podSpecs.flatMap(({ containers }) => containers).map(({ image }) => image)
    expect(used.filter((image) => !EXACT.test(tags.get(image) ?? ""))).toEqual([])
    const composed = services.map(({ image }) => image)
    expect([...tags].map(([image, tag]) => `${image}:${tag}`).filter((image) => !composed.includes(image))).toEqual([])
  })
})

describe("pods", () => {
  it("run without rights, on a file system they cannot change", () => {
    const common = PATCH.spec.template?.spec
    // Merged into the Deployments of roles, which say nothing of it themselves.
    const specs = podSpecs.map((spec) => (spec.securityContext === undefined ? { ...spec, ...common } : spec))
    expect(specs.length).toBeGreaterThan(10)
    for (const { securityContext, automountServiceAccountToken, containers, terminationGracePeriodSeconds } of specs) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } })
      expect(automountServiceAccountToken).toBe(false)
      expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(30)
      for (const { securityContext: own } of containers) {
        expect(own).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } })
      }
    }
  })

  it("are asked whether they live and whether they are ready, which is not the same", () => {
    const [role] = containersOf(PATCH)
    expect([role?.startupProbe, role?.livenessProbe, role?.readinessProbe].map((probe) => [probe?.httpGet.path, probe?.httpGet.port])).toEqual([
      ["/healthz", "ops"], ["/healthz", "ops"], ["/readyz", "ops"],
    ])
  })

  it("reach nothing that no policy names", () => {
    const deny = OBJECTS.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "default-deny")
    expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] })
  })
})
