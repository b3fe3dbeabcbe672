/**
 * Where a user hears answers, and nobody else: its role or node, and its public key, which is different for each credentials file. The
 * same text with `{{name()}}` and `{{subject()}}` is what the server fills in for users of a scoped key.
 */
export const inboxPrefix = (name: string, publicKey: string): string => `_INBOX_${name}_${publicKey}`

export const inboxSubjects = (name: string, publicKey: string): string => `${inboxPrefix(name, publicKey)}.>`
