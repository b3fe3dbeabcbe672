import type { Command } from "commander"
import type { KeyId } from "#domain/kernel/ids.ts"
import { DEFAULT_LIMITS } from "#domain/api-key/index.ts"
import { changeKeyLimits } from "#commands/api-key/change-key.ts"
import { revokeKey } from "#commands/api-key/revoke-key.ts"
import { DEFAULT_OVERLAP_MS, MAX_OVERLAP_MS, rotateKey } from "#commands/api-key/rotate-key.ts"
import { type ApiKeyView, apiKeyQueries } from "#projections/api-keys/query.ts"
import type { DataFolder } from "../data-folder.ts"
import { failure, usage } from "../exit.ts"
import { toJsonLine } from "../output/json.ts"
import { keyState, shownKey } from "../output/keys.ts"
import { formatTime } from "../output/time.ts"
import { parseCount, parseKeyId } from "./arguments.ts"
import { caughtUp, type Cli, command, type CommonOptions, withFolder } from "./cli.ts"
import { limitLines, limitsFrom, type LimitOptions, namesLimit, withLimitOptions } from "./key-limits.ts"

interface RevokeOptions extends CommonOptions {
  readonly reason: string
}

interface RotateOptions extends CommonOptions {
  readonly overlapHours: number
}

const HOUR_MS = 3_600_000
const KEY_ARGUMENT = "the 12 characters behind rk_test_ or rk_live_"

/** What is done to a key that is there. */
export const registerKeyChanges = (keys: Command, cli: Cli): void => {
  command(keys, "show", "one key: what it may do and what became of it")
    .argument("<key-id>", KEY_ARGUMENT, parseKeyId)
    .action((id: KeyId, options: CommonOptions) => withFolder(options, cli, async (folder) => show(cli, options, await keyOf(folder, cli, id))))
  withLimitOptions(command(keys, "limits", "change limits of a key; those that are not named stay").argument("<key-id>", KEY_ARGUMENT, parseKeyId))
    .addHelpText("after", "\nExample:\n  resultity keys limits 3fXk0aPqTz19 --spend-per-day 5000000 --requests-per-second none")
    .action((id: KeyId, options: CommonOptions & LimitOptions) => {
      if (!namesLimit(options)) throw usage("name at least one limit, or use `resultity keys show`")
      return withFolder(options, cli, (folder) => changeLimits(folder, cli, id, options))
    })
  command(keys, "rotate", "a new key with the same limits; the old one is good for a while beside it")
    .argument("<key-id>", KEY_ARGUMENT, parseKeyId)
    .option("--overlap-hours <n>", "how long the old key is good yet; 0 is not at all", parseOverlap, DEFAULT_OVERLAP_MS / HOUR_MS)
    .addHelpText("after", "\nExample:\n  resultity keys rotate 3fXk0aPqTz19 --overlap-hours 1")
    .action((id: KeyId, options: RotateOptions) => withFolder(options, cli, (folder) => rotate(folder, cli, id, options)))
  command(keys, "revoke", "refuse a key from now on")
    .argument("<key-id>", KEY_ARGUMENT, parseKeyId)
    .option("--reason <text>", "for the record", "revoked by the operator")
    .addHelpText("after", "\nExample:\n  resultity keys revoke 3fXk0aPqTz19 --reason leaked")
    .action((id: KeyId, options: RevokeOptions) => withFolder(options, cli, (folder) => revoke(folder, cli, { ...options, id })))
}

const parseOverlap = (text: string): number => {
  const hours = text === "0" ? 0 : parseCount(text)
  if (hours * HOUR_MS > MAX_OVERLAP_MS) throw usage(`at most ${MAX_OVERLAP_MS / HOUR_MS} hours`)
  return hours
}

const keyOf = async (folder: DataFolder, cli: Cli, id: KeyId): Promise<ApiKeyView> => {
  await caughtUp(folder, cli)
  const key = await apiKeyQueries(folder.readDb).find(id)
  if (key === null) throw failure(`there is no key ${id} in ${folder.dir}`)
  return key
}

const show = (cli: Cli, { json }: CommonOptions, key: ApiKeyView): Promise<void> => {
  if (json) return cli.terminal.print(toJsonLine(shownKey(key)))
  const { keyId, name, mode, namespaceId, createdAt, successorId, access } = key
  return cli.terminal.printAll([
    `Key        ${keyId} ${name}`,
    `Kind       ${mode}, ${access.right}`,
    `Namespace  ${namespaceId}`,
    `Created    ${formatTime(createdAt)}`,
    `State      ${keyState(key, Date.now())}${successorId === null ? "" : `, replaced by ${successorId}`}`,
    "",
    ...limitLines(access.limits ?? DEFAULT_LIMITS),
  ])
}

const changeLimits = async (folder: DataFolder, cli: Cli, keyId: KeyId, options: CommonOptions & LimitOptions): Promise<void> => {
  await keyOf(folder, cli, keyId)
  await folder.run(changeKeyLimits({ keyId, limits: limitsFrom(options), by: null }))
  await show(cli, options, await keyOf(folder, cli, keyId))
}

const rotate = async (folder: DataFolder, cli: Cli, keyId: KeyId, { json, overlapHours }: RotateOptions): Promise<void> => {
  const rotated = await folder.run(rotateKey({ keyId, overlapMs: overlapHours * HOUR_MS, by: null, successorId: null }))
  await caughtUp(folder, cli)
  if (json) return cli.terminal.print(toJsonLine({ api_key: rotated.apiKey, key_id: rotated.keyId, replaces: keyId, ends_at: rotated.endsAt }))
  await cli.terminal.printAll([
    `API key    ${cli.terminal.style("bold", rotated.apiKey ?? "")}`,
    `Key id     ${rotated.keyId}`,
    `Replaces   ${keyId}, which ends ${formatTime(rotated.endsAt)}`,
    "",
    "Keep the key now: only a keyed hash of it is stored.",
  ])
}

const revoke = async (folder: DataFolder, cli: Cli, { id, reason, json }: RevokeOptions & { readonly id: KeyId }): Promise<void> => {
  await folder.run(revokeKey({ keyId: id, reason }))
  await caughtUp(folder, cli)
  await cli.terminal.print(json ? toJsonLine({ key_id: id, revoked: true }) : `Revoked ${id}: gateways refuse it within 5 s.`)
}
