export interface KeyDigest {
  /**
   * Whether `digest` (hex) is the HMAC-SHA256 of `secret` under the pepper of that version; compared in constant time. False for a
   * version that this process does not have.
   */
  readonly matches: (claim: { readonly secret: string; readonly pepperVersion: number; readonly digest: string }) => boolean
}
