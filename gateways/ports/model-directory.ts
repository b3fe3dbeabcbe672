export interface ModelDirectory {
  /** Whether some node ever served a model of this name. Rejects when the read model cannot be reached. */
  readonly known: (name: string) => Promise<boolean>
}
