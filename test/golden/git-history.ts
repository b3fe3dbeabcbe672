import { execFileSync } from "node:child_process"

/**
 * Golden files that were changed, renamed or deleted after they were added, in history or in the working tree; null where there is
 * no history to look at (a tarball, a machine without git). A shallow clone shows only the history it has.
 */
export const changedGoldenFiles = (repository: string): readonly string[] | null => {
  const git = (...args: readonly string[]): readonly string[] =>
    execFileSync("git", ["-C", repository, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .split("\n")
      .filter((line) => line.endsWith(".json"))
  const changes = ["--no-renames", "--diff-filter=MDT", "--name-only", "--relative"]
  const golden = ["--", "test/golden"]
  try {
    const committed = git("log", "--format=", ...changes, ...golden)
    const uncommitted = git("diff", "HEAD", ...changes, ...golden)
    return [...new Set([...committed, ...uncommitted])].toSorted()
  } catch {
    return null
  }
}
