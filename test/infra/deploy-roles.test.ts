import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ROLE_NAMES } from "#infra/main/roles/role-names.ts"
import { containersOf, DEPLOY, deployed, instructionsOf, lineage, objectsOf, services, stages } from "../support/deploy-files.ts"
import type { ComposeService, Container, KubernetesObject, ScrapeConfig } from "../support/deploy-objects.ts"

const ROLES: readonly string[] = ROLE_NAMES

const BASE = objectsOf("kubernetes/base")
const SCRAPED = deployed<ScrapeConfig>("prometheus/prometheus.yml").scrape_configs.flatMap((job) => job.dns_sd_configs).flatMap(({ names }) => names)
const OPS_PORT = 9_400

const required = <Thing>(thing: Thing | undefined, what: string): Thing => {
  if (thing === undefined) throw new Error(`there is no ${what}`)
  return thing
}
const named = (kind: string, name: string): KubernetesObject =>
  required(BASE.find((object) => object.kind === kind && object.metadata.name === name), `${kind} ${name}`)
const containerOf = (role: string): Container => required(containersOf(named("Deployment", role))[0], `container of ${role}`)
const commandOf = (target: string): readonly string[] => {
  const line = required(instructionsOf(target).find((one) => one.startsWith("CMD ")), `CMD of ${target}`)
  return JSON.parse(line.slice("CMD ".length))
}
const composed = (role: string): readonly ComposeService[] => services.filter(({ build }) => build?.target === role)

describe.each(ROLES)("the role %s", (role) => {
  it("has an image that starts it, with its port for operations reachable", () => {
    const [serve, started, ...options] = commandOf(role)
    expect([serve, started]).toEqual(["serve", role])
    expect(options.join(" ")).toContain(`--admin-host 0.0.0.0 --admin-port ${OPS_PORT}`)
  })

  it("is a Deployment that gets what all pods have in common", () => {
    const { metadata, spec } = named("Deployment", role)
    expect(metadata.labels["resultity.network/platform"]).toBe("true")
    expect(containerOf(role)).toMatchObject({ name: "role", image: `resultity/${role}` })
    expect(containerOf(role).resources).toMatchObject({
      requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: { memory: expect.any(String) },
    })
    expect(spec.template?.spec.volumes).toContainEqual({ name: "nats-user", secret: { secretName: `nats-user-${role}`, defaultMode: 0o440 } })
  })

  it("has a Service, a PodDisruptionBudget and a NetworkPolicy that select its pods", () => {
    const labels = { "app.kubernetes.io/component": role }
    expect(named("Deployment", role).spec).toMatchObject({ selector: { matchLabels: labels }, template: { metadata: { labels } } })
    expect(named("Service", role).spec.selector).toEqual(labels)
    expect(named("PodDisruptionBudget", role).spec).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: labels } })
    expect(named("NetworkPolicy", role).spec).toMatchObject({ policyTypes: ["Ingress"], podSelector: { matchLabels: labels } })
  })

  it("listens in its image where its Service and compose send to", () => {
    const command = commandOf(role)
    const at = command.indexOf("--port")
    const listens = at < 0 ? [] : [Number(command[at + 1])]
    expect(containerOf(role).ports.map(({ containerPort }) => containerPort)).toEqual([...listens, OPS_PORT])
    expect(named("Service", role).spec.ports.map(({ port }) => port)).toEqual([...listens, OPS_PORT])
    const published = composed(role).flatMap(({ ports }) => ports ?? []).map((port) => Number(port.split(":").at(-1)))
    expect(published.filter((port) => ![...listens, OPS_PORT].includes(port))).toEqual([])
  })

  it("is in compose, hardened, with its own NATS user, and Prometheus looks for it", () => {
    expect(composed(role).length).toBeGreaterThan(0)
    for (const service of composed(role)) {
      expect(service).toMatchObject({ image: `resultity/${role}:0.1.0`, read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] })
      expect(service.secrets).toContainEqual({ source: `nats-${role}`, target: "/etc/resultity/nats/user.creds" })
    }
    expect(SCRAPED).toContain(role)
  })
})

describe("of the roles", () => {
  it("none is deployed that no process can run", () => {
    const inPods = BASE.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.name)
    const served = stages.filter(({ lines }) => lines.some((line) => line.startsWith('CMD ["serve"'))).map(({ name }) => name)
    expect([...inPods, ...served, ...SCRAPED].filter((name) => !ROLES.includes(name))).toEqual([])
  })

  it("those whose work can be shared or taken over run twice", () => {
    const replicas = (role: string): number => composed(role).reduce((sum, { deploy }) => sum + (deploy?.replicas ?? 1), 0)
    for (const role of ["cloud", "io", "dispatcher", "settlement", "projector"]) expect([role, replicas(role)]).toEqual([role, 2])
    for (const role of ["dispatcher", "settlement", "watchdog", "projector"]) expect(named("Deployment", role).spec.replicas).toBe(2)
  })

  it.each(["cloud", "io"])("%s grows with its load, from two", (role) => {
    expect(named("HorizontalPodAutoscaler", role)).toMatchObject({
      apiVersion: "autoscaling/v2", spec: { scaleTargetRef: { kind: "Deployment", name: role }, minReplicas: 2 },
    })
    expect(named("Deployment", role).spec).not.toHaveProperty("replicas")
  })

  it("no one is started with an option that serve does not take", () => {
    const serve = readFileSync(join(DEPLOY, "../main/cli/serve.ts"), "utf8")
    const options = ROLES.flatMap((role) => commandOf(role).filter((word) => word.startsWith("--")))
    expect([...new Set(options)].filter((option) => !serve.includes(`"${option} <`))).toEqual([])
  })
})

describe("the images", () => {
  it.each([...ROLES, "node"])("%s begins empty, runs as a user without rights, and its program is no shell's child", (target) => {
    expect(lineage(target).at(-1)).toMatchObject({ name: "runtime", from: "scratch" })
    const lines = instructionsOf(target)
    expect(lines.find((line) => line.startsWith("USER "))).toBe("USER 65532:65532")
    expect(lines.filter((line) => /^(RUN|ADD|SHELL) /.test(line))).toEqual([])
    expect(lines.filter((line) => /^(CMD|ENTRYPOINT) (?!\[)/.test(line))).toEqual([])
  })

  it.each(ROLES)("%s looks after itself by its liveness", (role) => {
    const check = instructionsOf(role).find((line) => line.startsWith("HEALTHCHECK "))
    expect(check).toContain(`CMD ["/usr/local/bin/node", "infra/deploy/probe.mjs", "http://127.0.0.1:${OPS_PORT}/healthz"]`)
  })

  it("without inference carry no llama.cpp", () => {
    const packages = stages.find(({ name }) => name === "platform-packages")?.lines.join("\n")
    expect(packages).toMatch(/npm ci .*--omit=optional/)
    expect(packages).toContain("rm -r node_modules/node-llama-cpp")
    for (const role of ROLES) expect(instructionsOf(role).join("\n")).not.toContain("node-packages")
  })
})
