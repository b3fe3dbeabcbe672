// A container's health check: asks an address of this process; exit code 0 when it answers well. The images have no curl.
import process from "node:process"

const TIMEOUT_MS = 2_000

const [address = ""] = process.argv.slice(2)
try {
  const answer = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!answer.ok) console.error(`${address} answers ${answer.status}: ${await answer.text()}`)
  process.exitCode = answer.ok ? 0 : 1
} catch (cause) {
  console.error(`${address} does not answer: ${cause instanceof Error ? cause.message : cause}`)
  process.exitCode = 1
}
