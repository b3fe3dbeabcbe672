import { PART_BYTES } from "#commands/file/limits.ts"
import { type FilePlace, finishUpload, keepPart, startUpload } from "#commands/file/upload-file.ts"
import type { KeyId } from "#domain/kernel/ids.ts"
import type { Run } from "./batch-deps.ts"

/** Whoever takes over from a lost gateway writes the file again, under the same id. */
const WRITING_MS = 7 * 24 * 60 * 60 * 1_000

interface Written extends FilePlace {
  readonly keyId: KeyId
  readonly filename: string
  readonly keepMs: number | null
}

/** Writes a file of lines, part by part. Without a line there is no file. */
export class FileWriter {
  readonly #run: Run
  readonly #file: Written
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #bytes = 0
  #parts = 0

  constructor(run: Run, file: Written) {
    this.#run = run
    this.#file = file
  }

  async add(line: string): Promise<void> {
    if (this.#bytes === 0) await this.#run(startUpload({ ...this.#file, withinMs: WRITING_MS }))
    const bytes = Buffer.from(`${line}\n`)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#bytes += bytes.length
    while (this.#waitingBytes >= PART_BYTES) await this.#keep()
  }

  /** The file's id, or null when nothing was added. */
  async finish(): Promise<FilePlace["fileId"] | null> {
    if (this.#bytes === 0) return null
    if (this.#waitingBytes > 0) await this.#keep()
    const { fileId, namespaceId, keepMs } = this.#file
    await this.#run(finishUpload({ fileId, namespaceId, keepMs, purpose: "batch_output", bytes: this.#bytes, parts: this.#parts }))
    return fileId
  }

  async #keep(): Promise<void> {
    const whole = Buffer.concat(this.#waiting)
    const { fileId, namespaceId } = this.#file
    await this.#run(keepPart({ fileId, namespaceId, part: this.#parts, bytes: whole.subarray(0, PART_BYTES) }))
    const rest = whole.subarray(PART_BYTES)
    this.#parts += 1
    this.#waiting = rest.length === 0 ? [] : [rest]
    this.#waitingBytes = rest.length
  }
}
